"""The deep tile: stored values, lossless, in the container of docs/deep-tile.md.

The MED prediction ``max(min(a, b), min(max(a, b), a + b - c))`` equals ``a + b - clamp(c)``, with
c clamped between a and b. In that form sums may wrap around at 16 bits without harm, because
residuals are taken modulo 65536 anyway: no value of either sign needs wider arithmetic.
"""

import struct
import zlib

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from telerad.errors import Invalid
from viewer.pixels.scratch import buffer

Values16 = NDArray[np.int16 | np.uint16]

_HEADER = struct.Struct("<4sBBBBHHI")
_MAGIC = b"TDT1"
_VERSION = 1
_NONE, _LEFT, _UP, _MED = range(4)
_SIGNED, _MODALITY_VALUES = 1, 2
_LEVEL = 1
_MAX_SIDE = 65_535

# What one pass works on: 128 KiB each for a few arrays stays in a core's own cache.
_CHUNK_VALUES = 65_536


class BadDeepTile(Invalid):
    """Bytes are not a deep tile, or values cannot be put into one."""


def encode_deep(
    values: NDArray[np.integer], *, bits_stored: int, signed: bool, modality_values: bool = False
) -> bytes:
    """Return the container for ``values`` (rows, columns), 8- or 16-bit integers, sides 1 to 65535.

    ``signed`` must be the sign of the dtype. ``modality_values`` marks a coarse level of a frame
    with a modality LUT (flag bit 1). Raises BadDeepTile.
    """
    if values.ndim != 2 or not all(1 <= side <= _MAX_SIDE for side in values.shape):
        raise BadDeepTile(f"values of shape {values.shape}; rows and columns 1 to 65535 accepted")
    if values.dtype.itemsize > 2 or values.dtype.kind != ("i" if signed else "u"):
        raise BadDeepTile(f"values are {values.dtype}; 8- or 16-bit, signed: {signed}, accepted")
    rows, columns = values.shape
    wide: Values16 = values.astype(np.int16) if signed else values.astype(np.uint16)
    planes = _planes(wide.reshape(-1), columns)
    flags = (_SIGNED if signed else 0) | (_MODALITY_VALUES if modality_values else 0)
    header = _HEADER.pack(
        _MAGIC, _VERSION, _MED, bits_stored, flags, columns, rows, 2 * rows * columns
    )
    return header + isal_zlib.compress(planes, _LEVEL)


def _planes(flat: Values16, columns: int) -> NDArray[np.uint8]:
    """Return low bytes, then high bytes, of the folded MED residuals of row-major ``flat``."""
    count = flat.size
    planes = buffer("planes", 2 * count)
    low, high = planes[:count], planes[count:]
    first_row = flat[:columns].copy()
    first_row[1:] -= flat[: columns - 1]
    _fold(first_row, low[:columns], high[:columns])
    residual = buffer("residual", 2 * _CHUNK_VALUES).view(flat.dtype)
    other = buffer("other", 2 * _CHUNK_VALUES).view(flat.dtype)
    # Neighbours are found by distance, so the first column gets its neighbours from the wrong ends
    # of rows; it is written again below.
    for begin in range(columns + 1, count, _CHUNK_VALUES):
        end = min(begin + _CHUNK_VALUES, count)
        r, t = residual[: end - begin], other[: end - begin]
        left, up = flat[begin - 1 : end - 1], flat[begin - columns : end - columns]
        np.minimum(left, up, out=t)
        np.maximum(flat[begin - columns - 1 : end - columns - 1], t, out=r)
        np.maximum(left, up, out=t)
        np.minimum(r, t, out=r)
        r += flat[begin:end]
        r -= left
        r -= up
        _fold(r, low[begin:end], high[begin:end], t)
    first_column = flat[columns::columns] - flat[:-columns:columns]
    _fold(first_column, low[columns::columns], high[columns::columns])
    return planes


def _fold(
    residual: Values16,
    low: NDArray[np.uint8],
    high: NDArray[np.uint8],
    spare: Values16 | None = None,
) -> None:
    """Zigzag ``residual`` in place and write its low and high bytes."""
    r = residual.view(np.int16)
    sign = np.right_shift(r, 15, out=None if spare is None else spare.view(np.int16))
    np.add(r, r, out=r)
    np.bitwise_xor(r, sign, out=r)
    folded = residual.view(np.uint16)
    np.copyto(low, folded, casting="unsafe")
    np.right_shift(folded, 8, out=folded)
    np.copyto(high, folded, casting="unsafe")


def decode_deep(container: bytes) -> Values16:
    """Return the values of a container, int16 or uint16 (rows, columns).

    Written to be read, one value at a time; the browser's decoder is held to the same vectors.
    Raises BadDeepTile.
    """
    predictor, signed, columns, rows = _read_header(container)
    folded = _inflate(container, rows * columns)
    residuals = (folded >> 1) ^ -(folded & 1)
    values = _rebuild(residuals.reshape(rows, columns).tolist(), predictor, signed)
    return np.array(values, dtype=np.int16 if signed else np.uint16)


def _read_header(container: bytes) -> tuple[int, bool, int, int]:
    """Return predictor, signed, columns, rows."""
    if len(container) < _HEADER.size:
        raise BadDeepTile(f"a deep tile has {len(container)} bytes; its header alone has 16")
    magic, version, predictor, _, flags, columns, rows, raw_length = _HEADER.unpack_from(container)
    if magic != _MAGIC or version != _VERSION:
        raise BadDeepTile(f"a deep tile begins with {magic!r}, {version}; TDT1, 1 is accepted")
    if predictor > _MED:
        raise BadDeepTile(f"predictor {predictor}; 0 to 3 are accepted")
    if not columns or not rows or raw_length != 2 * columns * rows:
        raise BadDeepTile(f"{columns} columns, {rows} rows and a raw length of {raw_length}")
    return predictor, bool(flags & _SIGNED), columns, rows


def _inflate(container: bytes, count: int) -> NDArray[np.int64]:
    """Return the folded residuals (count,)."""
    stream = zlib.decompressobj()
    try:
        # One byte beyond what is due is enough to know that there is too much.
        raw = stream.decompress(container[_HEADER.size :], 2 * count + 1)
    except zlib.error as problem:
        raise BadDeepTile(f"the data of a deep tile do not inflate: {problem}") from problem
    if len(raw) != 2 * count or not stream.eof or stream.unused_data:
        raise BadDeepTile(f"the data of a deep tile do not inflate to {2 * count} bytes")
    planes = np.frombuffer(raw, np.uint8).astype(np.int64)
    return planes[:count] | planes[count:] << 8


def _rebuild(residuals: list[list[int]], predictor: int, signed: bool) -> list[list[int]]:
    """Add each residual to its prediction, as whole numbers of the given sign."""
    bias = 32_768 if signed else 0
    above = [0] * len(residuals[0])
    values = []
    for row, line in enumerate(residuals):
        current: list[int] = []
        left = corner = 0
        for column, residual in enumerate(line):
            up = above[column]
            prediction = _predict((left, up, corner), (row, column), predictor)
            left = (prediction + residual + bias) % 65_536 - bias
            current.append(left)
            corner = up
        values.append(current)
        above = current
    return values


def _predict(neighbours: tuple[int, int, int], place: tuple[int, int], predictor: int) -> int:
    left, up, corner = neighbours
    row, column = place
    if predictor == _LEFT or (predictor == _MED and row == 0):
        return left
    if predictor == _UP or (predictor == _MED and column == 0):
        return up
    if predictor == _NONE:
        return 0
    return max(min(left, up), min(max(left, up), left + up - corner))
