"""Coarse levels: the mean of each block of a frame, padding left out (docs/deep-tile.md).

A level is made before any window is applied, so one level serves every window, and clipping never
hides a small bright spot before it is averaged.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.pixels.grid import Rect, ceil_shift
from viewer.pixels.modality import apply_modality, look_up, padding_mask
from viewer.pixels.types import FrameHeader, StoredPixels

Sums = NDArray[np.int32]

# Source values that one pass takes: its parts stay in a core's own cache.
_BAND_VALUES = 524_288


@dataclass(frozen=True, slots=True)
class LevelValues:
    """Values of (a part of) a level, (rows, columns), and what they are.

    Stored values, with the frame's dtype; or, if ``are_modality``, modality values: uint16 where
    the stored values are 8 or 16 bit, else float64.
    """

    values: StoredPixels
    are_modality: bool


def level_values(
    stored: StoredPixels, header: FrameHeader, level: int, rect: Rect | None = None
) -> LevelValues:
    """Return a level of a frame, or the part ``rect`` of it, in pixels of that level.

    ``stored`` is the whole frame (rows, columns); only the pixels that the part needs are read.
    Level 0 is a view; levels to 7 are accepted, whatever the frame's grid. Integers are rounded
    half up, from level 0, so a part is equal to the same part of the whole.
    """
    part = source_part(stored, level, rect)
    if level == 0:
        return LevelValues(part, are_modality=False)
    if part.dtype.kind not in "iu" or part.dtype.itemsize > 2:
        return _float_level(part, header, level)
    if header.padding is not None:
        return _padded_level(part, header, level)
    lut = header.modality.lut
    values = part if lut is None else look_up(lut, part)
    return LevelValues(block_means(values, level), lut is not None)


def source_part(stored: StoredPixels, level: int, rect: Rect | None) -> StoredPixels:
    """Return a view of the level 0 pixels that ``rect`` of ``level`` (None: all) is made from."""
    if rect is None:
        return stored
    return stored[
        rect.row0 << level : rect.row1 << level, rect.column0 << level : rect.column1 << level
    ]


# Integers without padding.


def block_means(values: NDArray[Any], level: int) -> NDArray[Any]:
    """Return the mean of each block of ``2**level`` squared values, rounded half up, same dtype.

    ``values`` is (rows, columns) of 8- or 16-bit integers; level is 1 to 7. A block that the edge
    cuts is the mean of what is there.
    """
    rows, columns = values.shape
    whole_rows, whole_columns = rows >> level, columns >> level
    edge_row, edge_column = whole_rows << level, whole_columns << level
    means = np.empty((ceil_shift(rows, level), ceil_shift(columns, level)), values.dtype)
    _whole_blocks(values[:edge_row, :edge_column], level, means[:whole_rows, :whole_columns])
    if edge_column < columns:
        means[:, whole_columns:] = _cut_block_means(values[:, edge_column:], level)
    if edge_row < rows:
        means[whole_rows:] = _cut_block_means(values[edge_row:], level)
    return means


def _cut_block_means(values: NDArray[Any], level: int) -> NDArray[np.int64]:
    return _rounded_mean(block_sums(values, level), _block_counts(values.shape, level))


def block_sums(values: NDArray[Any], level: int) -> Sums:
    """Return the sum of each block of ``2**level`` squared values, int32.

    ``values`` is (rows, columns) of 8- or 16-bit integers; level is 1 to 7, so that no sum passes
    31 bits. A block that the edge cuts is the sum of what is there.
    """
    rows, columns = values.shape
    block_rows, block_columns = ceil_shift(rows, level), ceil_shift(columns, level)
    whole = values
    if rows % (1 << level) or columns % (1 << level):
        whole = np.zeros((block_rows << level, block_columns << level), values.dtype)
        whole[:rows, :columns] = values
    sums = np.empty((block_rows, block_columns), np.int32)
    _whole_blocks(whole, level, sums)
    return sums


def _whole_blocks(values: NDArray[Any], level: int, out: NDArray[Any]) -> None:
    """Write the sum (``out`` is int32) or else the rounded mean of each block to ``out``."""
    rows, columns = out.shape
    if not rows or not columns:
        return
    block = 1 << level
    band = max(1, _BAND_VALUES // (block * values.shape[1]))
    for row in range(0, rows, band):
        stop = min(row + band, rows)
        sums = _pair_sums(values[row * block : stop * block], block)
        while sums.shape[1] > columns:
            sums = sums[:, 0::2] + sums[:, 1::2]
        if out.dtype != np.int32:
            # The number of pixels is a power of two: the shift is the floor, for either sign.
            sums += (block * block) >> 1
            sums >>= 2 * level
        out[row:stop] = sums


def _pair_sums(band: NDArray[Any], block: int) -> NDArray[Any]:
    """Return sums of ``block`` rows by 2 columns: (rows / block, columns / 2), 32 bit."""
    if band.dtype == np.uint16 and int(band.max()) * block <= 65_535:
        # Twice the values a vector register: sums of lines fit 16 bits (12-bit data to level 4).
        lines = band[0::block] + band[1::block]
        for line in range(2, block):
            lines += band[line::block]
        pairs = lines.view(np.uint32)
        sums: NDArray[Any] = pairs & 0xFFFF
        pairs >>= 16
        sums += pairs
        return sums
    wide = band[0::block].astype(np.int32)
    for line in range(1, block):
        wide += band[line::block]
    sums = wide[:, 0::2] + wide[:, 1::2]
    return sums


def _rounded_mean(sums: Sums, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``floor(sums / counts + 1/2)``."""
    means = 2 * sums.astype(np.int64)
    means += counts
    means //= 2 * counts
    return means


