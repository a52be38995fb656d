"""The file's own windows and VOI LUTs, in its order, VOI LUTs first (PS3.3 C.11.2)."""

import math
from typing import Final

from viewer.dicom.elements import Elements
from viewer.dicom.groups import FRAME_VOI_LUT, Groups
from viewer.dicom.image import PixelFormat
from viewer.dicom.luts import lut_of_item
from viewer.dicom.notes import Notes
from viewer.pixels.types import Modality, VoiFunction, VoiPreset, Window

_LUT_SEQUENCE, _DESCRIPTOR = 0x00283010, 0x00283002
_CENTER, _WIDTH, _NAME, _FUNCTION = 0x00281050, 0x00281051, 0x00281055, 0x00281056
_SOP_CLASS, _SEGMENTATION_TYPE, _MAXIMUM_FRACTION = 0x00080016, 0x00620001, 0x0062000E
_MODALITY: Final = 0x00080060
_GRAYS_BITS: Final = 8
# What their values mean has no gray of its own.
_MEASURED: Final = frozenset(("CT", "MR", "NM", "PT", "RTDOSE", "SEG"))
_ALL: Final = "Full range"
_SEGMENTATION_CLASS: Final = "1.2.840.10008.5.1.4.1.1.66.4"
_FUNCTIONS: Final[dict[str, VoiFunction]] = {
    "": "LINEAR", "LINEAR": "LINEAR", "LINEAR_EXACT": "LINEAR_EXACT", "SIGMOID": "SIGMOID",
}  # fmt: skip
_MOST_PRESETS: Final = 32
_LARGEST: Final = 1e30  # beyond, the arithmetic of a window overflows


def read_presets(
    groups: Groups, frame_index: int, form: PixelFormat, modality: Modality, notes: Notes
) -> tuple[VoiPreset, ...]:
    """Return what the file offers for a frame; () for colour and where nothing is usable."""
    if form.samples != 1 or form.photometric == "PALETTE COLOR":
        return ()
    presets: list[VoiPreset] = []
    for item in groups.top.items(_LUT_SEQUENCE)[:_MOST_PRESETS]:
        lut = lut_of_item(item, signed=_signed_input(item, form, modality), notes=notes)
        if lut is not None:
            presets.append(lut)
    source = groups.source(frame_index, FRAME_VOI_LUT)
    presets += windows_of(source, notes, is_float=form.number != "integer")
    if not presets and groups.top.code(_SOP_CLASS) == _SEGMENTATION_CLASS:
        presets.append(_whole_segmentation(groups.top))
    if not presets and _is_ready_for_display(groups.top, form, modality):
        presets.append(Window(2.0 ** (form.bits_stored - 1), 2.0**form.bits_stored, name=_ALL))
    # Some writers give the same window twice.
    return tuple(dict.fromkeys(presets))[:_MOST_PRESETS]


def windows_of(source: Elements, notes: Notes, *, is_float: bool = False) -> list[Window]:
    """Return the valid windows; alternatives, never to be averaged (C.11.2.1.2).

    Float pixels without a stated function are meant LINEAR_EXACT: LINEAR's half steps belong to
    integers, and would turn a window of width 1 over 0 to 1 into a threshold. Where LINEAR is
    stated all the same and is such a threshold, the note says that it was not followed.
    """
    centers, widths = source.floats(_CENTER), source.floats(_WIDTH)
    if not centers or not widths:
        return []
    if len(centers) != len(widths):
        notes.add(f"{len(centers)} window centers have {len(widths)} widths; pairs are used.")
    names = source.text(_NAME).split("\\")
    term = source.code(_FUNCTION)
    function = _function("LINEAR_EXACT" if is_float and not term else term, notes)
    windows = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        meant = _of_float(function, width, notes) if is_float else function
        if not _is_valid(center, width, meant):
            notes.add(
                f"Window center {center:g}, width {width:g} is not valid for {meant}; "
                "it is not offered."
            )
            continue
        name = names[index].strip()[:64] if index < len(names) else ""
        windows.append(Window(center, width, meant, name))
    return windows


def _whole_segmentation(top: Elements) -> Window:
    """Return the window from 0 to the value that means "all of this pixel" (C.8.20.2).

    A window from the values of one frame would show an empty and a full frame alike.
    """
    fraction = top.integer(_MAXIMUM_FRACTION) or 255
    largest = fraction if top.code(_SEGMENTATION_TYPE) == "FRACTIONAL" else 1
    return Window((largest + 1) / 2, largest + 1, "LINEAR", "Segmentation")


def _is_ready_for_display(top: Elements, form: PixelFormat, modality: Modality) -> bool:
    """Tell whether stored values are grays as they are: 8 bits, no transform, no counts or units.

    A window from the values of one frame would make a dark cine bright, and every frame of a
    mixed run by the first one's range.
    """
    if form.number != "integer" or form.signed or form.bits_stored > _GRAYS_BITS:
        return False
    untouched = modality.lut is None and (modality.slope, modality.intercept) == (1.0, 0.0)
    return untouched and top.code(_MODALITY) not in _MEASURED


def _function(term: str, notes: Notes) -> VoiFunction:
    function = _FUNCTIONS.get(term.upper())
    if function is None:
        notes.add(f"(0028,1056) VOI LUT Function {term[:16]!r} is unknown; LINEAR is used.")
        return "LINEAR"
    return function


def _of_float(function: VoiFunction, width: float, notes: Notes) -> VoiFunction:
    if function != "LINEAR" or not 0 < width <= 1:
        return function
    notes.add(
        f"A LINEAR window of width {width:g} would leave only black and white of floating-point "
        "pixels; LINEAR_EXACT is used."
    )
    return "LINEAR_EXACT"


def _is_valid(center: float, width: float, function: VoiFunction) -> bool:
    """LINEAR needs a width of at least 1, the others one above 0 (C.11.2.1.2, C.11.2.1.3)."""
    if not (math.isfinite(center) and math.isfinite(width)):
        return False
    if abs(center) > _LARGEST or width > _LARGEST:
        return False
    return width >= 1 if function == "LINEAR" else width > 0


def _signed_input(item: Elements, form: PixelFormat, modality: Modality) -> bool:
    """Tell whether a VOI LUT's first mapped value is signed (C.11.2.1.1).

    It is by the range of what comes in, which the VR of the descriptor agrees with in good files.
    """
    leaf = item.leaf(_DESCRIPTOR)
    if leaf and leaf[0] == b"SS":
        return True
    if modality.lut is not None:
        return False
    return form.signed or modality.intercept < 0
