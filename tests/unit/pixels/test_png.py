"""PNG files that other people's decoders read as what was put in."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from viewer.pixels.png import encode_gray, encode_mask, encode_rgb

cv2 = pytest.importorskip("cv2")

SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (64, 33), (512, 512), (1500, 3000)]


def noise(*shape) -> np.ndarray:
    return np.random.default_rng(11).integers(0, 256, shape).astype(np.uint8)


def by_pillow(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def by_opencv(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


def chunks(png: bytes) -> list[bytes]:
    kinds, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.append(png[at + 4 : at + 8])
        at += length + 12
    return kinds


@pytest.mark.parametrize("size", SIZES)
def test_gray_is_read_back_by_two_decoders(size) -> None:
    pixels = noise(*size)
    png = encode_gray(pixels)
    assert np.array_equal(by_pillow(png), pixels)
    assert np.array_equal(by_opencv(png), pixels)


@pytest.mark.parametrize("size", SIZES)
def test_rgb_is_read_back_by_two_decoders(size) -> None:
    pixels = noise(*size, 3)
    png = encode_rgb(pixels)
    assert np.array_equal(by_pillow(png), pixels)
    assert np.array_equal(by_opencv(png)[:, :, ::-1], pixels)


@pytest.mark.parametrize("size", [(1, 1), (5, 9), (3, 16), (40, 41)])
def test_mask_is_white_where_set_and_transparent_elsewhere(size) -> None:
    mask = noise(*size) > 127
    rgba = np.asarray(Image.open(io.BytesIO(encode_mask(mask))).convert("RGBA"))
    assert np.array_equal(rgba[:, :, 3] == 255, mask)
    assert np.array_equal(rgba[:, :, 3] == 0, ~mask)
    assert (rgba[mask] == 255).all()


def test_no_chunk_lets_a_browser_change_the_grays() -> None:
    assert chunks(encode_gray(noise(4, 4))) == [b"IHDR", b"IDAT", b"IEND"]
    assert chunks(encode_rgb(noise(4, 4, 3))) == [b"IHDR", b"IDAT", b"IEND"]


def test_cut_out_and_mirrored_pixels_are_read_as_they_lie() -> None:
    frame = noise(50, 60)
    for part in (frame[7:30, 11:44], frame[:, ::-1], frame.T):
        assert np.array_equal(by_pillow(encode_gray(part)), part)
    colors = noise(50, 60, 3)
    for part in (colors[7:30, 11:44], colors[:, :, ::-1]):
        assert np.array_equal(by_pillow(encode_rgb(part)), part)


def test_a_smaller_picture_after_a_larger_one_carries_nothing_over() -> None:
    encode_gray(noise(300, 300))
    black = np.zeros((3, 3), np.uint8)
    assert np.array_equal(by_pillow(encode_gray(black)), black)
