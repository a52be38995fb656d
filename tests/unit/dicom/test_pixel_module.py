"""How samples are stored, padding, and what is refused (cases 9, 10, 12, 36; F7, F11)."""

import math

import numpy as np
import pytest

from tests.dicom_factory import dataset, file_bytes, raw
from tests.unit.dicom.reading import header, notes
from viewer.dicom.header import read_instance
from viewer.pixels.types import Padding


def padded(value: bytes, limit: bytes = b"", vr: str = "US", **values: object) -> Padding | None:
    """Return the padding read from a data set with these bytes in (0028,0120) and (0028,0121)."""
    ds = raw(dataset(**values), 0x00280120, vr, value)
    return header(raw(ds, 0x00280121, vr, limit) if limit else ds).padding


def test_case_09_padding_is_a_stored_value_signed_as_the_pixels_are() -> None:
    # F830 hex is 63536 unsigned and -2000 signed.
    assert padded(b"\x30\xf8") == Padding(63_536, 63_536)
    assert padded(b"\x30\xf8", PixelRepresentation=1) == Padding(-2000, -2000)
    assert padded(b"\x30\xf8", vr="SS", PixelRepresentation=1) == Padding(-2000, -2000)


def test_case_09_a_range_is_ordered_whichever_end_comes_first() -> None:
    assert padded(b"\x00\x00", b"\x1e\x00") == Padding(0, 30)
    assert padded(b"\xff\x0f", b"\xf0\x0f", PhotometricInterpretation="MONOCHROME1") == Padding(
        4080, 4095
    )


def test_case_09_padding_that_no_stored_value_can_equal_is_left_out() -> None:
    assert padded(b"\x30\xf8", BitsStored=12, HighBit=11) is None


def test_case_09_negative_padding_in_12_bits_is_found_in_either_writing() -> None:
    twelve = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}
    assert padded(b"\x30\xf8", **twelve) == Padding(-2000, -2000)
    assert padded(b"\x30\x08", **twelve) == Padding(-2000, -2000)


def test_case_10_high_bit_and_sign_are_passed_on_as_stored() -> None:
    made = header(dataset(BitsStored=12, HighBit=15, PixelRepresentation=1))
    assert (made.bits_allocated, made.bits_stored, made.high_bit) == (16, 12, 15)
    assert made.signed


@pytest.mark.parametrize(
    ("stored", "high_bit", "expected"),
    [(0, 15, (16, 15)), (17, 16, (16, 15)), (12, 3, (12, 11)), (12, 99, (12, 11))],
)
def test_F11_bits_that_cannot_be_are_replaced_and_told(
    stored: int, high_bit: int, expected: tuple[int, int]
) -> None:
    ds = dataset(BitsStored=stored, HighBit=high_bit)
    made = header(ds)
    assert (made.bits_stored, made.high_bit) == expected
    assert any("is used." in note for note in notes(ds))


def test_F11_a_planar_configuration_that_cannot_be_is_0_and_told() -> None:
    ds = dataset(
        "OT", rows=1, columns=1, SamplesPerPixel=3, PhotometricInterpretation="RGB",
        PlanarConfiguration=7, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\1\2\3\0",
    )  # fmt: skip
    assert header(ds).planar_configuration == 0
    assert notes(ds) == ("(0028,0006) Planar Configuration is 7; 0 is used.",)


def test_case_12_colour_samples_are_unsigned_whatever_the_tag_says() -> None:
    ds = dataset(
        "OT", rows=1, columns=2, SamplesPerPixel=3, PhotometricInterpretation="RGB",
        PixelRepresentation=1, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\1\2\3\4\5\6",
    )  # fmt: skip
    assert not header(ds).signed


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"BitsAllocated": 10}, "(0028,0100) Bits Allocated is 10; 1, 8, 12, 16, 32 and 64"),
        ({"SamplesPerPixel": 4}, "(0028,0002) Samples per Pixel is 4; 1 and 3 are accepted."),
        ({"PhotometricInterpretation": "CMYK"}, "(0028,0004) Photometric Interpretation is 'CMYK'"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "its palette is incomplete"),
        ({"Rows": None}, "(0028,0010) Rows is missing; one number from 1 to 65535"),
        ({"Rows": 0}, "(0028,0010) Rows is 0;"),
        ({"Columns": [4, 4]}, "(0028,0011) Columns is 4\\4;"),
    ],
)
def test_F11_what_cannot_be_shown_is_refused_with_tag_value_and_what_is_accepted(
    values: dict[str, object], sentence: str
) -> None:
    parsed = read_instance(file_bytes(dataset(**values)))
    assert sentence in parsed.not_displayed_because
    assert parsed.headers == ()
    assert parsed.table.kind == "none"


def test_F7_rows_times_columns_above_the_cap_is_refused() -> None:
    parsed = read_instance(file_bytes(dataset(Rows=65_535, Columns=65_535)))
    assert parsed.not_displayed_because == (
        "A frame of 65535 x 65535 pixels takes 8589672450 bytes; at most 1073741824 are accepted."
    )


def test_F7_rows_written_as_a_long_are_refused_beyond_16_bits() -> None:
    ds = raw(dataset(), 0x00280010, "UL", (100_000).to_bytes(4, "little"))
    assert "Rows is 100000; one number from 1 to 65535" in (
        read_instance(file_bytes(ds)).not_displayed_because
    )


@pytest.mark.parametrize("frames", [b"0", b"-1", b"2147483647", b"99999999999999999999999"])
def test_F7_frames_that_cannot_be_are_refused_or_counted(frames: bytes) -> None:
    parsed = read_instance(file_bytes(raw(dataset(), 0x00280008, "IS", frames)))
    if parsed.not_displayed_because:
        assert "Number of Frames is" in parsed.not_displayed_because
    else:
        assert parsed.frame_count == 1  # a number beyond 64 bits is none: the length decides


def test_F7_frames_that_the_pixel_data_does_not_have_are_refused_before_they_cost() -> None:
    parsed = read_instance(file_bytes(raw(dataset(), 0x00280008, "IS", b"200000")))
    assert parsed.not_displayed_because == (
        "(0028,0008) Number of Frames is 200000, but the pixel data has 1 of them."
    )


def test_case_36_float_pixels_have_padding_tags_of_their_own() -> None:
    ds = dataset("OT", rows=1, columns=2, BitsAllocated=64, PixelPaddingValue=3)
    del ds.PixelData
    ds.add_new(0x7FE00009, "OD", np.float64([0, 1]).tobytes())
    ds.add_new(0x00280123, "FD", -1.5)
    ds.add_new(0x00280125, "FD", -9.5)
    made = header(ds)
    assert (made.number, made.bits_allocated, made.padding) == ("double", 64, Padding(-9.5, -1.5))


def test_case_36_padding_that_is_no_number_is_left_out() -> None:
    ds = dataset("OT", rows=1, columns=1, BitsAllocated=32)
    del ds.PixelData
    ds.add_new(0x7FE00008, "OF", np.float32([0]).tobytes())
    ds.add_new(0x00280122, "FL", math.nan)
    assert header(ds).padding is None
