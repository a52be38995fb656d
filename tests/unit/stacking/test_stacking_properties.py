"""What holds for any series: order of arrival changes nothing, no frame is lost or doubled."""

import itertools
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.stacking.build import AXIAL, CORONAL, SAGITTAL, frame
from viewer.dicom.facts import FrameFacts
from viewer.stacking import plan_stacks

ORIENTATIONS = [None, AXIAL, SAGITTAL, CORONAL, (1.0, 0.002, 0.0, -0.002, 1.0, 0.0)]


@st.composite
def series(draw: st.DrawFn) -> list[FrameFacts]:
    facts: list[FrameFacts] = []
    for index in range(draw(st.integers(1, 14))):
        shared: dict[str, Any] = {
            "modality": draw(st.sampled_from(["CT", "MR", "US", "MG", "NM"])),
            "rows": draw(st.sampled_from([64, 128])),
            "image_type": draw(
                st.sampled_from([(), ("ORIGINAL", "PRIMARY", "LOCALIZER"), ("DERIVED",)])
            ),
            "orientation": draw(st.sampled_from(ORIENTATIONS)),
            "stack_id": draw(st.sampled_from(["", "1", "2"])),
            "echo_number": draw(st.sampled_from([None, 1, 2])),
            "b_value": draw(st.sampled_from([None, 0.0, 800.0])),
            "trigger_time_ms": draw(st.sampled_from([None, 0.0, 40.0])),
            "acquisition_number": draw(st.sampled_from([None, 1, 2])),
            "laterality": draw(st.sampled_from(["", "L", "R"])),
        }
        number = draw(st.one_of(st.none(), st.integers(-2, 9)))
        for one in range(1, draw(st.sampled_from([1, 1, 1, 3])) + 1):
            z = draw(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0]))
            position = (z, z, z) if shared["orientation"] else None
            facts.append(
                frame(f"1.2.{index}", number, frame_number=one, position=position, **shared)
            )
    return facts


@given(series(), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_any_order_of_arrival_gives_the_same_plan(facts: list[FrameFacts], seed: int) -> None:
    shuffled = list(facts)
    random.Random(seed).shuffle(shuffled)
    assert plan_stacks(shuffled) == plan_stacks(facts)


@given(series())
@settings(max_examples=300, deadline=None)
def test_every_frame_is_in_exactly_one_stack(facts: list[FrameFacts]) -> None:
    plans = plan_stacks(facts)
    placed = [(one.instance_uid, one.frame_number) for plan in plans for one in plan.frames]
    assert sorted(placed) == sorted((one.instance_uid, one.frame_number) for one in facts)


@given(series())
@settings(max_examples=300, deadline=None)
def test_keys_are_distinct_and_fit_their_column(facts: list[FrameFacts]) -> None:
    keys = [plan.key for plan in plan_stacks(facts)]
    assert len(set(keys)) == len(keys)
    assert all(0 < len(key) <= 300 for key in keys)


@given(series())
@settings(max_examples=300, deadline=None)
def test_slices_of_a_plane_run_one_way(facts: list[FrameFacts]) -> None:
    for plan in plan_stacks(facts):
        if plan.key.startswith(("plane:", "localizer:")) and not plan.key.endswith("turn"):
            codes = {warning.code for warning in plan.warnings}
            along = [one.slice_mm or 0.0 for one in plan.frames]
            if "passes" not in codes:
                # Orientations that differ by rounding project a little apart.
                steps = [b - a for a, b in itertools.pairwise(along)]
                assert all(step >= -0.02 for step in steps) or all(step <= 0.02 for step in steps)
