"""What a distance on the picture means: spacing, its source, and ultrasound regions.

PS3.3 10.7 (spacing and calibration), C.8.5.5 (ultrasound regions), C.7.6.3.1.7 (aspect ratio).
"""

from typing import Final

from viewer.dicom.elements import Elements
from viewer.dicom.groups import PIXEL_MEASURES, XA_CALIBRATION, XA_FRAME_PIXELS, Groups
from viewer.dicom.notes import Notes
from viewer.pixels.types import Spacing, SpacingSource, UltrasoundRegion

_PIXEL_SPACING, _IMAGER_SPACING = 0x00280030, 0x00181164
_CALIBRATION_TYPE, _MAGNIFICATION = 0x00280A02, 0x00181114
_CENTER_OF_BEAM, _IMAGE_PLANE_SPACING, _SCANNED_SPACING = 0x00189404, 0x30020011, 0x00182010
_ASPECT = 0x00280034
_REGIONS = 0x00186011

_PROJECTIONS: Final = frozenset(("CR", "DX", "MG", "XA", "RF", "XRF", "IO", "PX", "RG", "RTIMAGE"))
_LEAST_MM, _MOST_MM = 1e-7, 1e4
# (0018,6024), C.8.5.5.1.15; 0 is none.
_UNITS: Final = (
    "",
    "%",
    "dB",
    "cm",
    "s",
    "Hz",
    "dB/s",
    "cm/s",
    "cm2",
    "cm2/s",
    "ml",
    "ml/s",
    "deg",
)
_SPATIAL_FORMATS: Final = ("", "2D", "M-mode", "spectral", "waveform", "graphics")
_DATA_TYPES: Final = {
    1: "tissue", 2: "colour flow", 3: "pulsed wave", 4: "continuous wave", 5: "Doppler mean trace",
    6: "Doppler mode trace", 7: "Doppler maximum trace", 8: "volume trace", 9: "diameter trace",
    10: "ECG", 11: "pulse", 12: "sound", 13: "grey bar", 14: "colour bar",
}  # fmt: skip
_MOST_REGIONS: Final = 64


def read_spacing(groups: Groups, frame_index: int, modality: str, notes: Notes) -> Spacing:
    """Return the spacing of a frame; None and source "none" where nothing valid says it."""
    top = groups.top
    regions = _regions(top, notes)
    if regions:
        return Spacing(source="ultrasound-regions", regions=regions)
    pair, source, note = _stated(groups, frame_index, modality, notes)
    if pair is None:
        return Spacing(aspect=_aspect(top), note=note)
    return Spacing(pair[0], pair[1], source, pair[0] / pair[1], note=note)


Stated = tuple[tuple[float, float] | None, SpacingSource, str]


def _stated(groups: Groups, frame_index: int, modality: str, notes: Notes) -> Stated:
    if modality in _PROJECTIONS:
        return _projection(groups, frame_index, notes)
    measures = groups.source(frame_index, PIXEL_MEASURES)
    pair = _pair(measures, _PIXEL_SPACING, notes)
    if pair:
        kind = groups.top.code(_CALIBRATION_TYPE)
        source: SpacingSource = "calibrated" if kind else "pixel-spacing"
        return pair, source, f"calibrated by {kind.lower()}" if kind else ""
    if groups.top.has_value(_SCANNED_SPACING):
        return None, "none", "Only the spacing on the scanned film is known."
    return None, "none", ""


def _projection(groups: Groups, frame_index: int, notes: Notes) -> Stated:
    """Return a projection's spacing: no figure of it is simply "in the patient" (10.7.1.2)."""
    top = groups.top
    calibration = groups.macro(frame_index, XA_CALIBRATION)
    if calibration and (pair := _pair(calibration, _CENTER_OF_BEAM, notes)):
        return pair, "magnification-corrected", "at the centre of the beam"
    detector = _pair(groups.source(frame_index, XA_FRAME_PIXELS), _IMAGER_SPACING, notes)
    detector = detector or _pair(top, _IMAGER_SPACING, notes)
    pair = _pair(top, _PIXEL_SPACING, notes)
    kind = top.code(_CALIBRATION_TYPE)
    if pair and kind:
        return pair, "calibrated", f"calibrated by {kind.lower()}"
    if pair and detector and not _equal(pair, detector):
        return pair, "calibrated", "calibrated, the file does not say how"
    if detector:
        factor = top.number(_MAGNIFICATION)
        if factor is not None and 1 <= factor <= 20:
            corrected = (detector[0] / factor, detector[1] / factor)
            return corrected, "magnification-corrected", f"magnification {factor:g}"
        return detector, "at-detector", "at detector"
    if pair:
        return pair, "at-detector", "the file does not say whether at the detector"
    plane = _pair(top, _IMAGE_PLANE_SPACING, notes)
    return plane, "at-detector" if plane else "none", "at the image plane" if plane else ""


def _equal(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= 1e-4 * b for a, b in zip(one, other, strict=True))


def _pair(elements: Elements, tag: int, notes: Notes) -> tuple[float, float] | None:
    """Return row and column spacing in mm; None, with a note, when the two cannot be true."""
    if not elements.has_value(tag):
        return None
    floats = elements.vector(tag, 2)
    if floats and all(_LEAST_MM <= value <= _MOST_MM for value in floats):
        return floats[0], floats[1]
    notes.add(
        f"({tag >> 16:04X},{tag & 0xFFFF:04X}) is no pair of positive lengths; "
        "the picture is uncalibrated."
    )
    return None


def _aspect(top: Elements) -> float:
    """Return Pixel Aspect Ratio as vertical over horizontal size; 1 where absent or absurd."""
    ratio = top.vector(_ASPECT, 2)
    if ratio and min(ratio) > 0 and 0.01 <= ratio[0] / ratio[1] <= 100:
        return ratio[0] / ratio[1]
    return 1.0


def _regions(top: Elements, notes: Notes) -> tuple[UltrasoundRegion, ...]:
    found = (_region(item, notes) for item in top.items(_REGIONS)[:_MOST_REGIONS])
    return tuple(region for region in found if region is not None)


def _region(item: Elements, notes: Notes) -> UltrasoundRegion | None:
    corners = [item.int32(tag) for tag in (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)]
    x0, y0, x1, y1 = (-1 if corner is None else corner for corner in corners)
    deltas = [item.number(tag) for tag in (0x0018602C, 0x0018602E)]
    units = (_unit(item, 0x00186024), _unit(item, 0x00186026))
    if not any(units):
        return None  # a grey bar, an ECG drawn without scale: nothing to measure
    scaled = all(delta or not unit for delta, unit in zip(deltas, units, strict=True))
    if not 0 <= x0 <= x1 or not 0 <= y0 <= y1 or not scaled:
        notes.add("An ultrasound region without valid corners or scale is left out.")
        return None
    spatial = item.integer(0x00186012) or 0
    form = _SPATIAL_FORMATS[spatial] if 0 <= spatial < len(_SPATIAL_FORMATS) else ""
    data = _DATA_TYPES.get(item.integer(0x00186014) or 0, "")
    return UltrasoundRegion(
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        unit_x=units[0],
        unit_y=units[1],
        delta_x=deltas[0] or 0.0,
        delta_y=deltas[1] or 0.0,
        kind=" ".join(part for part in (form, data) if part),
        reference_x=item.int32(0x00186020),
        reference_y=item.int32(0x00186022),
    )


def _unit(item: Elements, tag: int) -> str:
    code = item.integer(tag) or 0
    return _UNITS[code] if 0 <= code < len(_UNITS) else ""
