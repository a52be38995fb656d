"""Encoded frames: colour, sign, size, damage (PS3.5 8.2, Annex A.4, Annex G)."""

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.unit.dicom.pixel_sources import frame_header
from viewer.dicom.codecs import decode_frame, jpeg, jpeg2000, jpegxl, rle
from viewer.dicom.codecs.jpeg_markers import read_markers
from viewer.dicom.codecs.samples import Samples, finished
from viewer.dicom.decoded import FrameFailed
from viewer.pixels.types import FrameHeader

RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
BASELINE, EXTENDED, LOSSLESS, LS, J2K, HTJ2K, JXL = (
    f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 70, 80, 90, 201, 110)
)

GREY = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
COLOR_HEADER = frame_header(
    rows=64, columns=64, samples=3, photometric="RGB", bits_allocated=8, bits_stored=8, high_bit=7
)


def grey_header(bits: int = 16, **changed: object) -> FrameHeader:
    sizes = {"rows": 64, "columns": 64, "bits_stored": bits, "high_bit": bits - 1}
    return frame_header(**(sizes | changed))


def red_square() -> NDArray[np.uint8]:
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0] = 200
    image[..., 2] = 50
    return image


def jpeg_of(image: NDArray[Any], **how: object) -> bytes:
    encoded: bytes = imagecodecs.jpeg8_encode(image, **how)
    return encoded


def without_app_markers(stream: bytes) -> bytes:
    """A JPEG without its JFIF and Adobe markers."""
    out, at = b"\xff\xd8", 2
    while stream[at + 1] != 0xDA:
        length = int.from_bytes(stream[at + 2 : at + 4], "big") + 2
        if stream[at + 1] not in (0xE0, 0xEE):
            out += stream[at : at + length]
        at += length
    return out + stream[at:]


def rle_of(*planes: bytes) -> bytes:
    """An RLE frame of literal runs (PS3.5 G.3.1)."""
    segments = []
    for plane in planes:
        packed = b"".join(
            bytes([len(plane[at : at + 128]) - 1]) + plane[at : at + 128]
            for at in range(0, len(plane), 128)
        )
        segments.append(packed + b"\x80" * (len(packed) % 2))
    starts = np.cumsum([64, *map(len, segments)])[:-1].tolist()
    head = struct.pack("<16I", len(planes), *starts, *[0] * (15 - len(planes)))
    return head + b"".join(segments)


# Colour


def near(pixels: NDArray[Any], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels.reshape(-1, 3).astype(int) - colour).max() <= 4)


def test_transformed_jpeg_comes_as_rgb_once() -> None:  # PS3.5 8.2.1: JFIF is YCbCr
    encoded = jpeg_of(red_square(), level=95)
    frame = decode_frame(encoded, BASELINE, replace(COLOR_HEADER, photometric="YBR_FULL_422"))
    assert (frame.photometric, frame.note) == ("RGB", "")
    assert near(frame.pixels, (200, 0, 50))


def test_the_stream_s_own_marker_wins_over_the_tag_with_a_note() -> None:
    frame = decode_frame(jpeg_of(red_square(), level=95), BASELINE, COLOR_HEADER)
    assert near(frame.pixels, (200, 0, 50))
    assert frame.note.startswith("colour read as YCbCr by its ")
    assert frame.note.endswith("the file says RGB")


def test_a_jfif_marker_alone_means_ycbcr() -> None:
    encoded = jpeg_of(red_square(), level=95, subsampling="444")
    assert {(part.horizontal, part.vertical) for part in read_markers(encoded).components} == {
        (1, 1)
    }
    frame = decode_frame(encoded, BASELINE, COLOR_HEADER)
    assert near(frame.pixels, (200, 0, 50))
    assert frame.note == "colour read as YCbCr by its JFIF marker; the file says RGB"


