"""Stored value to modality value: which transform of the file applies, in which unit.

PS3.3 C.11.1 (LUT or rescale), C.8.7.1.1.2 (XA, XRF), C.7.6.16.2.11 (real world values),
C.8.8.3 (dose).
"""

import math
from typing import Final

from viewer.dicom.elements import Elements
from viewer.dicom.groups import (
    FRAME_VOI_LUT,
    PIXEL_VALUE_TRANSFORMATION,
    REAL_WORLD_VALUES,
    XA_FRAME_PIXELS,
    Groups,
)
from viewer.dicom.image import PixelFormat
from viewer.dicom.luts import lut_of_item
from viewer.dicom.notes import Notes
from viewer.pixels.types import Modality

_LUT_SEQUENCE, _LUT_TYPE = 0x00283000, 0x00283004
_INTERCEPT, _SLOPE, _RESCALE_TYPE = 0x00281052, 0x00281053, 0x00281054
_RELATIONSHIP = 0x00281040
_PET_UNITS = 0x00541001
_DOSE_SCALING, _DOSE_UNITS = 0x3004000E, 0x30040002
_SMALLEST, _LARGEST = 0x00280106, 0x00280107
_RWV_SLOPE, _RWV_INTERCEPT, _RWV_UNITS, _CODE_VALUE = 0x00409225, 0x00409224, 0x004008EA, 0x00080100
_CENTER, _WIDTH = 0x00281050, 0x00281051

_PROJECTION_LOG: Final = ("LOG", "DISP")
# (0028,1054) and (0028,3004), C.11.1.1.2.
_TYPES: Final = {
    "HU": "HU", "HU_MOD": "HU (modified)", "OD": "10^-3 OD", "US": "", "MGML": "mg/ml", "PCT": "%",
    "Z_EFF": "Z", "ED": "10^23/ml", "EDW": "", "KV": "kV", "UNSPECIFIED": "",
}  # fmt: skip
# (0054,1001), C.8.9.1.1.3.
_PET: Final = {
    "BQML": "Bq/ml", "CNTS": "counts", "NONE": "", "CM2": "cm2", "PCNT": "%", "CPS": "counts/s",
    "MGMINML": "mg/min/ml", "UMOLMINML": "umol/min/ml", "MLMING": "ml/min/g", "MLG": "ml/g",
    "1CM": "1/cm", "UMOLML": "umol/ml", "PROPCNTS": "proportional to counts",
    "PROPCPS": "proportional to counts/s", "MLMINML": "ml/min/ml", "MLML": "ml/ml",
    "GML": "g/ml", "STDDEV": "standard deviations", "SUV": "SUV",
}  # fmt: skip
_IDENTITY_CODES: Final = ("1", "NO UNITS", "{UNITY}", "")


def read_modality(
    groups: Groups, frame_index: int, form: PixelFormat, modality: str, notes: Notes
) -> Modality:
    """Return the transform of a frame; identity without a unit where the file gives none."""
    if form.samples != 1 or form.photometric == "PALETTE COLOR":
        return Modality()
    top = groups.top
    source = groups.source(frame_index, PIXEL_VALUE_TRANSFORMATION)
    if modality in ("XA", "RF", "XRF") and _relationship(groups, frame_index) in _PROJECTION_LOG:
        if top.items(_LUT_SEQUENCE) or _is_rescaled(source):
            return Modality(
                note="The pixel values are logarithmic (0028,1040); their modality transform is "
                "not for display and is not applied."
            )
        return Modality()
    item = top.item(_LUT_SEQUENCE)
    if item is not None and not groups.macro(frame_index, PIXEL_VALUE_TRANSFORMATION):
        lut = lut_of_item(item, signed=form.signed, notes=notes)
        if lut is not None:
            return Modality(lut=lut, unit=_unit(item.text(_LUT_TYPE, 16)))
    if modality == "RTDOSE" and (scaling := top.number(_DOSE_SCALING)):
        return Modality(slope=scaling, unit="Gy" if top.code(_DOSE_UNITS) == "GY" else "")
    if not _is_rescaled(source):
        return _real_world(groups, frame_index, notes) or Modality()
    window = groups.source(frame_index, FRAME_VOI_LUT)
    return _rescale((top, source, window), form, modality, notes)


def _relationship(groups: Groups, frame_index: int) -> str:
    own = groups.source(frame_index, XA_FRAME_PIXELS).code(_RELATIONSHIP)
    return own or groups.top.code(_RELATIONSHIP)


