"""The stored form of a stack: frames, geometry and doubts, as zlib-compressed JSON."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from isal import isal_zlib

from telerad.errors import Invalid
from viewer.stacking import StackPlan

# A body is our own writing; the cap only keeps a damaged row from filling the memory.
_MOST_BYTES = 512 * 1024**2


class Packed(NamedTuple):
    """``body`` for the column of that name, ``revision`` the SHA-256 over the ordered frames."""

    body: bytes
    revision: str


def pack(plan: StackPlan, instance_ids: Mapping[str, UUID]) -> Packed:
    """Return the stored form of a plan; ``instance_ids`` maps SOP Instance UIDs to row ids.

    JSON: ``{"frames": [{"instance", "frame", "position", "slice", "orientation"}], "orientations",
    "patientOrientation", "frameOfReference", "spacingMm", "expected", "frameTimeMs", "laterality",
    "view", "warnings": [{"code", "text"}]}``; lengths in millimetres, frames numbered from 1.
    """
    frames = [
        {
            "instance": str(instance_ids[frame.instance_uid]),
            "frame": frame.frame_number,
            "position": frame.position,
            "slice": frame.slice_mm,
            "orientation": frame.orientation,
        }
        for frame in plan.frames
    ]
    order = "".join(f"{frame['instance']}/{frame['frame']}\n" for frame in frames)
    body = {
        "frames": frames,
        "orientations": plan.orientations,
        "patientOrientation": plan.patient_orientation,
        "frameOfReference": plan.frame_of_reference_uid,
        "spacingMm": plan.spacing_mm,
        "expected": plan.expected,
        "frameTimeMs": plan.frame_time_ms,
        "laterality": plan.laterality,
        "view": plan.view,
        "warnings": [{"code": one.code, "text": one.text} for one in plan.warnings],
    }
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return Packed(isal_zlib.compress(text.encode(), 1), hashlib.sha256(order.encode()).hexdigest())


def unpack(body: bytes | memoryview) -> dict[str, Any]:
    """Return the JSON object that :func:`pack` stored; Invalid if the bytes are something else."""
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(bytes(body), _MOST_BYTES)
        if inflater.unconsumed_tail or not inflater.eof:
            raise Invalid("a stored stack body is cut or too large")
        found = json.loads(text)
    except (zlib.error, ValueError) as error:
        raise Invalid("a stored stack body is not in the form that pack writes") from error
    if not isinstance(found, dict):
        raise Invalid("a stored stack body is not a JSON object")
    return found
