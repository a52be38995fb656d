"""Planes in the patient: normals, projections, distances. Millimetres, LPS axes."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from viewer.dicom.facts import FrameFacts, Orientation, Vector3

# Frames are parallel when each direction cosine agrees to this (about half a degree).
_COSINE_TOLERANCE = 0.01
# Two positions are one when they are nearer than this.
SAME_POSITION_MM = 0.02
# A distance belongs to the usual one when it is this near, as a part of it.
_SPACING_TOLERANCE = 0.05
# Positions are often rounded to a tenth of a millimetre, which moves a distance by as much; but
# never is a difference of a fifth called even.
_ROUNDING_MM = 0.101
_ROUNDING_PART = 0.2
# Below this the shear is rounding; a real gantry tilt is several degrees.
_SHEAR_DEGREES = 0.5
# A plane that leans more than this (about 37 degrees) is called oblique.
_STRAIGHT_COSINE = 0.8


def dot(a: Vector3, b: Vector3) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def minus(a: Vector3, b: Vector3) -> Vector3:
    """Return the difference."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def normal_of(orientation: Orientation) -> Vector3:
    """Return row direction x column direction: the side the stack is looked at from, away."""
    ax, ay, az, bx, by, bz = orientation
    return (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)


def plane_name(orientation: Orientation) -> str:
    """Return "Axial", "Coronal", "Sagittal", or the nearest of them with "Oblique" before it."""
    sizes = [abs(part) for part in normal_of(orientation)]
    name = ("sagittal", "coronal", "axial")[sizes.index(max(sizes))]
    return name.capitalize() if max(sizes) >= _STRAIGHT_COSINE else f"Oblique {name}"


def parallel(a: Orientation, b: Orientation) -> bool:
    """Return whether two image planes have the same axes (not merely the same plane)."""
    return all(abs(x - y) <= _COSINE_TOLERANCE for x, y in zip(a, b, strict=True))


def orientation_groups(
    frames: Sequence[FrameFacts],
) -> list[tuple[Orientation, list[FrameFacts]]]:
    """Return frames by orientation, each with the orientation that stands for its group.

    The result does not depend on the order of ``frames`` beyond the order inside a group.
    """
    leaders: list[Orientation] = []
    of: dict[Orientation, int] = {}
    for orientation in sorted({frame.orientation for frame in frames if frame.orientation}):
        index = next((i for i, one in enumerate(leaders) if parallel(one, orientation)), None)
        if index is None:
            index = len(leaders)
            leaders.append(orientation)
        of[orientation] = index
    groups: list[list[FrameFacts]] = [[] for _ in leaders]
    for frame in frames:
        if frame.orientation:
            groups[of[frame.orientation]].append(frame)
    return list(zip(leaders, groups, strict=True))


def slice_mm(frame: FrameFacts, normal: Vector3) -> float:
    """Return where the frame lies along ``normal``; 0 without a position."""
    return dot(frame.position, normal) if frame.position else 0.0


def levels(frames: Sequence[FrameFacts], normal: Vector3) -> list[list[FrameFacts]]:
    """Return the frames by slice position, ascending; inside a level they keep their order."""
    placed = sorted(frames, key=lambda frame: slice_mm(frame, normal))
    found: list[list[FrameFacts]] = []
    last = -math.inf
    for frame in placed:
        at = slice_mm(frame, normal)
        if at - last > SAME_POSITION_MM:
            found.append([])
        found[-1].append(frame)
        last = at
    rank = {id(frame): index for index, frame in enumerate(frames)}
    for level in found:
        level.sort(key=lambda frame: rank[id(frame)])
    return found


@dataclass(frozen=True, slots=True)
class Gaps:
    """The distances between neighbouring slices.

    ``usual_mm`` is the distance that occurs most (None for fewer than two slices). ``missing`` is
    how many slices would fill the gaps that are whole multiples of it. ``smallest_mm`` and
    ``largest_mm`` bound the distances that are no multiples; None when all are.
    """

    usual_mm: float | None = None
    missing: int = 0
    smallest_mm: float | None = None
    largest_mm: float | None = None


def gaps_of(slices_mm: Sequence[float]) -> Gaps:
    """Return the distances of slices that are sorted along the normal, without repeats."""
    steps = [abs(b - a) for a, b in pairwise(slices_mm)]
    if not steps:
        return Gaps()
    usual = _usual(steps)
    near = max(usual * _SPACING_TOLERANCE, min(_ROUNDING_MM, usual * _ROUNDING_PART))
    missing, odd = 0, []
    for step in steps:
        times = round(step / usual)
        if times >= 1 and abs(step - times * usual) <= near:
            missing += times - 1
        else:
            odd.append(step)
    if odd:
        return Gaps(usual, missing, min(*odd, usual), max(*odd, usual))
    # The mean evens out the rounding of each position.
    return Gaps(sum(steps) / (len(steps) + missing), missing)


def _usual(steps: Sequence[float]) -> float:
    """Return the distance that most steps have; the smaller one of equally frequent ones."""
    ordered = sorted(steps)
    counts = Counter(round(step, 1) for step in ordered)
    # A bin edge may cut a cluster in two: neighbours of a bin count with it.
    best = max(
        counts,
        key=lambda value: (
            sum(counts.get(round(value + shift, 1), 0) for shift in (-0.1, 0.0, 0.1)),
            -value,
        ),
    )
    near = [step for step in ordered if abs(step - best) <= 0.16]
    return near[len(near) // 2]


@dataclass(frozen=True, slots=True)
class Shear:
    """How the positions run against the normal.

    ``degrees`` is the angle between the line through the positions and the normal (0 within
    rounding); ``scattered`` tells that the positions lie on no line at all.
    """

    degrees: float = 0.0
    scattered: bool = False


def shear_of(positions: Sequence[Vector3], normal: Vector3) -> Shear:
    """Return the shear of sorted, distinct positions: it is measured, never read from a tag."""
    if len(positions) < 2:
        return Shear()
    along = minus(positions[-1], positions[0])
    length = math.sqrt(dot(along, along))
    if length == 0:
        return Shear()
    cosine = min(1.0, abs(dot(along, normal)) / length)
    degrees = math.degrees(math.acos(cosine))
    unit = (along[0] / length, along[1] / length, along[2] / length)
    worst = 0.0
    for position in positions:
        away = minus(position, positions[0])
        on_line = dot(away, unit)
        worst = max(worst, dot(away, away) - on_line * on_line)
    # Half a millimetre sideways, or a hundredth of the stack's length, is rounding.
    scattered = math.sqrt(max(worst, 0.0)) > max(0.5, 0.01 * length)
    return Shear(degrees if degrees > _SHEAR_DEGREES else 0.0, scattered)