def test_a_jpeg_whose_components_are_named_rgb_is_not_converted() -> None:
    encoded = jpeg_of(red_square(), level=95, colorspace="RGB", outcolorspace="RGB")
    names = [component.identifier for component in read_markers(encoded).components]
    assert bytes(names) == b"RGB"
    frame = decode_frame(without_app_markers(encoded), BASELINE, COLOR_HEADER)
    assert near(frame.pixels, (200, 0, 50))
    assert frame.note == ""
    wrong_tag = replace(COLOR_HEADER, photometric="YBR_FULL")
    frame = decode_frame(without_app_markers(encoded), BASELINE, wrong_tag)
    assert near(frame.pixels, (200, 0, 50))
    assert frame.note == "colour read as RGB by its component names; the file says YBR_FULL"


def test_a_jpeg_that_says_nothing_is_as_the_tag_says() -> None:
    encoded = without_app_markers(
        jpeg_of(red_square(), level=95, colorspace="RGB", outcolorspace="RGB")
    ).replace(b"\x03R", b"\x03\x00", 1)
    encoded = bytearray(encoded)
    frame_at = encoded.find(b"\xff\xc0")
    scan_at = encoded.find(b"\xff\xda")
    for index in range(3):  # components 0, 1, 2 instead of R, G, B
        encoded[frame_at + 10 + 3 * index] = index
        encoded[scan_at + 5 + 2 * index] = index
    frame = decode_frame(bytes(encoded), BASELINE, COLOR_HEADER)
    assert near(frame.pixels, (200, 0, 50))
    assert frame.note == ""


def test_lossless_jpeg_colour_is_left_as_it_is_stored() -> None:
    encoded = jpeg_of(red_square(), lossless=True)
    frame = decode_frame(encoded, LOSSLESS, COLOR_HEADER)
    assert np.array_equal(frame.pixels, red_square())
    assert frame.photometric == "RGB"


def test_jpeg_2000_with_its_colour_transform_comes_as_rgb() -> None:  # PS3.5 8.2.4
    encoded = imagecodecs.jpeg2k_encode(red_square(), level=0, codecformat="J2K", mct=True)
    frame = decode_frame(encoded, J2K, replace(COLOR_HEADER, photometric="YBR_RCT"))
    assert np.array_equal(frame.pixels, red_square())
    assert frame.photometric == "RGB"


def test_rle_colour_is_plane_by_plane_whatever_the_tag_says() -> None:  # Annex G
    header = replace(COLOR_HEADER, rows=1, columns=2, planar_configuration=0)
    frame = decode_frame(rle_of(b"\1\2", b"\3\4", b"\5\6"), RLE, header)
    assert frame.pixels.tolist() == [[[1, 3, 5], [2, 4, 6]]]


def test_rle_leaves_ybr_full_for_the_one_place_that_converts() -> None:
    header = replace(COLOR_HEADER, rows=1, columns=2, photometric="YBR_FULL")
    assert decode_frame(rle_of(b"\1\2", b"\3\4", b"\5\6"), RLE, header).photometric == "YBR_FULL"


def test_colour_that_a_codestream_calls_signed_is_unsigned() -> None:  # C.7.6.3.1.2
    values = np.array([[[-1, -128, 127]]], np.int8)
    header = replace(COLOR_HEADER, rows=1, columns=1)
    frame = finished(Samples(values, 8, "RGB", signed=True), header)
    assert frame.pixels.tolist() == [[[255, 128, 127]]]


# Sign and depth


