"""Colour to 8-bit RGB (PS3.3 C.7.6.3.1.2, C.7.9.2)."""

import math
from fractions import Fraction

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels import convert_color_space
from pydicom.pixels.processing import apply_color_lut

from tests.unit.pixels.headers import color_header
from viewer.pixels.color import UnknownColor, to_rgb
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.types import Palette

RNG = np.random.default_rng(31)
NOISE = RNG.integers(0, 256, (64, 65, 3)).astype(np.uint8)


def palette(first: int, bits: int, red, green, blue) -> Palette:
    return Palette(*(lookup_table(first, bits, data) for data in (red, green, blue)))


def test_rgb_of_8_bits_is_passed_through_uncopied() -> None:
    assert np.shares_memory(to_rgb(NOISE, "RGB", color_header()), NOISE)


@pytest.mark.parametrize(
    ("bits", "values", "shown"),
    [
        (16, [0, 128, 129, 257, 32_768, 65_535], [0, 0, 1, 1, 128, 255]),
        (12, [0, 8, 9, 2048, 4087, 4095], [0, 0, 1, 128, 255, 255]),
        (32, [0, 2**31, 2**32 - 1, 0, 0, 0], [0, 128, 255, 0, 0, 0]),
    ],
)
def test_case_12_rgb_is_scaled_by_bits_stored(bits, values, shown) -> None:
    dtype = np.uint32 if bits == 32 else np.uint16
    stored = np.array(values, dtype).reshape(1, 2, 3)
    assert to_rgb(stored, "RGB", color_header(bits=bits)).reshape(-1).tolist() == shown


def test_case_12_samples_are_unsigned_though_the_array_claims_signed() -> None:
    stored = np.array([[[-1, -128, 127]]], np.int8)
    assert to_rgb(stored, "RGB", color_header()).tolist() == [[[255, 128, 127]]]


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((76, 85, 255), (254, 0, 0)),  # R=255: Y = 76.2, Cb = 85.0, Cr = 255.5
        ((150, 44, 21), (0, 255, 1)),
        ((29, 255, 107), (0, 0, 254)),
        ((128, 128, 128), (128, 128, 128)),
        ((255, 128, 128), (255, 255, 255)),
    ],
)
def test_case_13_ybr_full_is_full_range_601(ybr, rgb) -> None:
    stored = np.array([[ybr]], np.uint8)
    assert to_rgb(stored, "YBR_FULL", color_header("YBR_FULL")).tolist() == [[list(rgb)]]


def test_case_13_ybr_full_422_with_chroma_at_full_size_is_ybr_full() -> None:
    header = color_header("YBR_FULL_422")
    full = to_rgb(NOISE, "YBR_FULL", header)
    assert np.array_equal(to_rgb(NOISE, "YBR_FULL_422", header), full)


def inverse_601(y, cb, cr):
    """Full-range BT.601 in rational numbers, rounded half up and clipped."""
    red, green, blue = Fraction(299, 1000), Fraction(587, 1000), Fraction(114, 1000)
    cb, cr = cb - 128, cr - 128
    exact = (
        y + 2 * (1 - red) * cr,
        y - 2 * (1 - blue) * blue / green * cb - 2 * (1 - red) * red / green * cr,
        y + 2 * (1 - blue) * cb,
    )
    return [min(max(math.floor(value + Fraction(1, 2)), 0), 255) for value in exact]


def test_case_13_every_conversion_is_the_exact_one_rounded() -> None:
    shown = to_rgb(NOISE, "YBR_FULL", color_header("YBR_FULL"))
    for ybr, rgb in zip(NOISE.reshape(-1, 3)[::7], shown.reshape(-1, 3)[::7], strict=True):
        assert rgb.tolist() == inverse_601(*map(int, ybr))


def test_case_13_ybr_full_is_what_pydicom_makes_of_it() -> None:
    ours = to_rgb(NOISE, "YBR_FULL", color_header("YBR_FULL")).astype(int)
    theirs = convert_color_space(NOISE, "YBR_FULL", "RGB").astype(int)
    # pydicom takes the published matrix of four digits, we its exact form: a tie may fall apart.
    assert np.abs(ours - theirs).max() <= 1
    assert (ours == theirs).mean() > 0.99


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [((16, 128, 128), (0, 0, 0)), ((235, 128, 128), (255, 255, 255)),
     ((81, 90, 240), (254, 0, 0)), ((0, 128, 128), (0, 0, 0))],
)  # fmt: skip
@pytest.mark.parametrize("name", ["YBR_PARTIAL", "YBR_PARTIAL_422", "YBR_PARTIAL_420"])
def test_ybr_partial_has_black_at_16_and_white_at_235(name, ybr, rgb) -> None:
    stored = np.array([[ybr]], np.uint8)
    assert to_rgb(stored, name, color_header(name)).tolist() == [[list(rgb)]]


def test_ybr_full_of_12_bits_is_scaled() -> None:
    stored = np.array([[[4095, 2048, 2048], [2048, 2048, 2048]]], np.uint16)
    header = color_header("YBR_FULL", bits=12)
    assert to_rgb(stored, "YBR_FULL", header).tolist() == [[[255] * 3, [128] * 3]]


