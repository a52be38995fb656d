"""Overlay planes (PS3.3 C.9.2): bit order, frames, words, embedded bits, placement."""

import numpy as np
import pytest

from tests.unit.pixels.headers import gray_header
from viewer.pixels.overlay import BadOverlay, embedded_mask, plane_mask, shows_on
from viewer.pixels.types import Overlay


def overlay(rows=2, columns=3, **facts) -> Overlay:
    return Overlay(0x6000, rows, columns, **facts)


def header(rows=2, columns=3, **facts):
    return gray_header(16, rows=rows, columns=columns, **facts)


def bits_of(mask) -> str:
    return "/".join("".join("#" if bit else "." for bit in row) for row in mask)


def test_case_35_first_pixel_is_the_lowest_bit_and_rows_are_not_padded() -> None:
    # Six pixels in one byte: 0b101001 is, from the low bit, 1 0 0 1 0 1.
    mask = plane_mask(b"\x29\x00", overlay(), header(), 1)
    assert bits_of(mask) == "#../#.#"


def test_case_35_planes_run_on_inside_a_byte() -> None:
    planes = overlay(rows=1, columns=3, frames=3)
    value = bytes([0b10_010_001, 0b1])  # from the low bit: 100, 010, 011
    shown = [bits_of(plane_mask(value, planes, header(1, 3), frame)) for frame in (1, 2, 3)]
    assert shown == ["#..", ".#.", ".##"]


def test_case_35_a_late_plane_is_found_without_the_ones_before() -> None:
    planes = overlay(rows=5, columns=7, frames=6)
    wanted = np.random.default_rng(2).integers(0, 2, (6, 5, 7)).astype(bool)
    value = np.packbits(wanted.reshape(-1), bitorder="little").tobytes()
    for frame in range(1, 7):
        mask = plane_mask(value, planes, header(5, 7), frame)
        assert np.array_equal(mask, wanted[frame - 1])


def test_case_35_big_endian_words_are_swapped_before_bits_are_counted() -> None:
    planes = overlay(rows=1, columns=16, big_endian_words=True)
    # The word 0x0180 in big-endian order: bits 7 and 8 are set.
    mask = plane_mask(b"\x01\x80", planes, header(1, 16), 1)
    assert np.flatnonzero(mask).tolist() == [7, 8]


def test_case_31_big_endian_planes_that_start_inside_a_word() -> None:
    planes = overlay(rows=1, columns=9, frames=3, big_endian_words=True)
    wanted = np.random.default_rng(4).integers(0, 2, (3, 1, 9)).astype(bool)
    little = np.packbits(np.pad(wanted.reshape(-1), (0, 5)), bitorder="little")
    value = little.reshape(-1, 2)[:, ::-1].tobytes()
    for frame in (1, 2, 3):
        assert np.array_equal(plane_mask(value, planes, header(1, 9), frame), wanted[frame - 1])


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ((1, 1), "##../##../..../...."),
        ((2, 3), "..../..##/..##/...."),
        ((0, 0), "#.../..../..../...."),
        ((-1, 1), "..../..../..../...."),
        ((1, 4), "...#/...#/..../...."),
        ((4, 4), "..../..../..../...#"),
        ((5, 1), "..../..../..../...."),
        ((-30_000, 30_000), "..../..../..../...."),
    ],
)
def test_case_35_origin_1_1_is_the_first_pixel_and_may_lie_outside(origin, shown) -> None:
    plane = overlay(2, 2, origin_row=origin[0], origin_column=origin[1])
    assert bits_of(plane_mask(b"\x0f\x00", plane, header(4, 4), 1)) == shown


@pytest.mark.parametrize(
    ("facts", "frames"),
    [
        ({}, [1, 2, 3, 4]),  # one plane for the image
        ({"frame_origin": 3}, [3]),
        ({"frames": 2, "frame_origin": 2}, [2, 3]),
        ({"frames": 2}, [1, 2]),
    ],
)
def test_an_overlay_shows_on_the_frames_it_names(facts, frames) -> None:
    assert [number for number in range(1, 5) if shows_on(overlay(**facts), number)] == frames


def test_on_other_frames_nothing_is_set() -> None:
    assert not plane_mask(b"\xff\xff", overlay(frame_origin=3), header(), 1).any()


def test_case_11_an_embedded_overlay_is_read_from_the_raw_word() -> None:
    words = np.array([[0x8123, 0x0FFF, 0x8000], [0, 0x7FFF, 0xFFFF]], np.uint16)
    mask = embedded_mask(words, overlay(embedded_bit=15), header())
    assert bits_of(mask) == "#.#/..#"
    signed = embedded_mask(words.view(np.int16), overlay(embedded_bit=12), header())
    assert bits_of(signed) == ".../.##"


@pytest.mark.parametrize("bit", [None, 16, -1])
def test_an_embedded_bit_outside_the_word_is_refused(bit) -> None:
    with pytest.raises(BadOverlay, match=r"\(6000,0102\)"):
        embedded_mask(np.zeros((2, 3), np.uint16), overlay(embedded_bit=bit), header())


def test_too_little_data_is_refused_with_the_tag() -> None:
    with pytest.raises(BadOverlay, match=r"\(6000,3000\).*needs 13"):
        plane_mask(b"\x00" * 12, overlay(10, 10), header(10, 10), 1)
