"""Modality values to display values 0 to 255: windows and VOI LUTs (PS3.3 C.11.2).

Every operation is in float64 and in the order of docs/display-table.md: the browser does the same
and must come to the same bytes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Invalid
from viewer.pixels.modality import look_up
from viewer.pixels.types import DisplayPixels, LookupTable, VoiPreset, Window

Float64 = NDArray[np.float64]

# Beyond 1.6 widths from the centre a sigmoid rounds to 0 or 255: 255 / (1 + exp(6.4)) < 0.5.
_SIGMOID_REACH_WIDTHS = 1.6


class BadWindow(Invalid):
    """A window's width or centre has no meaning under its function."""


def check_window(window: Window) -> None:
    """Raise BadWindow unless the window is one that its function allows."""
    if not (math.isfinite(window.center) and math.isfinite(window.width)):
        raise BadWindow(f"window {window.center},{window.width}: finite numbers are accepted")
    if window.function == "LINEAR":
        if window.width < 1:
            raise BadWindow(
                f"(0028,1051) Window Width is {window.width}; LINEAR accepts 1 or more"
                " (PS3.3 C.11.2.1.2.1)"
            )
    elif window.width <= 0:
        raise BadWindow(
            f"(0028,1051) Window Width is {window.width}; {window.function} accepts more than 0"
            " (PS3.3 C.11.2.1.3)"
        )


def window_limits(window: Window) -> tuple[float, float]:
    """Return (lower, upper) modality values: ``m <= lower`` shows 0, ``m > upper`` shows 255."""
    center, width = window.center, window.width
    if window.function == "LINEAR":
        return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    if window.function == "LINEAR_EXACT":
        return center - width / 2, center + width / 2
    reach = _SIGMOID_REACH_WIDTHS * width
    return center - reach, center + reach


def window_ramp(values: Float64, window: Window) -> DisplayPixels:
    """Map modality values between the window's limits to uint8 of the same shape, rounded half up.

    The caller has taken the values outside :func:`window_limits` away; between those of a LINEAR
    window of width 1 there is nothing.
    """
    center, width = window.center, window.width
    if window.function == "SIGMOID":
        shown = -4 * (values - center)
        shown /= width
        np.exp(shown, out=shown)
        shown += 1
        np.divide(255, shown, out=shown)
    else:
        if window.function == "LINEAR":
            center, width = center - 0.5, width - 1
        shown = values - center
        shown /= width
        shown += 0.5
        shown *= 255
    shown += 0.5
    # Nothing is negative here, so the cast's truncation is the floor.
    return shown.astype(np.uint8)


def apply_window(values: Float64, window: Window) -> DisplayPixels:
    """Map modality values of any shape to uint8 of the same shape (C.11.2.1.2, C.11.2.1.3).

    NaN becomes 0. Raises BadWindow.
    """
    check_window(window)
    lower, upper = window_limits(window)
    shown = np.zeros(values.shape, np.uint8)
    above = values > upper
    shown[above] = 255
    between = (values > lower) & ~above
    shown[between] = window_ramp(values[between], window)
    return shown


def lut_to_display(lut: LookupTable) -> DisplayPixels:
    """Return the LUT's entries as uint8 (entries,), scaled by its bits: (2**bits - 1) shows 255."""
    scaled = lut.data.astype(np.float64) * 255
    scaled /= 2**lut.bits - 1
    scaled += 0.5
    # Data may pass the bits that the descriptor declares; white is then as far as it goes.
    return np.minimum(scaled, 255).astype(np.uint8)


def apply_voi(values: Float64, voi: VoiPreset) -> DisplayPixels:
    """Map modality values of any shape to uint8 of the same shape through a window or a VOI LUT.

    Raises BadWindow.
    """
    if isinstance(voi, Window):
        return apply_window(values, voi)
    shown = LookupTable(voi.first_mapped, 8, lut_to_display(voi).astype(np.uint16))
    return look_up(shown, values).astype(np.uint8)
