"""What each frame is sorted and split by, from the data set or from its functional groups."""

import math
from dataclasses import replace
from typing import Any, Final

from viewer.dicom import groups as g
from viewer.dicom.cine import frame_times
from viewer.dicom.elements import Elements
from viewer.dicom.facts import FrameFacts, Orientation, Vector3
from viewer.dicom.identity import iso_time
from viewer.dicom.image import PixelFormat
from viewer.dicom.notes import Notes
from viewer.dicom.planes import frame_positions

_ORIENTATION, _POSITION, _SPACING = 0x00200037, 0x00200032, 0x00280030
_FRAME_TIME, _POINTER = 0x00181063, 0x00280009
_DIMENSIONS, _DIMENSION_POINTER, _DIMENSION_VALUES = 0x00209222, 0x00209165, 0x00209157
_NM_DETECTORS = 0x00540022
_FARTHEST_MM: Final = 1e6


def read_facts(
    groups: g.Groups, form: PixelFormat, instance_uid: str, frames: int, notes: Notes
) -> tuple[FrameFacts, ...]:
    """Return the facts of every frame, in the order of the frames."""
    top = groups.top
    base = _of_instance(groups, form, instance_uid, notes)
    times = frame_times(top, frames, notes)
    pointers = _dimension_pointers(top)
    vectors = _nm_vectors(top, frames)
    positions = frame_positions(top, frames, base.position, base.orientation)
    facts = []
    for index in range(frames):
        own: dict[str, Any] = {"frame_number": index + 1}
        if times:
            own["frame_time_ms"] = times[index]
        if positions:
            own["position"] = positions[index]
        if vectors:
            own["dimension_pointers"] = tuple(vectors)
            own["dimension_indices"] = tuple(vector[index] for vector in vectors.values())
        if groups.frames or groups.shared:
            own |= _of_groups(groups, index, pointers, notes)
        facts.append(replace(base, **own))
    return tuple(facts)


def _of_instance(
    groups: g.Groups, form: PixelFormat, instance_uid: str, notes: Notes
) -> FrameFacts:
    """Return what the data set itself says, which holds for its frames unless a group does."""
    top = groups.top
    spacing = _spacing(top)
    # NM gives the first frame's position and orientation in its detector's item, C.8.4.11.
    plane = top
    if _POSITION not in top and (detector := top.item(_NM_DETECTORS)):
        plane = detector
    return FrameFacts(
        instance_uid=instance_uid,
        frame_number=1,
        modality=top.code(0x00080060)[:16],
        instance_number=top.integer(0x00200013),
        rows=form.rows,
        columns=form.columns,
        image_type=top.codes(0x00080008)[:8],
        orientation=_orientation(plane, notes),
        position=_vector3(plane, _POSITION),
        patient_orientation=_patient_orientation(top),
        frame_of_reference_uid=top.uid(0x00200052)[:64],
        row_spacing_mm=spacing[0] if spacing else None,
        column_spacing_mm=spacing[1] if spacing else None,
        slice_thickness_mm=_positive(top, 0x00180050),
        spacing_between_slices_mm=_nonzero(top, 0x00180088),
        slice_location=top.number(0x00201041),
        gantry_tilt_deg=top.number(0x00181120),
        echo_number=top.int32(0x00180086),
        echo_time_ms=top.number(0x00180081),
        inversion_time_ms=top.number(0x00180082),
        b_value=_b_value(top),
        diffusion_direction=_vector3(top, 0x00189089),
        temporal_position=top.int32(0x00200100),
        trigger_time_ms=top.number(0x00181060),
        acquisition_number=top.int32(0x00200012),
        acquisition_time=iso_time(top.code(0x00080032)),
        content_time=iso_time(top.code(0x00080033)),
        complex_component=top.code(0x00089208)[:16],
        laterality=(top.code(0x00200062) or top.code(0x00200060))[:16],
        view_position=_view_position(top),
        frame_time_ms=top.number(_FRAME_TIME),
    )


def _of_groups(
    groups: g.Groups, index: int, pointers: tuple[str, ...], notes: Notes
) -> dict[str, Any]:
    """Return what a frame's functional groups say; only what they do say."""
    said: dict[str, Any] = {}
    if item := groups.macro(index, g.PIXEL_MEASURES):
        spacing = _spacing(item)
        said["row_spacing_mm"] = spacing[0] if spacing else None
        said["column_spacing_mm"] = spacing[1] if spacing else None
        said["slice_thickness_mm"] = _positive(item, 0x00180050)
        said["spacing_between_slices_mm"] = _nonzero(item, 0x00180088)
    if item := groups.macro(index, g.PLANE_POSITION):
        said["position"] = _vector3(item, _POSITION)
    if item := groups.macro(index, g.PLANE_ORIENTATION):
        said["orientation"] = _orientation(item, notes)
    if item := groups.macro(index, g.FRAME_CONTENT):
        said |= _content(item, pointers)
    if item := groups.macro(index, g.FRAME_ANATOMY):
        said["laterality"] = item.code(0x00209072)[:16]
    if item := groups.macro(index, g.SEGMENT):
        said["segment_number"] = item.integer(0x0062000B)
    if item := groups.macro(index, g.SLIDE_POSITION):
        said["tile_column"] = item.integer(0x0048021E)
        said["tile_row"] = item.integer(0x0048021F)
    said |= _frame_type(groups, index)
    said |= _acquisition(groups, index)
    return said


