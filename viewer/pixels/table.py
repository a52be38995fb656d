"""The one table: stored value to 8-bit display value, all steps at once (docs/display-table.md).

Pixels that 16 bits cannot index (32-bit integers, floats) take the same steps one by one.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from viewer.pixels.modality import apply_modality, padding_mask
from viewer.pixels.types import (
    DisplayPixels,
    FrameHeader,
    Modality,
    Padding,
    StoredPixels,
    VoiPreset,
    Window,
)
from viewer.pixels.voi import apply_voi, check_window, window_limits, window_ramp

try:
    import cv2
except ImportError:  # OpenCV is an extra: it is faster, the pixels are the same.
    cv2 = None  # type: ignore[assignment]

_PATTERNS = 65_536
# OpenCV 5 brought look-up tables for 16-bit sources.
HAS_FAST_LOOK_UP = cv2 is not None and int(cv2.__version__.split(".")[0]) >= 5
if cv2 is not None:
    # Its own threads wait by spinning: a second core busy for nothing while another tile needs it.
    cv2.setNumThreads(1)
_IDENTITY = Modality()


def display_table(header: FrameHeader, voi: VoiPreset, *, invert: bool = False) -> DisplayPixels:
    """Return the table (65536,) uint8, read-only, indexed by ``stored & 0xFFFF``.

    Polarity is the file's, toggled by ``invert``; padding shows 0 under either. Raises
    :class:`viewer.pixels.voi.BadWindow`.
    """
    return _table(header.signed, header.modality, header.padding, voi, header.inverted != invert)


def modality_table(header: FrameHeader, voi: VoiPreset, *, invert: bool = False) -> DisplayPixels:
    """Return the table for values that are modality values already, unsigned 16 bit.

    That is what coarse levels of a frame with a modality LUT hold (docs/deep-tile.md, flag bit 1).
    """
    return _table(False, _IDENTITY, None, voi, header.inverted != invert)


# 64 KiB each: at most 16 MiB in a process.
@lru_cache(maxsize=256)
def _table(
    signed: bool, modality: Modality, padding: Padding | None, voi: VoiPreset, inverted: bool
) -> DisplayPixels:
    first = -32_768 if signed else 0
    stored = range(first, first + _PATTERNS)
    if modality.lut is None and isinstance(voi, Window):
        table = _ramp_table(stored, modality, voi)
    else:
        table = apply_voi(apply_modality(np.arange(stored.start, stored.stop), modality), voi)
    if inverted:
        np.subtract(255, table, out=table)
    if padding is not None:
        low = bisect_left(stored, padding.low)
        high = bisect_right(stored, padding.high)
        table[low:high] = 0
    if signed:
        table = np.concatenate((table[32_768:], table[:32_768]))
    table.setflags(write=False)
    return table


def _ramp_table(stored: range, modality: Modality, window: Window) -> DisplayPixels:
    """Compute what lies between the window's limits and fill the rest.

    ``slope * s + intercept`` never decreases with s (a rounded product and sum keep order), so the
    limits are found by bisection with the very comparison of the clause.
    """
    check_window(window)
    slope, intercept = modality.slope, modality.intercept
    ascending = stored if slope >= 0 else stored[::-1]
    lower, upper = window_limits(window)

    def value(stored_value: int) -> float:
        return slope * stored_value + intercept

    begin = bisect_right(ascending, lower, key=value)
    end = bisect_right(ascending, upper, lo=begin, key=value)
    table = np.empty(_PATTERNS, np.uint8)
    table[:begin] = 0
    table[end:] = 255
    if begin < end:
        between = np.arange(begin, end, dtype=np.float64)
        between *= ascending.step
        between += ascending.start
        between *= slope
        between += intercept
        table[begin:end] = window_ramp(between, window)
    return table if slope >= 0 else np.ascontiguousarray(table[::-1])


def short_table(table: DisplayPixels, *, signed: bool) -> DisplayPixels:
    """Return the part (256,) that 8-bit stored values reach, indexed by ``stored & 0xFF``."""
    return np.concatenate((table[:128], table[-128:])) if signed else table[:256]


def apply_table(
    stored: StoredPixels, table: DisplayPixels, out: DisplayPixels | None = None
) -> DisplayPixels:
    """Look up 8- or 16-bit integers (rows, columns) in a table (65536,): uint8 of the same shape.

    ``out``, C-contiguous, receives the result if given. Raises TypeError for any other dtype.
    """
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2:
        raise TypeError(f"no table fits {stored.dtype}; 8- and 16-bit integers are accepted")
    if stored.dtype.itemsize == 1:
        table = short_table(table, signed=stored.dtype.kind == "i")
    patterns = _patterns(stored)
    if HAS_FAST_LOOK_UP:
        return _fast_look_up(patterns, table, out)
    return _plain_look_up(patterns, table, out)


def _patterns(stored: StoredPixels) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if stored.dtype.itemsize == 1:
        return stored.view(np.uint8)
    native = stored if stored.dtype.isnative else stored.astype(stored.dtype.newbyteorder("="))
    return native.view(np.uint16)


def _plain_look_up(
    patterns: NDArray[np.uint8] | NDArray[np.uint16],
    table: DisplayPixels,
    out: DisplayPixels | None = None,
) -> DisplayPixels:
    # A table holds every pattern, so "clip" never clips; it only spares numpy the bounds check.
    shown: DisplayPixels = np.take(table, patterns, out=out, mode="clip")
    return shown


def _fast_look_up(
    patterns: NDArray[np.uint8] | NDArray[np.uint16],
    table: DisplayPixels,
    out: DisplayPixels | None = None,
) -> DisplayPixels:
    shown = cast(DisplayPixels, cv2.LUT(patterns, table, dst=out))
    return shown.reshape(patterns.shape)


def display_direct(
    stored: StoredPixels, header: FrameHeader, voi: VoiPreset, *, invert: bool = False
) -> DisplayPixels:
    """Take stored values of any dtype and shape to uint8 of the same shape without a table.

    The steps and the rounding are the table's. NaN shows 0 like padding.
    """
    shown = apply_voi(apply_modality(stored, header.modality), voi)
    if header.inverted != invert:
        np.subtract(255, shown, out=shown)
    padding = padding_mask(stored, header.padding)
    if padding is not None:
        shown[padding] = 0
    return shown


def display(
    stored: StoredPixels, header: FrameHeader, voi: VoiPreset, *, invert: bool = False
) -> DisplayPixels:
    """Take stored values to uint8 of the same shape, by the table where one fits."""
    if stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2:
        return apply_table(stored, display_table(header, voi, invert=invert))
    return display_direct(stored, header, voi, invert=invert)