@pytest.mark.parametrize("bits", [12, 16])
def test_jpeg_lossless_samples_are_extended_from_bits_stored(bits: int) -> None:
    stored = (GREY.astype(int) * 16 - 2 ** (bits - 1)).clip(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    encoded = jpeg_of((stored % 2**bits).astype(np.uint16), lossless=True, bitspersample=bits)
    frame = decode_frame(encoded, LOSSLESS, grey_header(bits, signed=True))
    assert np.array_equal(frame.pixels, stored)
    assert frame.note == ""


def test_jpeg_ls_samples_are_extended_from_bits_stored() -> None:
    stored = GREY.astype(int) - 2048
    encoded = imagecodecs.jpegls_encode((stored % 4096).astype(np.uint16))
    frame = decode_frame(encoded, LS, grey_header(12, signed=True))
    assert np.array_equal(frame.pixels, stored)


def test_an_unsigned_jpeg_2000_codestream_under_a_signed_tag_is_two_s_complement() -> None:
    stored = GREY.astype(int) - 2048
    encoded = imagecodecs.jpeg2k_encode(
        (stored % 4096).astype(np.uint16), level=0, codecformat="J2K", bitspersample=12
    )
    frame = decode_frame(encoded, J2K, grey_header(12, signed=True))
    assert np.array_equal(frame.pixels, stored)


def test_a_signed_jpeg_2000_codestream_has_true_values() -> None:
    stored = GREY.astype(np.int16) - 2048
    encoded = imagecodecs.jpeg2k_encode(stored, level=0, codecformat="J2K")
    frame = decode_frame(encoded, J2K, grey_header(16, signed=True))
    assert np.array_equal(frame.pixels, stored)


def test_more_bits_than_the_tag_allows_are_cut_with_a_note() -> None:
    encoded = jpeg_of(GREY * 8, lossless=True, bitspersample=16)
    frame = decode_frame(encoded, LOSSLESS, grey_header(12))
    assert frame.pixels.max() == 4088
    assert "(0028,0101) Bits Stored 12" in frame.note


def test_twelve_bit_extended_jpeg_keeps_its_twelve_bits() -> None:  # PS3.5 8.2.1, process 4
    encoded = jpeg_of(GREY.clip(0, 4095), level=100, bitspersample=12)
    frame = decode_frame(encoded, EXTENDED, grey_header(12))
    assert np.abs(frame.pixels.astype(int) - GREY).max() <= 4
    assert frame.pixels.max() > 4000


def test_rle_words_come_high_byte_plane_first() -> None:  # PS3.5 G.2
    frame = decode_frame(rle_of(b"\x12\x00", b"\x34\x05"), RLE, frame_header(rows=1, columns=2))
    assert frame.pixels.tolist() == [[0x1234, 5]]


def test_F11_junk_above_bits_stored_is_no_palette_index_and_no_colour() -> None:
    bits = {"rows": 1, "columns": 1, "bits_allocated": 8, "bits_stored": 6, "high_bit": 5}
    index = frame_header(photometric="PALETTE COLOR", **bits)
    assert decode_frame(rle_of(b"\xc1"), RLE, index).pixels.tolist() == [[1]]
    color = frame_header(photometric="RGB", samples=3, **bits)
    assert decode_frame(rle_of(b"\xc1", b"\x42", b"\x03"), RLE, color).pixels.tolist() == [
        [[1, 2, 3]]
    ]


def test_rle_of_a_shifted_word_obeys_high_bit() -> None:
    header = frame_header(rows=1, columns=1, bits_stored=12, high_bit=15)
    assert decode_frame(rle_of(b"\x12", b"\x30"), RLE, header).pixels.tolist() == [[0x123]]


# Size


@pytest.mark.parametrize(
    ("encoded", "syntax"),
    [
        (jpeg_of(GREY, lossless=True), LOSSLESS),
        (imagecodecs.jpegls_encode(GREY), LS),
        (imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="J2K"), J2K),
        (imagecodecs.jpegxl_encode(GREY, lossless=True), JXL),
    ],
    ids=["jpeg", "jpeg-ls", "j2k", "jxl"],
)
def test_a_codestream_of_another_size_is_refused_naming_both(encoded: bytes, syntax: str) -> None:
    with pytest.raises(FrameFailed, match=r"64 x 64.*Rows.*32 x 64"):
        decode_frame(encoded, syntax, grey_header(rows=32))
    color = replace(COLOR_HEADER, bits_allocated=16)
    with pytest.raises(FrameFailed, match=r"1 samples a pixel; \(0028,0002\).*3"):
        decode_frame(encoded, syntax, color)


