"""A window made from a frame's own values, the same every time."""

import numpy as np
from numpy.typing import NDArray

from viewer.pixels.modality import apply_modality, padding_mask
from viewer.pixels.types import FrameHeader, StoredPixels, Window

# Half a percent at each end.
_ONE_LEFT_OUT_OF = 200
_SAMPLE_VALUES = 65_536
_NAME = "auto"


def sampled(stored: StoredPixels) -> StoredPixels:
    """Return every n-th row and column of a frame, a view, so that about 65,536 values remain."""
    step = 1
    while (stored.shape[0] // step) * (stored.shape[1] // step) > _SAMPLE_VALUES:
        step += 1
    return stored[::step, ::step]


def auto_window(stored: StoredPixels, header: FrameHeader) -> Window:
    """Return a window from the 0.5th to the 99.5th percentile of the modality values.

    ``stored`` is (rows, columns); padding, NaN and infinity are left out and big frames sampled.
    The lower end shows black and the upper white. Where nearly all values are one, the window spans
    them all; a constant frame shows mid-gray. The function is LINEAR for whole modality values,
    else LINEAR_EXACT, which alone may be narrower than 1 (PS3.3 C.11.2.1.3.2).
    """
    values = _values(sampled(stored), header)
    if not values.size:
        values = _values(stored, header)
    if not values.size:
        return Window(0.5, 2.0, "LINEAR", _NAME)
    # numpy sorts doubles faster than it partitions them at two places.
    values.sort()
    aside = (values.size - 1) // _ONE_LEFT_OUT_OF
    low, high = float(values[aside]), float(values[-1 - aside])
    if low == high:
        low, high = float(values[0]), float(values[-1])
    return _window(low, high, whole=_whole(header))


def _values(stored: StoredPixels, header: FrameHeader) -> NDArray[np.float64]:
    padding = padding_mask(stored, header.padding)
    values = apply_modality(stored if padding is None else stored[~padding], header.modality)
    flat = values.reshape(-1)
    return flat if stored.dtype.kind in "iu" else flat[np.isfinite(flat)]


def _whole(header: FrameHeader) -> bool:
    modality = header.modality
    if modality.lut is not None:
        return True
    return header.number == "integer" and modality.slope == int(modality.slope) != 0


def _window(low: float, high: float, *, whole: bool) -> Window:
    if whole:
        if low == high:
            return Window(low + 0.5, 2.0, "LINEAR", _NAME)
        return Window((low + high + 1) / 2, high - low + 1, "LINEAR", _NAME)
    return Window((low + high) / 2, high - low or 1.0, "LINEAR_EXACT", _NAME)
