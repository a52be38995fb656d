"""How fast a multi-frame runs and what its compression lost: C.7.6.5, C.7.6.6, C.7.6.1.1.5."""

import math
from typing import Final

from viewer.dicom.elements import Elements
from viewer.dicom.facts import Cine, Lossy
from viewer.dicom.notes import Notes
from viewer.dicom.transfer import lossy_method, possibly_lossy_method

_POINTER, _FRAME_TIME, _FRAME_TIME_VECTOR = 0x00280009, 0x00181063, 0x00181065
_RECOMMENDED_RATE, _CINE_RATE, _PLAYBACK = 0x00082144, 0x00180040, 0x00181244
_NM_TIME_VECTORS: Final = frozenset((0x00540060, 0x00540070, 0x00540100))
_MOVING: Final = frozenset(("US", "IVUS", "XA", "RF", "XRF", "ES", "IVOCT"))
_LEAST_MS, _MOST_MS = 1.0, 60_000.0

# (0028,2114), C.7.6.1.1.5.1.
_METHODS: Final = {
    "ISO_10918_1": "JPEG", "ISO_14495_1": "JPEG-LS near-lossless", "ISO_15444_1": "JPEG 2000",
    "ISO_15444_15": "High-Throughput JPEG 2000", "ISO_18181_1": "JPEG XL", "ISO_13818_2": "MPEG-2",
    "ISO_14496_10": "MPEG-4 AVC/H.264", "ISO_23008_2": "HEVC/H.265",
}  # fmt: skip


def read_cine(top: Elements, modality: str, frames: int, notes: Notes) -> Cine | None:
    """Return the timing of a multi-frame; None for one frame and where nothing moves."""
    if frames < 2:
        return None
    pointers = _pointers(top)
    frame_time = _milliseconds(top.number(_FRAME_TIME))
    times = _vector(top, frames, notes)
    recommended, cine_rate = _rate(top, _RECOMMENDED_RATE), _rate(top, _CINE_RATE)
    rate = recommended or cine_rate
    source = ""
    if times and (_FRAME_TIME_VECTOR in pointers or frame_time is None):
        source, frame_time = "Frame Time Vector", None
    elif frame_time:
        source, times = "Frame Time", None
    elif rate:
        source = "Recommended Display Frame Rate" if recommended else "Cine Rate"
    is_moving = modality in _MOVING or (modality == "NM" and bool(_NM_TIME_VECTORS & pointers))
    if not source and not is_moving:
        return None
    return Cine(
        frame_time_ms=frame_time,
        frame_times_ms=times,
        rate=rate,
        source=source,
        autoplay=is_moving,
        sweep=top.integer(_PLAYBACK) == 1,
    )


def _pointers(top: Elements) -> frozenset[int]:
    """Return the tags that the Frame Increment Pointer names."""
    pairs = top.integers(_POINTER)
    return frozenset(high << 16 | low for high, low in zip(pairs[::2], pairs[1::2], strict=False))


def frame_times(top: Elements, frames: int, notes: Notes) -> tuple[float, ...] | None:
    """Return Frame Time Vector, a time after the frame before for each frame; None if invalid."""
    return _vector(top, frames, notes)


def _vector(top: Elements, frames: int, notes: Notes) -> tuple[float, ...] | None:
    if not top.has_value(_FRAME_TIME_VECTOR):
        return None
    times = top.floats(_FRAME_TIME_VECTOR)
    if len(times) != frames or not all(0 <= time <= _MOST_MS for time in times):
        notes.add(f"Frame Time Vector has not {frames} valid times; it is not used.")
        return None
    return times


def _milliseconds(value: float | None) -> float | None:
    return value if value is not None and _LEAST_MS <= value <= _MOST_MS else None


def _rate(top: Elements, tag: int) -> float | None:
    value = top.number(tag)
    return value if value is not None and 0 < value <= 1000 else None


def read_lossy(top: Elements, transfer_syntax_uid: str) -> Lossy | None:
    """Return what lossy compression the pixels went through; None when nothing says so.

    The flag stays true once set (C.7.6.1.1.5); a lossy transfer syntax says it without the flag.
    """
    flag = top.code(0x00282110)
    always = lossy_method(transfer_syntax_uid)
    possibly = possibly_lossy_method(transfer_syntax_uid) if flag != "00" else ""
    if flag != "01" and not always and not possibly:
        return None
    ratios = [ratio for ratio in top.floats(0x00282112) if 0 < ratio < 1e6]
    stated = [_METHODS.get(method, method[:32]) for method in top.codes(0x00282114)[:8] if method]
    method = ", ".join(stated) or always
    if not method and possibly:
        method = possibly if flag == "01" else f"{possibly}, possibly lossy"
    return Lossy(ratio=math.prod(ratios) if ratios else None, method=method)
