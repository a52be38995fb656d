"""Probe and region statistics read modality values, never the picture."""

import math

import numpy as np
import pytest

from telerad.errors import Invalid, Unsupported
from tests.unit.pixels.headers import Decoded, color_header, gray_header
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.stats import OutsideFrame, Region, probe, region_statistics, value_text
from viewer.pixels.types import Modality, Padding, Palette, Spacing, UltrasoundRegion

CT = Modality(1.0, -1024.0, None, "HU")
RAMP = np.arange(100, dtype=np.uint16).reshape(10, 10)


def test_probe_is_column_then_row_and_says_the_unit() -> None:
    found = probe(Decoded(RAMP + 1000), gray_header(12, modality=CT), 2, 1)
    assert (found.stored, found.value, found.text) == ((1012,), -12, "-12 HU")
    assert (found.unit, found.padding) == ("HU", False)


def test_case_40_probe_is_not_clipped_by_any_window() -> None:
    stored = np.array([[0, 4095]], np.uint16)
    header = gray_header(12, modality=CT)
    assert probe(Decoded(stored), header, 0, 0).text == "-1024 HU"
    assert probe(Decoded(stored), header, 1, 0).text == "3071 HU"


def test_case_5_without_a_rescale_there_is_no_unit() -> None:
    assert probe(Decoded(RAMP), gray_header(12), 3, 0).text == "3"


def test_case_34_a_pet_value_is_given_in_its_unit_and_no_suv_is_claimed() -> None:
    header = gray_header(16, modality=Modality(0.3629482, 0.0, None, "Bq/ml"))
    found = probe(Decoded(np.array([[10_000]], np.uint16)), header, 0, 0)
    assert found.text == "3629.48 Bq/ml"
    assert "SUV" not in found.text


def test_case_9_padding_has_no_value() -> None:
    header = gray_header(16, signed=True, modality=CT, padding=Padding(-2000, -2000))
    found = probe(Decoded(np.array([[-2000]], np.int16)), header, 0, 0)
    assert (found.stored, found.value, found.text, found.padding) == (
        (-2000,), None, "padding", True,
    )  # fmt: skip


def test_case_36_float_values_are_given_with_six_digits() -> None:
    header = gray_header(32, number="float", bits_allocated=32)
    stored = np.array([[0.123456789, 2.0]], np.float32)
    assert probe(Decoded(stored), header, 0, 0).text == "0.123457"
    assert probe(Decoded(stored), header, 1, 0).text == "2"


def test_case_36_numbers_that_json_lacks_are_null() -> None:
    header = gray_header(32, number="float", bits_allocated=32)
    frame = Decoded(np.array([[np.nan, np.inf, 3.0]], np.float32))
    nothing, endless = probe(frame, header, 0, 0), probe(frame, header, 1, 0)
    assert (nothing.stored, nothing.value, nothing.text) == ((None,), None, "padding")
    assert (endless.stored, endless.value, endless.text) == ((None,), None, "infinite")
    found = region_statistics(frame, header, Region("rectangle", 0, 0, 2, 0))
    assert (found.count, found.mean, found.maximum) == (1, 3, 3)


def test_probe_goes_through_a_modality_lut() -> None:
    header = gray_header(8, modality=Modality(lut=lookup_table(0, 16, [7, 900]), unit="OD"))
    assert probe(Decoded(np.array([[1]], np.uint8)), header, 0, 0).text == "900 OD"


def test_probe_of_colour_gives_what_is_shown_and_what_is_stored() -> None:
    stored = np.array([[[255, 128, 128]]], np.uint8)
    found = probe(Decoded(stored, "YBR_FULL"), color_header("YBR_FULL"), 0, 0)
    assert (found.stored, found.value) == ((255, 128, 128), (255, 255, 255))
    assert found.text == "R 255 G 255 B 255"
    colors = Palette(*(lookup_table(0, 8, [0, value]) for value in (1, 2, 3)))
    header = color_header("PALETTE COLOR", palette=colors)
    found = probe(Decoded(np.array([[1]], np.uint8), "PALETTE COLOR"), header, 0, 0)
    assert (found.stored, found.value) == ((1,), (1, 2, 3))