def test_an_edge_tile_is_filled_up_and_says_so() -> None:
    encoded = jpeg_of(red_square(), level=95)
    header = replace(COLOR_HEADER, rows=100, columns=64, photometric="YBR_FULL_422")
    frame = decode_frame(encoded, BASELINE, header)
    assert frame.pixels.shape == (100, 64, 3)
    assert near(frame.pixels[:64], (200, 0, 50))
    assert not frame.pixels[64:].any()
    assert frame.note == "stored are 64 x 64 of 100 x 64 pixels"


def test_rle_with_another_number_of_planes_is_refused_naming_both() -> None:
    with pytest.raises(FrameFailed, match=r"1 segments; .*Bits Allocated 16 need 2"):
        decode_frame(rle_of(b"\1\2"), RLE, frame_header(rows=1, columns=2))


def test_jpeg_xl_keeps_sixteen_bits() -> None:
    encoded = imagecodecs.jpegxl_encode(GREY, lossless=True)
    assert np.array_equal(decode_frame(encoded, JXL, grey_header()).pixels, GREY)


def test_a_deflated_frame_is_one_native_frame() -> None:  # PS3.5 A.4.12
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    encoded = packed.compress(GREY.tobytes()) + packed.flush()
    assert np.array_equal(decode_frame(encoded, DEFLATED_FRAMES, grey_header()).pixels, GREY)


def test_F3_a_deflated_frame_never_inflates_beyond_its_own_size() -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packed.compress(bytes(50_000_000)) + packed.flush()
    assert decode_frame(bomb, DEFLATED_FRAMES, grey_header()).pixels.shape == (64, 64)


def test_an_unknown_transfer_syntax_is_refused_by_name() -> None:
    with pytest.raises(FrameFailed, match=r"1\.2\.840\.10008\.1\.2\.4\.100 has no decoder"):
        decode_frame(b"x", "1.2.840.10008.1.2.4.100", grey_header())


# Damage


NOISE = np.random.default_rng(7).integers(0, 4096, (64, 64), dtype=np.uint16)
RESTARTS = 4


def with_restarts() -> bytes:
    """A JPEG with a restart marker every few blocks, and its picture's header."""
    out = io.BytesIO()
    Image.fromarray((NOISE >> 4).astype(np.uint8)).save(
        out, "JPEG", quality=90, restart_marker_blocks=RESTARTS
    )
    return out.getvalue()


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize(
    ("encoded", "syntax", "header"),
    [
        (jpeg_of(NOISE, lossless=True, bitspersample=12), LOSSLESS, grey_header(12)),
        (jpeg_of((NOISE >> 4).astype(np.uint8)), BASELINE, grey_header(8, bits_allocated=8)),
        (jpeg_of(NOISE, bitspersample=12), EXTENDED, grey_header(12)),
        (imagecodecs.jpegls_encode(NOISE), LS, grey_header(12)),
        (imagecodecs.jpeg2k_encode(NOISE, level=0, codecformat="J2K"), J2K, grey_header()),
        (imagecodecs.jpegxl_encode(NOISE, lossless=True), JXL, grey_header()),
        (
            rle_of((NOISE >> 8).astype("u1").tobytes(), NOISE.astype("u1").tobytes()),
            RLE,
            grey_header(12),
        ),
        (zlib.compress(NOISE.tobytes(), wbits=-15), DEFLATED_FRAMES, grey_header(12)),
    ],
    ids=["lossless", "baseline", "extended", "jpeg-ls", "j2k", "jxl", "rle", "deflated"],
)
def test_F6_a_stream_cut_short_never_passes_for_whole(
    encoded: bytes, syntax: str, header: FrameHeader, share: float
) -> None:
    assert decode_frame(encoded, syntax, header).note == ""
    try:
        frame = decode_frame(encoded[: int(len(encoded) * share)], syntax, header)
    except FrameFailed:
        return
    assert frame.note.startswith("incomplete: ")


