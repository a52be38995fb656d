"""The order of parallel slices and what is doubtful about it."""

from collections.abc import Sequence

from viewer.dicom.facts import FrameFacts, Vector3
from viewer.stacking.geometry import gaps_of, levels, shear_of, slice_mm
from viewer.stacking.types import StackWarning

# Instance numbers that follow the positions this well say at which end reading starts.
_FOLLOWS = 0.5


def in_slice_order(frames: Sequence[FrameFacts], normal: Vector3) -> tuple[FrameFacts, ...]:
    """Return parallel frames in the order of their positions on the normal.

    Positions alone decide the order (PS3.3 C.7.6.2.1.1); the scanner's numbering only decides at
    which end it starts. Where it says nothing: from head to feet, right to left, front to back.
    """
    ascending = [frame for level in levels(frames, normal) for frame in level]
    follows = _correlation(ascending)
    if abs(follows) < _FOLLOWS:
        x, y, z = normal
        sizes = (abs(x), abs(y), abs(z))
        # LPS axes run to the left, the back and the head.
        forward = z < 0 if sizes[2] == max(sizes) else (x if sizes[0] == max(sizes) else y) > 0
        follows = 1.0 if forward else -1.0
    if follows > 0:
        return tuple(ascending)
    return tuple(frame for level in reversed(levels(frames, normal)) for frame in level)


def _correlation(ordered: Sequence[FrameFacts]) -> float:
    """Return -1..1: how instance, then frame numbers run along; 0 if they say nothing."""
    numbers = [(frame.instance_number or 0, frame.frame_number) for frame in ordered]
    ranks = {number: rank for rank, number in enumerate(sorted(set(numbers)))}
    count = len(numbers)
    if len(ranks) < 2:
        return 0.0
    middle, top = (count - 1) / 2, (len(ranks) - 1) / 2
    across = sum((place - middle) * (ranks[n] - top) for place, n in enumerate(numbers))
    places = sum((place - middle) ** 2 for place in range(count))
    spread = sum((ranks[n] - top) ** 2 for n in numbers)
    return across / (places * spread) ** 0.5 if spread else 0.0


def warnings_of(
    frames: Sequence[FrameFacts], normal: Vector3
) -> tuple[float | None, int | None, list[StackWarning]]:
    """Return (spacing in mm, expected number of frames, doubts) of sorted parallel frames."""
    first_of_each = [level[0] for level in levels(frames, normal)]
    gaps = gaps_of([slice_mm(frame, normal) for frame in first_of_each])
    found: list[StackWarning] = []
    expected: int | None = len(frames)
    spacing = None if gaps.usual_mm is None else round(gaps.usual_mm, 4)
    if gaps.largest_mm is not None and gaps.smallest_mm is not None:
        expected, spacing = None, None
        text = (
            "The distance between slices changes: "
            f"{gaps.smallest_mm:.4g} to {gaps.largest_mm:.4g} mm."
        )
        found.append(StackWarning("uneven-spacing", text))
    elif gaps.missing and frames[0].modality == "SEG":
        expected = None  # a segmentation leaves out the slices where it marks nothing, A.51
    elif gaps.missing:
        expected = len(frames) + gaps.missing
        slices = "1 slice seems" if gaps.missing == 1 else f"{gaps.missing} slices seem"
        text = f"{slices} to be missing: {len(frames)} received, {expected} expected."
        found.append(StackWarning("missing-slices", text))
    if len(first_of_each) == 1:
        expected = None
    found.extend(_shear_warnings(first_of_each, normal))
    return spacing, expected, found


def _shear_warnings(frames: Sequence[FrameFacts], normal: Vector3) -> list[StackWarning]:
    shear = shear_of([frame.position for frame in frames if frame.position], normal)
    if shear.scattered:
        text = "The slices are shifted sideways against each other by different amounts."
        return [StackWarning("shifted-slices", text)]
    if not shear.degrees:
        return []
    if frames[0].modality == "CT":
        text = (
            f"The gantry was tilted by {shear.degrees:.1f}°: the slices are not stacked along "
            "their normal, so reformatted planes need correction."
        )
        return [StackWarning("gantry-tilt", text)]
    text = (
        f"The slices are stacked {shear.degrees:.1f}° off their normal, so reformatted planes "
        "need correction."
    )
    return [StackWarning("sheared", text)]