def _content(item: Elements, pointers: tuple[str, ...]) -> dict[str, Any]:
    """Return a Frame Content item (C.7.6.16.2.2)."""
    said: dict[str, Any] = {
        "stack_id": item.text(0x00209056, 16),
        "in_stack_position": item.integer(0x00209057),
        "dimension_indices": item.integers(_DIMENSION_VALUES)[:16],
        "dimension_pointers": pointers,
    }
    if (temporal := item.integer(0x00209128)) is not None:
        said["temporal_position"] = temporal
    if (acquisition := item.int32(0x00209156)) is not None:
        said["acquisition_number"] = acquisition
    moment = item.code(0x00189074) or item.code(0x00189151)
    if len(moment) > 8:
        said["acquisition_time"] = iso_time(moment[8:])
    return said


def _frame_type(groups: g.Groups, index: int) -> dict[str, Any]:
    for tag in g.FRAME_TYPES:
        item = groups.macro(index, tag)
        if item is None:
            continue
        said: dict[str, Any] = {}
        if types := item.codes(0x00089007)[:8]:
            said["image_type"] = types
        if component := item.code(0x00089208)[:16]:
            said["complex_component"] = component
        return said
    return {}


def _acquisition(groups: g.Groups, index: int) -> dict[str, Any]:
    """Return echo, inversion, diffusion and cardiac phase of an enhanced MR or CT frame."""
    said: dict[str, Any] = {}
    if item := groups.macro(index, g.MR_ECHO):
        said["echo_time_ms"] = item.number(0x00189082)
    if item := groups.macro(index, g.MR_MODIFIER):
        said["inversion_time_ms"] = item.number(0x00189079)
    if item := groups.macro(index, g.MR_DIFFUSION):
        said["b_value"] = item.number(0x00189087)
        gradient = item.item(0x00189076)
        said["diffusion_direction"] = _vector3(gradient, 0x00189089) if gradient else None
    if item := groups.macro(index, g.CARDIAC):
        said["cardiac_phase_percent"] = item.number(0x00209241)
        said["trigger_time_ms"] = item.number(0x00209153)
    return said


def _dimension_pointers(top: Elements) -> tuple[str, ...]:
    """Return the tags that the dimension indices count, as "gggg,eeee" (C.7.6.17)."""
    pointers = []
    for item in top.items(_DIMENSIONS)[:16]:
        pair = item.integers(_DIMENSION_POINTER)
        pointers.append(f"{pair[0]:04X},{pair[1]:04X}" if len(pair) == 2 else "")
    return tuple(pointers)


def _nm_vectors(top: Elements, frames: int) -> dict[str, tuple[int, ...]]:
    """Return the NM vectors that the Frame Increment Pointer names, by tag (C.8.4.8)."""
    if frames < 2:
        return {}
    pairs = top.integers(_POINTER)
    vectors = {}
    for high, low in zip(pairs[::2], pairs[1::2], strict=False):
        values = top.integers(high << 16 | low) if high == 0x0054 else ()
        if len(values) == frames:
            vectors[f"{high:04X},{low:04X}"] = values
    return vectors


def _orientation(elements: Elements, notes: Notes) -> Orientation | None:
    """Return (0020,0037) when it is two unit vectors at a right angle (C.7.6.2.1.1), else None."""
    if not elements.has_value(_ORIENTATION):
        return None
    values = elements.vector(_ORIENTATION, 6)
    if values:
        row, column = values[:3], values[3:]
        lengths = (math.hypot(*row), math.hypot(*column))
        dot = sum(a * b for a, b in zip(row, column, strict=True))
        if all(abs(length - 1) < 0.02 for length in lengths) and abs(dot) < 0.02:
            return values  # type: ignore[return-value]
    notes.add("Image Orientation is no pair of unit vectors at a right angle; it is not used.")
    return None


def _vector3(elements: Elements, tag: int) -> Vector3 | None:
    values = elements.vector(tag, 3)
    if values and all(abs(value) <= _FARTHEST_MM for value in values):
        return values  # type: ignore[return-value]
    return None


def _patient_orientation(top: Elements) -> tuple[str, str] | None:
    """Return (0020,0020): letters that rows and columns run to (C.7.6.1.1.1)."""
    codes = top.codes(0x00200020)
    if len(codes) != 2 or not all(codes) or not all(set(code) <= set("AFHLPR") for code in codes):
        return None
    return codes[0], codes[1]


def _view_position(top: Elements) -> str:
    """Return the view of a projection, as a code word ("CC", "MLO", "AP") where it is one."""
    position = top.code(0x00185101)
    if not position and (view := top.item(0x00540220)):
        position = view.text(0x00080104, 64)
    return position[:64]


def _b_value(top: Elements) -> float | None:
    return top.number(0x00189087)


def _spacing(elements: Elements) -> tuple[float, ...] | None:
    values = elements.vector(_SPACING, 2)
    return values if values and all(0 < value <= 1e4 for value in values) else None


def _positive(elements: Elements, tag: int) -> float | None:
    value = elements.number(tag)
    return value if value is not None and value > 0 else None


def _nonzero(elements: Elements, tag: int) -> float | None:
    return elements.number(tag) or None
