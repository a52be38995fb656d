"""Native pixel data: bytes in the file to stored values (PS3.5 8.1.1, 8.2, Annex A.1 to A.3)."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.dicom.pixel_sources import frame_header, native_table
from viewer.dicom.decoded import DecodedFrame, FrameFailed
from viewer.dicom.native import frame_of, read_native, stored_values
from viewer.pixels.types import FrameHeader


def read(
    value: bytes,
    header: FrameHeader,
    frame_number: int = 1,
    *,
    frames: int = 1,
    vr: str = "OW",
    big_endian: bool = False,
) -> DecodedFrame:
    table = native_table(value, header, frames, vr=vr, big_endian=big_endian)
    return read_native(lambda at, n: value[at : at + n], table, header, frame_number)


def grey(*words: int, **changed: object) -> list[int]:
    header = frame_header(rows=1, columns=len(words), **changed)
    value = np.array(words, "<u2").tobytes()
    return read(value, header).pixels[0].tolist()  # type: ignore[no-any-return]


def test_signed_twelve_bits_in_sixteen_are_extended_from_bit_eleven() -> None:  # PS3.5 8.1.1
    words = (0x0FFF, 0x0800, 0x07FF, 0x0001)
    assert grey(*words, bits_stored=12, high_bit=11, signed=True) == [-1, -2048, 2047, 1]


def test_junk_above_bits_stored_is_no_part_of_the_value() -> None:  # PS3.5 8.1.1
    assert grey(0xF001, 0x1FFF, bits_stored=12, high_bit=11) == [1, 4095]
    assert grey(0xF001, 0x7FFF, bits_stored=12, high_bit=11, signed=True) == [1, -1]


def test_a_sign_that_is_already_extended_stays() -> None:
    assert grey(0xFFFF, 0x0005, bits_stored=12, high_bit=11, signed=True) == [-1, 5]


def test_high_bit_fifteen_with_twelve_stored_moves_values_down() -> None:  # PS3.5 Annex D
    assert grey(0x1230, 0xFFFF, bits_stored=12, high_bit=15) == [0x123, 0xFFF]
    assert grey(0x8000, 0xFFF7, bits_stored=12, high_bit=15, signed=True) == [-2048, -1]


def test_overlay_bits_below_the_pixel_are_left_out() -> None:  # PS3.5 8.1.2: bit 0 is an overlay
    assert grey(0x0003, 0x0005, bits_stored=8, high_bit=8) == [1, 2]


def test_clean_values_are_a_view_of_the_bytes_that_were_read() -> None:
    value = np.arange(6, dtype="<u2").tobytes()
    pixels = read(value, frame_header(bits_stored=12, high_bit=11)).pixels
    assert pixels.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert np.shares_memory(pixels, np.frombuffer(value, np.uint8))


def test_sixteen_bits_stored_are_signed_as_they_are() -> None:
    assert grey(0xFFFF, 0x8000, signed=True) == [-1, -32768]
    assert grey(0xFFFF, 0x8000) == [65535, 32768]


def test_nine_bits_signed_have_256_negative_values() -> None:
    words = (0x0100, 0x01FF, 0x00FF)
    assert grey(*words, bits_stored=9, high_bit=8, signed=True) == [-256, -1, 255]


@pytest.mark.parametrize(("bits_stored", "high_bit"), [(0, 15), (17, 16), (12, 16), (12, 5)])
def test_F11_bits_that_no_word_can_have_are_refused_by_tag(bits_stored: int, high_bit: int) -> None:
    with pytest.raises(FrameFailed, match=r"\(0028,010[12]\) (Bits Stored|High Bit) is"):
        grey(1, 2, bits_stored=bits_stored, high_bit=high_bit)


def test_F11_bits_allocated_of_ten_is_refused_by_tag() -> None:
    with pytest.raises(FrameFailed, match=r"\(0028,0100\) Bits Allocated is 10"):
        read(bytes(9), frame_header(bits_allocated=10, bits_stored=10, high_bit=9))


def test_twelve_bit_cells_are_packed_lowest_bit_first() -> None:  # PS3.5 8.1.1
    header = frame_header(rows=1, columns=2, bits_allocated=12, bits_stored=12, high_bit=11)
    # 0xABC and 0x123: the first byte has the low eight bits, the second one nibble of each.
    assert read(bytes([0xBC, 0x3A, 0x12]), header).pixels.tolist() == [[0xABC, 0x123]]
    signed = replace(header, signed=True)
    assert read(bytes([0xBC, 0x3A, 0x12]), signed).pixels.tolist() == [[0xABC - 0x1000, 0x123]]


def test_a_frame_of_twelve_bit_cells_can_start_in_the_middle_of_a_byte() -> None:
    header = frame_header(rows=1, columns=1, bits_allocated=12, bits_stored=12, high_bit=11)
    value = bytes([0xBC, 0x3A, 0x12])
    assert read(value, header, 1, frames=2).pixels.tolist() == [[0xABC]]
    assert read(value, header, 2, frames=2).pixels.tolist() == [[0x123]]


def test_twelve_bit_cells_in_big_endian_words_are_swapped_in_pairs() -> None:  # PS3.5 A.3
    header = frame_header(rows=1, columns=2, bits_allocated=12, bits_stored=12, high_bit=11)
    value = bytes([0x3A, 0xBC, 0x00, 0x12])
    assert read(value, header, big_endian=True).pixels.tolist() == [[0xABC, 0x123]]


def test_the_second_of_two_frames_of_odd_length_starts_at_an_odd_byte() -> None:
    header = frame_header(rows=1, bits_allocated=8, bits_stored=8, high_bit=7)
    value = bytes([1, 2, 3, 4, 5, 6])
    assert read(value, header, 2, frames=2).pixels.tolist() == [[4, 5, 6]]


def test_sixteen_bit_words_at_an_odd_place_are_read_right() -> None:
    value = b"\0" + np.array([1, 2, 3, 4, 5, 6], "<u2").tobytes()
    pixels = frame_of(memoryview(value)[1:], frame_header()).pixels
    assert pixels.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_big_endian_words_are_swapped() -> None:  # PS3.5 A.3
    value = np.array([1, 2, 3, 4, 5, 0x1234], ">u2").tobytes()
    pixels = read(value, frame_header(), big_endian=True).pixels
    assert pixels.tolist() == [[1, 2, 3], [4, 5, 0x1234]]
    assert pixels.dtype.isnative


def test_eight_bit_pixels_in_big_endian_words_are_swapped_in_pairs() -> None:  # PS3.5 A.3
    header = frame_header(rows=1, bits_allocated=8, bits_stored=8, high_bit=7)
    value = bytes([2, 1, 4, 3, 6, 5])  # words 0x0201, 0x0403, 0x0605, high byte first
    assert read(value, header, 1, frames=2, big_endian=True).pixels.tolist() == [[1, 2, 3]]
    assert read(value, header, 2, frames=2, big_endian=True).pixels.tolist() == [[4, 5, 6]]


def test_eight_bit_pixels_in_big_endian_bytes_stay() -> None:  # VR OB has no words
    header = frame_header(rows=1, columns=2, bits_allocated=8, bits_stored=8, high_bit=7)
    assert read(b"\1\2", header, vr="OB", big_endian=True).pixels.tolist() == [[1, 2]]


def test_segmentation_bits_run_on_across_frames() -> None:  # PS3.5 8.1.1, C.8.20
    header = frame_header(rows=1, columns=5, bits_allocated=1, bits_stored=1, high_bit=0)
    # Lowest bit first: frame 1 is 1,0,1,1,0 and frame 2 is 0,1,1 | 1,1 of the next byte.
    value = bytes([0b1100_1101, 0b0000_0011])
    assert read(value, header, 1, frames=2).pixels.tolist() == [[1, 0, 1, 1, 0]]
    assert read(value, header, 2, frames=2).pixels.tolist() == [[0, 1, 1, 1, 1]]


def test_thirty_two_bit_integers_keep_their_sign() -> None:
    header = frame_header(
        rows=1, columns=2, bits_allocated=32, bits_stored=32, high_bit=31, signed=True
    )
    value = np.array([-5, 2_000_000_000], "<i4").tobytes()
    assert read(value, header).pixels.tolist() == [[-5, 2_000_000_000]]


@pytest.mark.parametrize(("number", "bits"), [("float", 32), ("double", 64)])
@pytest.mark.parametrize("big_endian", [False, True])
def test_float_pixels_are_read_as_they_are(number: str, bits: int, big_endian: bool) -> None:
    kind = f"{'>' if big_endian else '<'}f{bits // 8}"
    header = frame_header(
        rows=1, columns=2, number=number, bits_allocated=bits, bits_stored=bits, high_bit=bits - 1
    )
    value = np.array([-0.5, 2.0**100], kind).tobytes()
    vr = "OF" if bits == 32 else "OD"
    pixels = read(value, header, vr=vr, big_endian=big_endian).pixels
    assert pixels.tolist() == [[-0.5, 2.0**100]]


COLOR = {"samples": 3, "photometric": "RGB", "bits_allocated": 8, "bits_stored": 8, "high_bit": 7}


def test_planar_configuration_says_how_colour_lies_in_native_data() -> None:  # C.7.6.3.1.3
    by_pixel = frame_header(rows=1, columns=2, **COLOR)
    by_plane = frame_header(rows=1, columns=2, planar_configuration=1, **COLOR)
    assert read(bytes([1, 2, 3, 4, 5, 6]), by_pixel).pixels.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert read(bytes([1, 2, 3, 4, 5, 6]), by_plane).pixels.tolist() == [[[1, 3, 5], [2, 4, 6]]]


def test_colour_is_unsigned_whatever_pixel_representation_says() -> None:  # C.7.6.3.1.2
    header = frame_header(rows=1, columns=1, signed=True, **COLOR)
    assert read(bytes([255, 128, 0]), header).pixels.tolist() == [[[255, 128, 0]]]


def test_ybr_full_422_shares_one_chroma_pair_between_two_pixels() -> None:  # C.7.6.3.1.2
    header = frame_header(rows=2, columns=2, **(COLOR | {"photometric": "YBR_FULL_422"}))
    frame = read(bytes([10, 11, 100, 200, 12, 13, 101, 201]), header)
    assert frame.photometric == "YBR_FULL"
    assert frame.pixels.tolist() == [
        [[10, 100, 200], [11, 100, 200]],
        [[12, 101, 201], [13, 101, 201]],
    ]


def test_F6_a_frame_cut_short_is_filled_up_and_says_so() -> None:
    frame = read(np.array([7, 8], "<u2").tobytes(), frame_header())
    assert frame.pixels.tolist() == [[7, 8, 0], [0, 0, 0]]
    assert frame.note == "incomplete: 4 of 12 bytes of this frame are in the file"


def test_F6_a_frame_that_is_not_there_fails_and_the_one_before_does_not() -> None:
    value = np.arange(6, dtype="<u2").tobytes()
    assert read(value, frame_header(), 1, frames=2).note == ""
    with pytest.raises(FrameFailed, match="incomplete: the file ends before frame 2"):
        read(value, frame_header(), 2, frames=2)


@pytest.mark.parametrize("bits", range(1, 17))
@pytest.mark.parametrize("signed", [False, True])
def test_every_bit_depth_agrees_with_arithmetic(bits: int, signed: bool) -> None:
    words = np.arange(65_536, dtype=np.uint16)
    header = frame_header(rows=256, columns=256, bits_stored=bits, high_bit=bits - 1, signed=signed)
    expected = words.astype(int) % 2**bits
    if signed:
        expected = np.where(expected >= 2 ** (bits - 1), expected - 2**bits, expected)
    assert np.array_equal(stored_values(words, header, bits - 1), expected)
