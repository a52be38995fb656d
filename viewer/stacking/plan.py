"""The plan of a series: which frames make a stack, in which order, and what is doubtful."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from viewer.dicom.facts import FrameFacts, Orientation, Vector3
from viewer.stacking.geometry import (
    levels,
    normal_of,
    orientation_groups,
    plane_name,
    slice_mm,
)
from viewer.stacking.spatial import in_slice_order, warnings_of
from viewer.stacking.split import Part, split_frames
from viewer.stacking.types import PlannedFrame, StackPlan, StackWarning

# Images of these are slices: without a position their order is a guess that has to be said.
_SLICED = frozenset({"CT", "MR", "PT"})
# Projections are looked at view by view.
_PROJECTIONS = frozenset({"MG", "DX", "CR", "RG", "IO", "PX"})
# Multi-frame runs that are films even where no frame time is given.
_FILMED = frozenset({"US", "XA", "RF", "IVUS", "ES", "XC", "OCT", "OP"})
# Single pictures whose size changes from shot to shot.
_SHOTS = frozenset({"US", "XC", "ES", "GM", "OP", "OT", "EC"})

_T = TypeVar("_T")


def plan_stacks(series_facts: Sequence[FrameFacts]) -> list[StackPlan]:
    """Return the stacks of a series' frames, in the order they are listed.

    Every frame is in exactly one stack. The plan does not depend on the order of ``series_facts``.
    """
    runs, slices, pictures = _sorted_out(sorted(series_facts, key=_canonical))
    drafts = [_run_draft(run) for run in runs]
    for group in _grouped(slices, lambda frame: (_is_localizer(frame), frame.rows, frame.columns)):
        drafts.extend(_slice_drafts(group))
    drafts.extend(_picture_draft(group) for group in _grouped(pictures, _picture_group))
    drafts.sort(key=lambda draft: (draft.localizer, min(map(_canonical, draft.part.frames))))
    return _finished(drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    part: Part
    name: str
    key: str
    orientation: Orientation | None = None  # set: slices to be sorted and judged
    localizer: bool = False
    counted: str = "image"
    warnings: tuple[StackWarning, ...] = ()


def _canonical(frame: FrameFacts) -> tuple[bool, int, str, str, str, int]:
    """Return the scanner's own order, complete enough to be the same whatever came first."""
    number = frame.instance_number
    return (
        number is None,
        number or 0,
        frame.content_time,
        frame.acquisition_time,
        frame.instance_uid,
        frame.frame_number,
    )


def _grouped(
    frames: Iterable[FrameFacts], by: Callable[[FrameFacts], _T]
) -> Iterable[list[FrameFacts]]:
    found: dict[_T, list[FrameFacts]] = defaultdict(list)
    for frame in frames:
        found[by(frame)].append(frame)
    return found.values()


def _is_localizer(frame: FrameFacts) -> bool:
    return any(value in {"LOCALIZER", "SCOUT"} for value in frame.image_type[2:])


def _sorted_out(
    frames: Sequence[FrameFacts],
) -> tuple[list[list[FrameFacts]], list[FrameFacts], list[FrameFacts]]:
    """Return (multi-frame runs, frames with a place in the patient, single pictures without)."""
    runs: list[list[FrameFacts]] = []
    slices: list[FrameFacts] = []
    pictures: list[FrameFacts] = []
    for instance in _grouped(frames, lambda frame: frame.instance_uid):
        whole = all(frame.orientation and frame.position for frame in instance)
        if len(instance) > 1 and not (whole and _moves(instance)):
            runs.append(instance)
        elif whole:
            slices.extend(instance)
        else:
            pictures.extend(instance)
    return runs, slices, pictures


def _moves(frames: Sequence[FrameFacts]) -> bool:
    """Return whether the frames of one instance lie at different places."""
    groups = orientation_groups(frames)
    return len(groups) > 1 or len(levels(frames, normal_of(groups[0][0]))) > 1


def _run_draft(frames: list[FrameFacts]) -> _Draft:
    first = frames[0]
    if first.modality == "SM" or first.tile_row is not None:
        name, counted = "Slide", "tile"
    elif first.modality in _FILMED or any(frame.frame_time_ms for frame in frames):
        name, counted = "Cine", "frame"
    else:
        name, counted = "", "frame"
    part = Part(tuple(frames), ordered=True)
    return _Draft(part, name, f"run:{first.instance_uid}", counted=counted)


def _slice_drafts(frames: list[FrameFacts]) -> list[_Draft]:
    localizer = _is_localizer(frames[0])
    groups = orientation_groups(frames)
    size = f"{frames[0].rows}x{frames[0].columns}"
    kind = "localizer" if localizer else "plane"
    if _is_a_turn(len(groups), len(frames), localizer):
        text = "The planes of these images differ; they are in the order of the scanner."
        part = Part(tuple(frames), ordered=True, note=("mixed-orientation", text))
        name = "Localizer" if localizer else "Mixed planes"
        return [_Draft(part, name, f"{kind}:{size}:turn", localizer=localizer)]
    drafts: list[_Draft] = []
    for orientation, members in groups:
        cosines = ",".join(f"{round(part, 2) + 0.0:g}" for part in orientation)
        name = plane_name(orientation)
        for stack in _grouped(members, lambda frame: frame.stack_id):
            key = f"{kind}:{size}:{cosines}"
            if stack[0].stack_id not in {"", "1"}:
                key += f":{stack[0].stack_id}"
            drafts.extend(
                _Draft(
                    part,
                    f"Localizer, {name.lower()}" if localizer else name,
                    key + part.key,
                    orientation=orientation,
                    localizer=localizer,
                )
                for part in split_frames(stack, normal_of(orientation))
            )
    return drafts