@pytest.mark.parametrize("place", [(-1, 0), (0, -1), (10, 0), (0, 10)])
def test_a_pixel_off_the_frame_is_not_found(place) -> None:
    with pytest.raises(OutsideFrame):
        probe(Decoded(RAMP), gray_header(12), *place)


@pytest.mark.parametrize(
    ("value", "text"), [(-12.0, "-12 HU"), (0.5, "0.5 HU"), (1e20, "1e+20 HU"), (-0.0, "0 HU")]
)
def test_value_text(value, text) -> None:
    assert value_text(value, "HU") == text


def test_rectangle_takes_the_pixels_whose_centres_it_holds() -> None:
    header = gray_header(12, modality=CT, spacing=Spacing(0.5, 0.25, "pixel-spacing"))
    found = region_statistics(Decoded(RAMP), header, Region("rectangle", 4.0, 2.5, 1.2, 0.0))
    # Columns 2, 3, 4 of rows 0, 1, 2: 2 3 4 12 13 14 22 23 24.
    assert found.count == 9
    assert found.mean == 13 - 1024
    assert found.sd == pytest.approx(math.sqrt(200 / 3 + 2 / 3))
    assert (found.minimum, found.maximum, found.unit) == (2 - 1024, 24 - 1024, "HU")
    assert found.area_mm2 == pytest.approx(2.8 * 0.25 * 2.5 * 0.5)


def test_ellipse_touches_its_four_sides() -> None:
    found = region_statistics(Decoded(RAMP), gray_header(12), Region("ellipse", 2, 2, 6, 6))
    # Radius 2 around (4, 4): 13 pixels, of which the four outermost lie on the line.
    assert found.count == 13
    assert found.mean == 44
    assert (found.minimum, found.maximum) == (24, 64)
    assert found.area_mm2 is None


def test_ellipse_area_is_pi_a_b() -> None:
    header = gray_header(12, spacing=Spacing(2.0, 3.0, "pixel-spacing"))
    found = region_statistics(Decoded(RAMP), header, Region("ellipse", 0, 0, 4, 2))
    assert found.area_mm2 == pytest.approx(math.pi * (2 * 3.0) * (1 * 2.0))


def test_case_9_padding_is_out_of_the_statistics() -> None:
    header = gray_header(12, padding=Padding(0, 9))
    found = region_statistics(Decoded(RAMP), header, Region("rectangle", 0, 0, 0, 9))
    assert (found.count, found.minimum, found.maximum) == (9, 10, 90)


def test_what_lies_outside_the_frame_is_cut_off() -> None:
    found = region_statistics(Decoded(RAMP), gray_header(12), Region("rectangle", -5, -5, 1, 0))
    assert (found.count, found.maximum) == (2, 1)
    away = region_statistics(Decoded(RAMP), gray_header(12), Region("ellipse", 50, 50, 60, 60))
    assert (away.count, away.mean, away.sd) == (0, None, None)


def test_a_single_pixel_has_no_spread() -> None:
    found = region_statistics(Decoded(RAMP), gray_header(12), Region("ellipse", 3, 4, 3, 4))
    assert (found.count, found.mean, found.sd) == (1, 43, 0)


def test_case_20_area_holds_inside_one_ultrasound_region_only() -> None:
    tissue = UltrasoundRegion(0, 0, 7, 7, "cm", "cm", 0.05, 0.05)
    doppler = UltrasoundRegion(8, 0, 9, 9, "s", "cm/s", 0.01, 1.0)
    spacing = Spacing(source="ultrasound-regions", regions=(tissue, doppler))
    header = gray_header(8, spacing=spacing)
    areas = [
        region_statistics(Decoded(RAMP), header, Region("rectangle", x0, 0, x1, 4)).area_mm2
        for x0, x1 in ((0, 4), (6, 9), (8, 9))
    ]
    assert areas == [pytest.approx(4.0), None, None]


def test_colour_has_no_statistics_and_corners_are_finite() -> None:
    with pytest.raises(Unsupported):
        region_statistics(
            Decoded(np.zeros((2, 2, 3), np.uint8), "RGB"),
            color_header(),
            Region("ellipse", 0, 0, 1, 1),
        )
    with pytest.raises(Invalid):
        region_statistics(Decoded(RAMP), gray_header(12), Region("ellipse", 0, math.nan, 1, 1))
