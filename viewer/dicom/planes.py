"""Where the frames of older multi-frames lie: nuclear medicine and dose grids give one position.

PS3.3 C.8.4.8 and C.8.4.15 (Slice Vector, Spacing Between Slices), C.8.8.3.2 (Grid Frame Offset
Vector).
"""

import math

from viewer.dicom.elements import Elements
from viewer.dicom.facts import Orientation, Vector3

_SLICE_VECTOR, _BETWEEN_SLICES, _GRID_OFFSETS = 0x00540080, 0x00180088, 0x3004000C


def frame_positions(
    top: Elements, frames: int, position: Vector3 | None, orientation: Orientation | None
) -> tuple[Vector3, ...] | None:
    """Return each frame's position; None for objects whose frames do not lie behind each other.

    ``position`` is that of the first frame (of slice 1).
    """
    if frames < 2 or position is None or orientation is None:
        return None
    normal = _normal(orientation)
    offsets = _grid_offsets(top, frames, position, normal) or _slice_offsets(top, frames)
    if offsets is None:
        return None
    x, y, z = position
    return tuple(
        (x + offset * normal[0], y + offset * normal[1], z + offset * normal[2])
        for offset in offsets
    )


def _normal(orientation: Orientation) -> Vector3:
    """Return row direction x column direction."""
    a, b, c, d, e, f = orientation
    return b * f - c * e, c * d - a * f, a * e - b * d


def _grid_offsets(
    top: Elements, frames: int, position: Vector3, normal: Vector3
) -> tuple[float, ...] | None:
    """Return a dose grid's offsets along the normal.

    They are relative when the first is 0; else they are z coordinates in the patient, which the
    standard allows for axial grids only.
    """
    offsets = top.vector(_GRID_OFFSETS, frames)
    if offsets is None:
        return None
    if offsets[0] == 0:
        return offsets
    if not math.isclose(abs(normal[2]), 1, abs_tol=1e-3):
        return None
    return tuple((z - position[2]) / normal[2] for z in offsets)


def _slice_offsets(top: Elements, frames: int) -> tuple[float, ...] | None:
    """Return an NM volume's offsets: slices by Slice Vector, in a distance that may be negative."""
    slices = top.integers(_SLICE_VECTOR)
    spacing = top.number(_BETWEEN_SLICES)
    if len(slices) != frames or not spacing:
        return None
    return tuple((number - 1) * spacing for number in slices)
