"""The stored form of a stack."""

import hashlib
import uuid
import zlib

import pytest

from telerad.errors import Invalid
from tests.unit.stacking.build import AXIAL, volume
from viewer.stackbody import pack, unpack
from viewer.stacking import plan_stacks

FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)


def test_a_plan_is_stored_and_read_back_with_row_ids() -> None:
    (plan,) = plan_stacks(volume(2))
    ids = {"1.2.0.1": FIRST, "1.2.5000.2": SECOND}
    packed = pack(plan, ids)
    assert unpack(packed.body) == {
        "frames": [
            {
                "instance": "00000000-0000-0000-0000-000000000001",
                "frame": 1,
                "position": [0, 0, 0],
                "slice": 0,
                "orientation": 0,
            },
            {
                "instance": "00000000-0000-0000-0000-000000000002",
                "frame": 1,
                "position": [0, 0, 5],
                "slice": 5,
                "orientation": 0,
            },
        ],
        "orientations": [list(AXIAL)],
        "patientOrientation": None,
        "frameOfReference": "1.2.3",
        "spacingMm": 5,
        "expected": 2,
        "frameTimeMs": None,
        "laterality": "",
        "view": "",
        "warnings": [],
    }


def test_the_revision_is_the_order_of_the_frames() -> None:
    (plan,) = plan_stacks(volume(2))
    ids = {"1.2.0.1": FIRST, "1.2.5000.2": SECOND}
    assert (
        pack(plan, ids).revision == hashlib.sha256(f"{FIRST}/1\n{SECOND}/1\n".encode()).hexdigest()
    )
    (longer,) = plan_stacks(volume(3))
    assert (
        pack(longer, {**ids, "1.2.10000.3": uuid.UUID(int=3)}).revision != pack(plan, ids).revision
    )


@pytest.mark.parametrize(
    "stored", [b"", b"junk", zlib.compress(b"[1]"), zlib.compress(b"{"), zlib.compress(b"{}")[:-2]]
)
def test_another_form_is_refused(stored: bytes) -> None:
    with pytest.raises(Invalid, match=r"stored stack body"):
        unpack(stored)