def test_case_14_ict_is_the_matrix_of_ybr_full() -> None:
    header = color_header("YBR_ICT")
    assert np.array_equal(to_rgb(NOISE, "YBR_ICT", header), to_rgb(NOISE, "YBR_FULL", header))


def test_case_14_rct_comes_back_exactly() -> None:
    # PS3.5 8.2.4: Y = floor((R + 2G + B) / 4), Cb = B - G, Cr = R - G.
    rgb = NOISE.astype(np.int16)
    red, green, blue = (rgb[:, :, sample] for sample in range(3))
    ybr = np.stack(((red + 2 * green + blue) >> 2, blue - green, red - green), axis=2)
    assert np.array_equal(to_rgb(ybr, "YBR_RCT", color_header("YBR_RCT")), NOISE)


def test_case_14_what_the_decoder_has_undone_is_rgb_whatever_the_file_says() -> None:
    assert np.array_equal(to_rgb(NOISE, "RGB", color_header("YBR_RCT")), NOISE)


def test_case_15_the_array_s_own_colour_space_is_believed_not_the_tag() -> None:
    header = color_header("YBR_FULL_422")
    assert np.array_equal(to_rgb(NOISE, "RGB", header), NOISE)
    assert not np.array_equal(to_rgb(NOISE, "YBR_FULL", color_header("RGB")), NOISE)


def test_case_17_samples_that_lie_plane_by_plane_are_the_same_picture() -> None:
    planes = np.ascontiguousarray(np.moveaxis(NOISE, 2, 0))
    seen = np.moveaxis(planes, 0, 2)
    for name in ("RGB", "YBR_FULL", "YBR_PARTIAL"):
        header = color_header(name, planar_configuration=1)
        assert np.array_equal(to_rgb(seen, name, header), to_rgb(NOISE, name, header))
    wide = np.moveaxis(planes.astype(np.uint16) * 257, 0, 2)
    assert np.array_equal(to_rgb(wide, "RGB", color_header(bits=16)), NOISE)


def test_case_16_palette_entries_of_16_bits_are_scaled_not_cut_to_a_byte() -> None:
    colors = palette(0, 16, [0, 256, 65_535], [255, 32_768, 0], [0, 0, 65_535])
    header = color_header("PALETTE COLOR", palette=colors)
    shown = to_rgb(np.array([[0, 1, 2]], np.uint8), "PALETTE COLOR", header)
    assert shown.tolist() == [[[0, 1, 0], [1, 128, 0], [255, 0, 255]]]


def test_case_16_palette_of_8_bits_is_taken_as_it_is() -> None:
    colors = palette(0, 8, [0, 255], [7, 8], [128, 9])
    header = color_header("PALETTE COLOR", palette=colors)
    shown = to_rgb(np.array([[0, 1]], np.uint8), "PALETTE COLOR", header)
    assert shown.tolist() == [[[0, 7, 128], [255, 8, 9]]]


def test_palette_that_declares_16_bits_and_fills_8_is_not_black() -> None:
    colors = palette(0, 16, [0, 255], [0, 255], [0, 200])
    header = color_header("PALETTE COLOR", palette=colors)
    shown = to_rgb(np.array([[1]], np.uint8), "PALETTE COLOR", header)
    assert shown.tolist() == [[[255, 255, 200]]]


@pytest.mark.parametrize(("dtype", "first"), [("u1", 10), ("u2", 300), ("i2", -5)])
def test_case_16_indexes_outside_the_palette_take_its_ends(dtype, first) -> None:
    colors = palette(first, 8, [1, 2, 3], [4, 5, 6], [7, 8, 9])
    header = color_header("PALETTE COLOR", palette=colors)
    stored = np.array([[first - 1, first, first + 1, first + 2, first + 3]]).astype(dtype)
    shown = to_rgb(stored, "PALETTE COLOR", header)
    assert shown.tolist() == [[[1, 4, 7], [1, 4, 7], [2, 5, 8], [3, 6, 9], [3, 6, 9]]]


def test_case_16_palette_is_what_pydicom_makes_of_it_before_scaling() -> None:
    data = [RNG.integers(0, 65_536, 256).astype("<u2") for _ in range(3)]
    dataset = Dataset()
    dataset.PixelRepresentation = 0
    dataset.BitsStored = 8
    for name, values in zip(("Red", "Green", "Blue"), data, strict=True):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{name}PaletteColorLookupTableData", values.tobytes())
    stored = RNG.integers(0, 256, (20, 20)).astype(np.uint8)
    theirs = np.floor(apply_color_lut(stored, dataset) * 255.0 / 65_535 + 0.5)
    header = color_header("PALETTE COLOR", palette=palette(0, 16, *data))
    assert np.array_equal(to_rgb(stored, "PALETTE COLOR", header), theirs)


@pytest.mark.parametrize("name", ["CMYK", "HSV", "ARGB", "XYB", ""])
def test_other_colour_spaces_are_refused_by_name(name) -> None:
    with pytest.raises(UnknownColor, match=r"\(0028,0004\)"):
        to_rgb(NOISE, name, color_header(name))


def test_palette_colour_without_a_palette_is_refused() -> None:
    with pytest.raises(UnknownColor):
        to_rgb(np.zeros((2, 2), np.uint8), "PALETTE COLOR", color_header("PALETTE COLOR"))