def _is_a_turn(groups: int, images: int, localizer: bool) -> bool:
    """Return whether planes change so often that stacks of one plane would be single images.

    Three-plane localizers, rotating projections and radial series are scrolled as one.
    """
    if localizer:
        return groups >= 2 and images < 3 * groups
    return groups >= 3 and images < 2 * groups


def _picture_group(frame: FrameFacts) -> tuple[object, ...]:
    if frame.modality in _PROJECTIONS:
        return (frame.laterality, frame.view_position, frame.rows, frame.columns)
    if frame.modality in _SHOTS:
        return ()
    return (_is_localizer(frame), frame.rows, frame.columns)


def _picture_draft(frames: list[FrameFacts]) -> _Draft:
    first = frames[0]
    group = ",".join(str(part) for part in _picture_group(first) if part)
    name, localizer = "", _is_localizer(first)
    if first.modality in _PROJECTIONS:
        name = " ".join(filter(None, (first.laterality, first.view_position)))
    elif localizer:
        name = "Localizer"
    warnings: tuple[StackWarning, ...] = ()
    if len(frames) > 1 and first.modality in _SLICED:
        text = "No positions are given: the images are in the order of their numbers."
        warnings = (StackWarning("no-position", text),)
    part = Part(tuple(frames), ordered=True)
    return _Draft(part, name, f"pictures:{group}", localizer=localizer, warnings=warnings)


def _finished(drafts: Sequence[_Draft]) -> list[StackPlan]:
    plans: list[StackPlan] = []
    used: Counter[str] = Counter()
    for draft in drafts:
        key = draft.key[:280]
        used[key] += 1
        if used[key] > 1:
            key = f"{key}#{used[key]}"
        plans.append(_plan(draft, key))
    return plans


def _plan(draft: _Draft, key: str) -> StackPlan:
    part = draft.part
    normal = normal_of(draft.orientation) if draft.orientation else None
    frames = part.frames
    if normal and not part.ordered:
        frames = in_slice_order(frames, normal)
    warnings = list(draft.warnings)
    if part.note:
        warnings.append(StackWarning(*part.note))
    spacing, expected = None, None
    if normal and not part.ordered:
        spacing, expected, found = warnings_of(frames, normal)
        warnings.extend(found)
    warnings.extend(_shared_warnings(frames))
    orientations, index = _orientations(frames)
    references = {frame.frame_of_reference_uid for frame in frames}
    counted = f"{len(frames)} {draft.counted}{'' if len(frames) == 1 else 's'}"
    first = frames[0]
    return StackPlan(
        key=key,
        label=", ".join(filter(None, (draft.name, *part.words, counted))),
        frames=tuple(_placed(frame, normal, index[frame.orientation]) for frame in frames),
        orientations=orientations,
        patient_orientation=_same(frame.patient_orientation for frame in frames),
        frame_of_reference_uid=first.frame_of_reference_uid if len(references) == 1 else "",
        spacing_mm=spacing,
        expected=expected,
        frame_time_ms=part.frame_time_ms,
        laterality=_same(frame.laterality for frame in frames) or "",
        view=_same(frame.view_position for frame in frames) or "",
        warnings=tuple(warnings),
    )


def _same(values: Iterable[_T]) -> _T | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _orientations(
    frames: Sequence[FrameFacts],
) -> tuple[tuple[Orientation | None, ...], dict[Orientation | None, int]]:
    index: dict[Orientation | None, int] = {}
    for frame in frames:
        index.setdefault(frame.orientation, len(index))
    return tuple(index), index


def _placed(frame: FrameFacts, normal: Vector3 | None, orientation: int) -> PlannedFrame:
    at = None
    if frame.position and frame.orientation:
        at = round(slice_mm(frame, normal or normal_of(frame.orientation)), 4)
    return PlannedFrame(frame.instance_uid, frame.frame_number, frame.position, at, orientation)


def _shared_warnings(frames: Sequence[FrameFacts]) -> Iterable[StackWarning]:
    spacings = {
        (round(frame.row_spacing_mm, 4), round(frame.column_spacing_mm, 4))
        for frame in frames
        if frame.row_spacing_mm and frame.column_spacing_mm
    }
    if len(spacings) > 1 and frames[0].modality in _SLICED:
        text = "The size of a pixel changes from image to image."
        yield StackWarning("pixel-size", text)
    references = {frame.frame_of_reference_uid for frame in frames}
    if len(references) > 1 and frames[0].position:
        text = (
            f"These images name {len(references)} different frames of reference: "
            "their positions may not belong together."
        )
        yield StackWarning("frame-of-reference", text)
