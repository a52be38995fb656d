"""Stored values to modality values (PS3.3 C.11.1), and where padding lies (C.7.5.1.1.2)."""

import math

import numpy as np
from numpy.typing import NDArray

from viewer.pixels.types import LookupTable, Modality, Padding, StoredPixels


def apply_modality(stored: StoredPixels, modality: Modality) -> NDArray[np.float64]:
    """Map stored values of any shape to modality values, float64 of the same shape.

    ``slope * stored + intercept``, or the LUT: its output, entered with the stored value.
    """
    if modality.lut is not None:
        return look_up(modality.lut, stored).astype(np.float64)
    values = modality.slope * stored.astype(np.float64)
    values += modality.intercept
    return values


def look_up(lut: LookupTable, values: StoredPixels) -> NDArray[np.uint16]:
    """Return the LUT's outputs, uint16, for integers or floats of any shape.

    Values before the first mapped take the first entry, values past the last take the last
    (C.11.1.1.1, C.11.2.1.1). A value that is not whole is rounded half up before; NaN takes the
    first entry.
    """
    if values.dtype.kind == "f":
        offsets = values + 0.5
        np.floor(offsets, out=offsets)
        offsets -= lut.first_mapped
        # Bounded before the cast: a double beyond 64 bits has no defined integer. NaN becomes 0.
        np.fmax(offsets, 0, out=offsets)
        np.fmin(offsets, len(lut.data) - 1, out=offsets)
        indexes = offsets.astype(np.intp)
    else:
        indexes = values.astype(np.intp) - lut.first_mapped
    # Mode "clip" is the rule for inputs outside the table.
    outputs: NDArray[np.uint16] = np.take(lut.data, indexes, mode="clip")
    return outputs


def padding_mask(stored: StoredPixels, padding: Padding | None) -> NDArray[np.bool_] | None:
    """Return where ``stored`` is padding, bool of the same shape, or None if nothing is.

    Both ends of the range belong to it, and they are stored values. NaN is padding too: float
    pixel data has no other way to say "no value here", and no gray is right for it.
    """
    mask: NDArray[np.bool_] | None = None
    if stored.dtype.kind == "f":
        mask = np.isnan(stored)
    if padding is not None:
        within = _within(stored, padding)
        mask = within if mask is None else mask | within
    return mask if mask is not None and mask.any() else None


def _within(stored: StoredPixels, padding: Padding) -> NDArray[np.bool_]:
    if stored.dtype.kind == "f":
        return (stored >= padding.low) & (stored <= padding.high)
    # Whole numbers of the array's own type: others are compared as float64, eight times slower.
    limits = np.iinfo(stored.dtype)
    low = max(math.ceil(padding.low), limits.min)
    high = min(math.floor(padding.high), limits.max)
    if low > high:
        return np.zeros(stored.shape, np.bool_)
    within: NDArray[np.bool_]
    if low == high:
        within = stored == low
    elif low == limits.min:
        within = stored <= high
    else:
        within = (stored >= low) & (stored <= high)
    return within