def _block_counts(shape: tuple[int, ...], level: int) -> NDArray[np.int64]:
    """Return the number of pixels of each block of an array of ``shape``."""
    block = 1 << level
    rows, columns = (np.minimum(block, side - np.arange(0, side, block)) for side in shape)
    return np.outer(rows, columns)


# Integers with padding.


def _padded_level(part: StoredPixels, header: FrameHeader, level: int) -> LevelValues:
    """Work in bands, because most of a frame's bands often have no padding at all."""
    rows, columns = part.shape
    lut = header.modality.lut
    dtype = part.dtype if lut is None else np.dtype(np.uint16)
    means = np.empty((ceil_shift(rows, level), ceil_shift(columns, level)), dtype)
    band = max(1, _BAND_VALUES >> level) // columns or 1
    for block_row in range(0, means.shape[0], band):
        stored = part[block_row << level : (block_row + band) << level]
        values = stored if lut is None else look_up(lut, stored)
        padding = padding_mask(stored, header.padding)
        if padding is None:
            band_means = _out_of_padding(block_means(values, level), header)
        else:
            band_means = _means_beside_padding(values, padding, header, level)
        means[block_row : block_row + band] = band_means
    return LevelValues(means, lut is not None)


def _means_beside_padding(
    values: NDArray[Any], padding: NDArray[np.bool_], header: FrameHeader, level: int
) -> NDArray[Any]:
    valid = (~padding).astype(np.uint16)
    counts = block_sums(valid, level)
    sums = block_sums(values * valid.astype(values.dtype), level)
    whole = 1 << 2 * level
    means = (sums + (whole >> 1)) >> 2 * level
    # Whole blocks are divided by the shift above; true divisions are slow and mostly few.
    partly = np.nonzero((counts != whole) & (counts != 0))
    means[partly] = _rounded_mean(sums[partly], counts[partly].astype(np.int64))
    means = _out_of_padding(means, header)
    lut = header.modality.lut
    if lut is not None:
        # No stored value is left to say "padding" with, so it is the end that is shown black.
        means[counts == 0] = lut.data.max() if header.inverted else lut.data.min()
    elif header.padding is not None:
        lowest = int(np.iinfo(values.dtype).min)
        means[counts == 0] = max(math.ceil(header.padding.low), lowest)
    return means


def _out_of_padding(means: NDArray[Any], header: FrameHeader) -> NDArray[Any]:
    """Move means of true pixels that fall into the padding range to the nearest value outside.

    Whole blocks of padding are among them: the caller sets those afterwards.
    """
    padding = header.padding
    if padding is None or header.modality.lut is not None:
        return means
    inside = padding_mask(means, padding)
    if inside is None:
        return means
    lowest = -(1 << (header.bits_stored - 1)) if header.signed else 0
    highest = lowest + (1 << header.bits_stored) - 1
    below, above = math.ceil(padding.low) - 1, math.floor(padding.high) + 1
    wide = means.astype(np.int64)
    to_below = (wide - below < above - wide) & (below >= lowest)
    if above > highest:
        to_below[:] = True
    wide[inside] = np.where(to_below, below, above)[inside]
    return wide


# Floats and 32-bit integers.


def _float_level(part: StoredPixels, header: FrameHeader, level: int) -> LevelValues:
    with_lut = header.modality.lut is not None
    values = apply_modality(part, header.modality) if with_lut else part.astype(np.float64)
    padding = padding_mask(part, header.padding)
    if padding is None:
        means = _add_blocks(values, level) / _block_counts(part.shape, level)
        return LevelValues(means, with_lut)
    counts = _add_blocks((~padding).astype(np.float64), level)
    means = _add_blocks(np.where(padding, 0, values), level) / np.maximum(counts, 1)
    if header.padding is not None and not with_lut:
        inside = (means >= header.padding.low) & (means <= header.padding.high)
        means[inside] = np.nextafter(header.padding.high, math.inf)
    means[counts == 0] = math.nan
    return LevelValues(means, with_lut)


def _add_blocks(values: NDArray[np.float64], level: int) -> NDArray[np.float64]:
    rows, columns = (np.arange(0, side, 1 << level) for side in values.shape)
    sums: NDArray[np.float64] = np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1)
    return sums