def _is_rescaled(source: Elements) -> bool:
    return source.has_value(_SLOPE) or source.has_value(_INTERCEPT)


def _rescale(
    sources: tuple[Elements, Elements, Elements], form: PixelFormat, modality: str, notes: Notes
) -> Modality:
    """Return the rescale; ``sources`` are the data set and who gives rescale and window."""
    top, source, window = sources
    slope = source.number(_SLOPE) if source.has_value(_SLOPE) else 1.0
    intercept = source.number(_INTERCEPT) if source.has_value(_INTERCEPT) else 0.0
    if not slope or intercept is None:  # 0 would make all pixels one value
        notes.add("Rescale Slope or Intercept is 0 or no number; stored values are shown.")
        return Modality(note="The rescale of the file is not usable; values are as stored.")
    # Values of 1e300 would overflow in every sum over them.
    if max(abs(slope), abs(intercept)) > 1e30:
        notes.add("Rescale Slope or Intercept is beyond 1e30; stored values are shown.")
        return Modality(note="The rescale of the file is not usable; values are as stored.")
    unit = _unit_of_rescale(top, source, modality)
    if modality in ("MR", "PT") and _window_is_stored(
        window, _stored_range(top, form), slope, intercept
    ):
        text = (
            f"The window of the file is in stored values; its rescale ({slope:g}, {intercept:g}) "
            "is not applied."
        )
        return Modality(note=text)
    return Modality(slope=slope, intercept=intercept, unit=unit)


def _unit(term: str) -> str:
    return _TYPES.get(term.upper(), term)


def _unit_of_rescale(top: Elements, source: Elements, modality: str) -> str:
    stated = source.text(_RESCALE_TYPE, 16)
    if modality == "PT":
        units = top.code(_PET_UNITS)
        if units:
            return _PET.get(units, units[:16])
    if stated:
        return _unit(stated)
    # A rescaled CT is in Hounsfield units unless it says otherwise, C.8.2.1.
    return "HU" if modality == "CT" else ""


def _window_is_stored(
    source: Elements, stored: tuple[float, float], slope: float, intercept: float
) -> bool:
    """Tell whether the window can only be meant for stored values (some MR and PET writers).

    Only where it misses the rescaled range altogether, or drowns it, and fits the stored one.
    """
    center, width = source.number(_CENTER), source.number(_WIDTH)
    if center is None or width is None or width < 1:
        return False
    low, high = stored
    ends = sorted((slope * low + intercept, slope * high + intercept))
    window = (center - width / 2, center + width / 2)
    if not _overlaps(window, (low, high)) or width > 4 * (high - low + 1):
        return False
    return not _overlaps(window, (ends[0], ends[1])) or width > 50 * (ends[1] - ends[0])


def _stored_range(top: Elements, form: PixelFormat) -> tuple[float, float]:
    """Return the smallest and the largest stored value, as stated or as possible."""
    least = -(1 << form.bits_stored - 1) if form.signed else 0
    stated = []
    for tag in (_SMALLEST, _LARGEST):
        words = top.words(tag)
        if words:
            signed = form.signed and words[0] >= 0x8000
            stated.append(words[0] - 0x10000 if signed else words[0])
    if len(stated) == 2 and stated[0] < stated[1]:
        return stated[0], stated[1]
    return least, least + (1 << form.bits_stored) - 1


def _overlaps(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _real_world(groups: Groups, frame_index: int, notes: Notes) -> Modality | None:
    """Return a real world value mapping as the modality transform, where no rescale competes.

    A window of the file would be in stored values then; with one, the mapping is only told.
    """
    item = groups.macro(frame_index, REAL_WORLD_VALUES) or groups.top.item(REAL_WORLD_VALUES)
    if item is None:
        return None
    slope, intercept = item.number(_RWV_SLOPE), item.number(_RWV_INTERCEPT)
    units = item.item(_RWV_UNITS)
    code = units.text(_CODE_VALUE, 16) if units else ""
    unit = "" if code.upper() in _IDENTITY_CODES else code
    if not slope or intercept is None or not math.isfinite(slope * 65_535 + intercept):
        return None
    if (slope, intercept) != (1.0, 0.0) and groups.top.has_value(_CENTER):
        notes.add(f"Real world value = {slope:g} x stored value + {intercept:g} {unit}.".strip())
        return None
    return Modality(slope=slope, intercept=intercept, unit=unit)
