"""Stored value to modality value (PS3.3 C.11.1), padding (C.7.5.1.1.2)."""

import numpy as np
import pytest

from viewer.pixels.descriptor import lookup_table
from viewer.pixels.modality import apply_modality, look_up, padding_mask
from viewer.pixels.types import Modality, Padding


def test_rescale_is_slope_times_stored_plus_intercept() -> None:
    stored = np.array([[-1024, 0], [1, 3071]], np.int16)
    values = apply_modality(stored, Modality(2.0, -1024.5))
    assert values.tolist() == [[-3072.5, -1024.5], [-1022.5, 5117.5]]
    assert values.dtype == np.float64


def test_case_5_missing_rescale_is_identity() -> None:
    assert apply_modality(np.array([7], np.uint16), Modality()).tolist() == [7.0]


def test_case_5_a_modality_lut_is_used_instead_of_the_rescale() -> None:
    lut = lookup_table(0, 16, [100, 200, 300])
    modality = Modality(slope=9.0, intercept=9.0, lut=lut)
    assert apply_modality(np.array([0, 2], np.uint16), modality).tolist() == [100.0, 300.0]


def test_inputs_outside_a_lut_take_its_first_and_last_entry() -> None:  # C.11.1.1.1
    lut = lookup_table(-2, 8, [10, 20, 30])
    stored = np.array([-32_768, -3, -2, -1, 0, 1, 32_767], np.int16)
    assert look_up(lut, stored).tolist() == [10, 10, 10, 20, 30, 30, 30]


def test_lut_of_65536_entries_covers_every_unsigned_value() -> None:  # 0 entries means 65,536
    lut = lookup_table(0, 16, np.arange(65_535, -1, -1))
    assert look_up(lut, np.array([0, 1, 65_535], np.uint16)).tolist() == [65_535, 65_534, 0]


@pytest.mark.parametrize(
    ("value", "entry"), [(0.49, 10), (0.5, 20), (1e300, 30), (-1e300, 10), (float("nan"), 10)]
)
def test_a_value_that_is_not_whole_enters_a_lut_rounded_half_up(value, entry) -> None:
    assert look_up(lookup_table(0, 8, [10, 20, 30]), np.array([value])).tolist() == [entry]


def test_case_9_both_ends_of_the_padding_range_are_padding() -> None:
    stored = np.array([-2001, -2000, -1500, -1000, -999], np.int16)
    mask = padding_mask(stored, Padding(-2000, -1000))
    assert mask is not None
    assert mask.tolist() == [False, True, True, True, False]


def test_case_9_padding_beyond_what_the_values_can_be_marks_nothing() -> None:
    assert padding_mask(np.array([0, 255], np.uint8), Padding(-2000, -1)) is None
    assert padding_mask(np.array([0, 255], np.uint8), Padding(256, 4000)) is None


def test_padding_range_that_starts_below_the_type_is_cut_there() -> None:
    mask = padding_mask(np.array([0, 5, 6], np.uint16), Padding(-40_000, 5))
    assert mask is not None
    assert mask.tolist() == [True, True, False]


def test_case_36_float_padding_is_compared_as_it_is_and_nan_is_padding() -> None:
    stored = np.array([-1.5, -1.25, 0.0, np.nan], np.float32)
    mask = padding_mask(stored, Padding(-1.5, -1.25))
    assert mask is not None
    assert mask.tolist() == [True, True, False, True]


def test_no_padding_range_means_no_mask() -> None:
    assert padding_mask(np.zeros((2, 2), np.int16), None) is None
