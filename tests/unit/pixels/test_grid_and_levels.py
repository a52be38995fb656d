"""Which pixels a tile covers, and what the coarse levels hold."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.unit.pixels.headers import gray_header
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.grid import Grid, NoSuchTile, Rect
from viewer.pixels.levels import block_means, block_sums, level_values
from viewer.pixels.types import Modality, Padding

RNG = np.random.default_rng(21)


@pytest.mark.parametrize(
    ("size", "levels"),
    [((1, 1), 1), ((512, 512), 1), ((1024, 1024), 1), ((1025, 3), 3), ((4096, 3328), 4),
     ((3, 1025), 3), ((2048, 2048), 3), ((2049, 2048), 4), ((65_535, 65_535), 8)],
)  # fmt: skip
def test_levels_halve_until_one_tile_holds_the_frame(size, levels) -> None:
    assert Grid.of(*size).levels == levels


def test_a_frame_of_1024_is_one_tile_and_one_of_1025_is_cut_into_512() -> None:
    assert Grid.of(1024, 900).tile_rect(0, 0, 0) == Rect(0, 0, 1024, 900)
    grid = Grid.of(1025, 900)
    assert grid.tile_counts(0) == (3, 2)
    assert grid.tile_rect(0, 1, 2) == Rect(1024, 512, 1025, 900)
    assert [grid.level_size(level) for level in range(3)] == [(1025, 900), (513, 450), (257, 225)]


@pytest.mark.parametrize("size", [(1, 1), (1025, 7), (1300, 2047), (4096, 3328)])
def test_tiles_cover_each_level_once(size) -> None:
    grid = Grid.of(*size)
    for level in range(grid.levels):
        covered = np.zeros(grid.level_size(level), np.uint8)
        tile_rows, tile_columns = grid.tile_counts(level)
        for row in range(tile_rows):
            for column in range(tile_columns):
                rect = grid.tile_rect(level, column, row)
                covered[rect.row0 : rect.row1, rect.column0 : rect.column1] += 1
                assert (
                    covered[rect.row0 : rect.row1, rect.column0 : rect.column1].shape == rect.shape
                )
        assert covered.min() == covered.max() == 1


@pytest.mark.parametrize(
    "place", [(3, 0, 0), (-1, 0, 0), (0, 2, 0), (0, 0, 3), (0, -1, 0), (2, 1, 0)]
)
def test_a_tile_off_the_grid_is_not_found(place) -> None:
    with pytest.raises(NoSuchTile):
        Grid.of(1025, 900).tile_rect(*place)


def scalar_level(stored, level, padding=None, *, lowest=-(2**31), highest=2**31):
    """Mean of each block, in rational numbers, as docs/deep-tile.md says it."""
    block = 1 << level
    rows, columns = stored.shape
    means = []
    for row in range(0, rows, block):
        line = []
        for column in range(0, columns, block):
            values = [int(v) for v in stored[row : row + block, column : column + block].flat]
            if padding:
                values = [v for v in values if not padding.low <= v <= padding.high]
            if not values:
                line.append(padding.low)
                continue
            mean = math.floor(Fraction(sum(values), len(values)) + Fraction(1, 2))
            if padding and padding.low <= mean <= padding.high:
                below, above = padding.low - 1, padding.high + 1
                nearer_below = mean - below < above - mean and below >= lowest
                mean = below if nearer_below or above > highest else above
            line.append(mean)
        means.append(line)
    return means


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
@pytest.mark.parametrize("shape", [(16, 24), (17, 23), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_levels_are_block_means_rounded_half_up(dtype, shape, level) -> None:
    limits = np.iinfo(dtype)
    stored = RNG.integers(limits.min, limits.max + 1, shape).astype(dtype)
    header = gray_header(limits.bits, signed=dtype[0] == "i")
    reduced = level_values(stored, header, level)
    assert reduced.values.tolist() == scalar_level(stored, level)
    assert reduced.values.dtype == stored.dtype
    assert not reduced.are_modality


def test_ties_go_up_for_both_signs() -> None:
    assert block_means(np.array([[1, 2], [1, 2]], np.int16), 1).tolist() == [[2]]
    assert block_means(np.array([[-1, -2], [-1, -2]], np.int16), 1).tolist() == [[-1]]


@pytest.mark.parametrize("value", [0, 4095, 16_384, 65_535])
def test_sums_of_extreme_values_do_not_wrap(value) -> None:
    stored = np.full((256, 128), value, np.uint16)
    assert (block_sums(stored, 7) == value * 128 * 128).all()
    assert (block_means(stored, 7) == value).all()


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2"])
@pytest.mark.parametrize("level", [1, 2])
def test_case_9_padding_takes_no_part_in_a_mean(dtype, level) -> None:
    stored = RNG.integers(0, 12, (37, 42)).astype(dtype)
    stored[:9, :9] = 5
    padding = Padding(5, 6)
    signed = dtype[0] == "i"
    header = gray_header(8 * np.dtype(dtype).itemsize, signed=signed, padding=padding)
    reduced = level_values(stored, header, level).values
    assert reduced.tolist() == scalar_level(stored, level, padding, lowest=-32_768 if signed else 0)


def test_case_9_a_block_of_padding_stays_padding_and_one_pixel_saves_a_block() -> None:
    stored = np.array([[-2000, -2000, -2000, -2000], [-2000, -2000, -2000, 100]], np.int16)
    header = gray_header(16, signed=True, padding=Padding(-2000, -2000))
    assert level_values(stored, header, 1).values.tolist() == [[-2000, 100]]


@pytest.mark.parametrize(
    ("values", "bits", "signed", "padding", "mean"),
    [
        ([-5, 5, -5, 5], 16, True, (0, 0), 1),  # a tie between -1 and 1 goes up
        ([-9, 9, -9, 5], 16, True, (-2, 5), -3),
        ([9, 9, 0, 0], 8, False, (2, 6), 7),
        ([1, 1, 4, 4], 8, False, (2, 3), 4),
        ([4094, 4094, 0, 0], 12, False, (1000, 4093), 999),
        ([4095, 0, 4095, 0], 12, False, (1, 4094), 4095),
    ],
)
def test_case_9_a_mean_of_true_pixels_never_becomes_padding(
    values, bits, signed, padding, mean
) -> None:
    dtype = ("i" if signed else "u") + ("1" if bits == 8 else "2")
    header = gray_header(bits, signed=signed, padding=Padding(*padding))
    stored = np.array(values, dtype).reshape(2, 2)
    assert level_values(stored, header, 1).values.tolist() == [[mean]]


def test_levels_of_a_frame_with_a_modality_lut_are_means_of_its_outputs() -> None:
    lut = lookup_table(0, 16, [0, 100, 10_000])
    header = gray_header(8, modality=Modality(lut=lut))
    reduced = level_values(np.array([[1, 2], [2, 2]], np.uint8), header, 1)
    assert reduced.are_modality
    assert reduced.values.tolist() == [[7525]]
    assert reduced.values.dtype == np.uint16


@pytest.mark.parametrize(("inverted", "value"), [(False, 7), (True, 900)])
def test_padding_alone_is_shown_black_through_a_modality_lut(inverted, value) -> None:
    lut = lookup_table(0, 16, [7, 500, 900])
    header = gray_header(8, modality=Modality(lut=lut), padding=Padding(1, 1), inverted=inverted)
    assert level_values(np.array([[1, 1]], np.uint8), header, 1).values.tolist() == [[value]]


def test_case_36_levels_of_float_pixels_are_exact_means_without_padding() -> None:
    header = gray_header(32, number="float", bits_allocated=32, padding=Padding(-1, -1))
    stored = np.array([[0.5, 0.25, -1, -1], [-1, np.nan, -1, np.nan]], np.float32)
    reduced = level_values(stored, header, 1).values
    assert reduced[0, 0] == 0.375
    assert np.isnan(reduced[0, 1])


def test_levels_of_32_bit_integers_are_not_rounded() -> None:
    header = gray_header(32)
    stored = np.array([[4_000_000_000, 4_000_000_001]], np.uint32)
    assert level_values(stored, header, 1).values.tolist() == [[4_000_000_000.5]]


@pytest.mark.parametrize("padding", [None, Padding(0, 50)])
@pytest.mark.parametrize("level", [1, 2])
def test_a_tile_is_the_same_part_of_the_whole_level(padding, level) -> None:
    stored = RNG.integers(0, 4096, (1300, 1100)).astype(np.uint16)
    header = gray_header(12, padding=padding)
    grid = Grid.of(*stored.shape)
    whole = level_values(stored, header, level).values
    assert whole.shape == grid.level_size(level)
    rows, columns = grid.tile_counts(level)
    for row in range(rows):
        for column in range(columns):
            rect = grid.tile_rect(level, column, row)
            part = level_values(stored, header, level, rect).values
            expected = whole[rect.row0 : rect.row1, rect.column0 : rect.column1]
            assert np.array_equal(part, expected)


def test_level_0_is_not_copied() -> None:
    stored = np.zeros((4, 4), np.uint16)
    assert np.shares_memory(level_values(stored, gray_header(12), 0).values, stored)
