"""Frame facts for tests: a plain axial CT slice unless told otherwise."""

import math
from typing import Any

from viewer.dicom.facts import FrameFacts

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def frame(uid: str, number: int | None = 1, **changes: Any) -> FrameFacts:
    """An axial CT slice 512 x 512 at the origin, with the changes."""
    facts: dict[str, Any] = {
        "instance_uid": uid,
        "frame_number": 1,
        "modality": "CT",
        "instance_number": number,
        "rows": 512,
        "columns": 512,
        "image_type": ("ORIGINAL", "PRIMARY", "AXIAL"),
        "orientation": AXIAL,
        "position": (0.0, 0.0, 0.0),
        "frame_of_reference_uid": "1.2.3",
        "row_spacing_mm": 0.5,
        "column_spacing_mm": 0.5,
    }
    return FrameFacts(**{**facts, **changes})


def at(z: float, number: int | None = None, **changes: Any) -> FrameFacts:
    """A slice at height z; its UID comes from z and the number."""
    uid = f"1.2.{round(z * 1000) % 10**9}.{number}"
    return frame(changes.pop("uid", uid), number, position=(0.0, 0.0, z), **changes)


def volume(count: int, spacing: float = 5.0, **changes: Any) -> list[FrameFacts]:
    """Slices from 0 upwards, numbered from 1."""
    first = changes.pop("first", 1)
    return [at(index * spacing, first + index, **changes) for index in range(count)]


def tilted(degrees: float) -> tuple[float, float, float, float, float, float]:
    """Axial, turned about the left-right axis."""
    angle = math.radians(degrees)
    return (1.0, 0.0, 0.0, 0.0, math.cos(angle), math.sin(angle))