def test_F6_an_rle_frame_keeps_what_is_there() -> None:
    header = frame_header(rows=1, columns=4, bits_allocated=8, bits_stored=8, high_bit=7)
    frame = decode_frame(rle_of(b"\1\2\3\4")[:-3], RLE, header)
    assert frame.pixels.tolist() == [[1, 2, 0, 0]]
    assert frame.note == "incomplete: 2 of 4 bytes could be decoded"


def test_F6_the_high_bytes_of_a_cut_rle_frame_stay_high_bytes() -> None:
    header = frame_header(rows=1, columns=2)
    frame = decode_frame(rle_of(b"\x12\x34", b"\x56\x78")[:-2], RLE, header)
    assert frame.pixels.tolist() == [[0x1256, 0x3400]]
    assert frame.note.startswith("incomplete: ")


def test_F6_lost_restart_intervals_are_counted() -> None:
    header = grey_header(8, bits_allocated=8)
    whole = with_restarts()
    assert decode_frame(whole, BASELINE, header).note == ""
    first, second = whole.find(b"\xff\xd0"), whole.find(b"\xff\xd4")
    damaged = whole[:first] + whole[second:]
    assert decode_frame(damaged, BASELINE, header).note.startswith("incomplete: ")


def test_bytes_after_the_end_marker_are_padding() -> None:
    encoded = jpeg_of((NOISE >> 4).astype(np.uint8))
    header = grey_header(8, bits_allocated=8)
    assert decode_frame(encoded + b"\xff\xff\xff", BASELINE, header).note == ""


def test_F10_rubbish_fails_with_a_sentence() -> None:
    rubbish = np.random.default_rng(1).integers(0, 256, 5000, np.uint8).tobytes()
    for syntax in (RLE, BASELINE, LOSSLESS, LS, J2K, HTJ2K, JXL, DEFLATED_FRAMES):
        with pytest.raises(FrameFailed, match=r"\w{3,}"):
            decode_frame(rubbish, syntax, grey_header())


# Without the optional library


@pytest.fixture
def without_imagecodecs(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (jpeg, jpeg2000, jpegxl, rle):
        monkeypatch.setattr(module, "imagecodecs", None)


@pytest.mark.usefixtures("without_imagecodecs")
@pytest.mark.parametrize(
    ("encoded", "syntax", "what"),
    [
        (jpeg_of(NOISE, lossless=True, bitspersample=12), LOSSLESS, "12-bit lossless JPEG"),
        (jpeg_of(NOISE, bitspersample=12), EXTENDED, "12-bit extended JPEG"),
        (imagecodecs.jpegxl_encode(NOISE, lossless=True), JXL, "JPEG XL"),
    ],
)
def test_a_missing_library_is_a_sentence(encoded: bytes, syntax: str, what: str) -> None:
    with pytest.raises(FrameFailed, match=rf"{what} needs the codecs extra: pip install"):
        decode_frame(encoded, syntax, grey_header(12))


@pytest.mark.usefixtures("without_imagecodecs")
def test_eight_bit_jpeg_and_rle_do_without_the_optional_library() -> None:
    frame = decode_frame(
        jpeg_of(red_square(), level=95), BASELINE, replace(COLOR_HEADER, photometric="YBR_FULL")
    )
    assert near(frame.pixels, (200, 0, 50))
    untouched = jpeg_of(red_square(), level=95, colorspace="RGB", outcolorspace="RGB")
    assert near(decode_frame(untouched, BASELINE, COLOR_HEADER).pixels, (200, 0, 50))
    words = decode_frame(rle_of(b"\x12\x00", b"\x34\x05"), RLE, frame_header(rows=1, columns=2))
    assert words.pixels.tolist() == [[0x1234, 5]]
