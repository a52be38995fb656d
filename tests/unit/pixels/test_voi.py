"""Windows and VOI LUTs by the clauses' own numbers (PS3.3 C.11.2)."""

import math

import numpy as np
import pytest

from viewer.pixels.descriptor import lookup_table
from viewer.pixels.types import Window
from viewer.pixels.voi import BadWindow, apply_voi, apply_window


def shown(values, *window) -> list[int]:
    return apply_window(np.array(values, np.float64), Window(*window)).tolist()


def test_case_1_linear_c_2048_w_4096() -> None:
    # C.11.2.1.2.1, example: x <= 0 -> 0; x > 4095 -> 255; else ((x - 2047.5) / 4095 + 0.5) * 255
    assert shown([-1, 0, 4095, 4096], 2048, 4096) == [0, 0, 255, 255]
    assert shown([1000], 2048, 4096) == [math.floor(((1000 - 2047.5) / 4095 + 0.5) * 255 + 0.5)]
    assert shown([2047, 2048], 2048, 4096) == [127, 128]


def test_case_1_linear_c_0_w_100() -> None:
    # C.11.2.1.2.1, example: x <= -50 -> 0; x > 49 -> 255; else ((x + 0.5) / 99 + 0.5) * 255
    assert shown([-51, -50, -49, 0, 48, 49, 50], 0, 100) == [0, 0, 3, 129, 252, 255, 255]


@pytest.mark.parametrize(("center", "below", "above"), [(2048, 2047.5, 2048), (0, -0.5, 0)])
def test_case_1_linear_width_one_is_a_step_at_center_minus_half(center, below, above) -> None:
    # C.11.2.1.2.1, examples c=2048 w=1 and c=0 w=1: x <= c - 0.5 -> 0, x > c - 0.5 -> 255
    assert shown([below - 1, below, above], center, 1) == [0, 0, 255]


def test_case_2_linear_exact_c_2048_w_4096() -> None:
    # C.11.2.1.3.2, example: x <= 0 -> 0; x > 4096 -> 255; else ((x - 2048) / 4096 + 0.5) * 255
    values = [-1, 0, 1024, 2048, 4096, 4097]
    assert shown(values, 2048, 4096, "LINEAR_EXACT") == [0, 0, 64, 128, 255, 255]


def test_case_2_linear_exact_c_0_w_100() -> None:
    # C.11.2.1.3.2, example: x <= -50 -> 0; x > 50 -> 255; else (x / 100 + 0.5) * 255
    assert shown([-50, 0, 50, 51], 0, 100, "LINEAR_EXACT") == [0, 128, 255, 255]
    assert shown([-25], 0, 100, "LINEAR_EXACT") == [64]


def test_case_2_linear_exact_may_be_narrower_than_one() -> None:
    assert shown([0.0, 0.25, 0.5], 0.25, 0.5, "LINEAR_EXACT") == [0, 128, 255]


def test_case_2_sigmoid_is_the_logistic_of_four_widths() -> None:
    # C.11.2.1.3.1: 255 / (1 + exp(-4 (x - c) / w)); at c +- w/4 the exponent is +-1
    assert shown([100, 150, 50], 100, 200, "SIGMOID") == [
        128,
        math.floor(255 / (1 + math.exp(-1)) + 0.5),
        math.floor(255 / (1 + math.exp(1)) + 0.5),
    ]
    assert shown([-1e9, 1e9], 100, 200, "SIGMOID") == [0, 255]


def test_nan_is_black_under_every_window() -> None:
    for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        assert shown([math.nan], 0, 100, function) == [0]


@pytest.mark.parametrize(
    ("width", "function"),
    [(0.999, "LINEAR"), (0, "LINEAR"), (-1, "LINEAR"), (0, "LINEAR_EXACT"), (0, "SIGMOID"),
     (math.nan, "LINEAR"), (math.inf, "SIGMOID")],
)  # fmt: skip
def test_a_width_its_function_does_not_allow_is_refused(width, function) -> None:
    with pytest.raises(BadWindow):
        shown([1.0], 0, width, function)


def test_case_3_two_windows_are_alternatives_and_give_two_pictures() -> None:
    values = np.array([40.0])
    brain, bone = Window(40, 80), Window(500, 2000)
    assert apply_voi(values, brain).tolist() == [129]
    assert apply_voi(values, bone).tolist() == [69]


def test_case_4_voi_lut_scales_by_its_bits_not_by_its_largest_entry() -> None:
    lut = lookup_table(10, 12, [0, 1024, 2048])
    values = np.array([9.0, 10.0, 11.0, 12.0, 13.0])
    # 1024 * 255 / 4095 = 63.77, 2048 * 255 / 4095 = 127.53
    assert apply_voi(values, lut).tolist() == [0, 0, 64, 128, 128]


def test_case_4_voi_lut_of_16_bits_reaches_white_at_65535() -> None:
    lut = lookup_table(0, 16, [0, 255, 65_535])
    assert apply_voi(np.array([0.0, 1.0, 2.0]), lut).tolist() == [0, 1, 255]


def test_case_4_voi_lut_may_start_below_zero() -> None:
    lut = lookup_table(-100, 8, [5, 250])
    assert apply_voi(np.array([-1000.0, -100.0, -99.0, 0.0]), lut).tolist() == [5, 5, 250, 250]


def test_case_4_a_user_may_still_choose_a_window() -> None:
    assert apply_voi(np.array([50.0]), Window(50, 100)).tolist() == [129]
