"""Stacks: correctness cases 22 to 28, each rule by literal positions."""

import itertools
import math
import random

import pytest

from tests.dicom_factory import dataset, file_bytes, item, sequence
from tests.unit.stacking.build import AXIAL, CORONAL, SAGITTAL, at, frame, tilted, volume
from viewer.dicom.facts import FrameFacts
from viewer.dicom.header import read_instance
from viewer.stacking import StackPlan, plan_stacks


def labels(facts: list[FrameFacts]) -> list[str]:
    return [plan.label for plan in plan_stacks(facts)]


def heights(plan: StackPlan) -> list[float | None]:
    return [one.position[2] if one.position else None for one in plan.frames]


def codes(plan: StackPlan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def only(facts: list[FrameFacts]) -> StackPlan:
    (plan,) = plan_stacks(facts)
    return plan


# Case 24: position on the normal, not instance number or slice location (PS3.3 C.7.6.2.1.1).


def test_case_24_slices_are_sorted_by_position_not_by_instance_number() -> None:
    plan = only([at(10, 1), at(0, 2), at(20, 3), at(15, 4), at(5, 5)])
    assert heights(plan) in ([0, 5, 10, 15, 20], [20, 15, 10, 5, 0])
    assert plan.spacing_mm == 5
    assert plan.expected == 5
    assert plan.label == "Axial, 5 images"
    assert plan.warnings == ()


def test_case_24_the_numbering_says_at_which_end_reading_starts() -> None:
    up, down = volume(4), [at(index * 5, 4 - index) for index in range(4)]
    assert heights(only(up)) == [0, 5, 10, 15]
    assert heights(only(down)) == [15, 10, 5, 0]


@pytest.mark.parametrize(
    ("orientation", "axis", "first_mm"),
    [(AXIAL, 2, 30), (SAGITTAL, 0, 0), (CORONAL, 1, 0)],
    ids=["head to feet", "right to left", "front to back"],
)
def test_case_24_without_numbers_reading_starts_where_readers_expect(
    orientation: tuple[float, ...], axis: int, first_mm: float
) -> None:
    facts = []
    for step in range(4):
        position = [0.0, 0.0, 0.0]
        position[axis] = step * 10.0
        facts.append(frame(f"1.{step}", None, orientation=orientation, position=tuple(position)))
    first = only(facts).frames[0].position
    assert first is not None
    assert first[axis] == first_mm


def test_case_24_slice_is_the_position_projected_on_the_normal() -> None:
    # Rows run to the back, columns to the feet: the normal points to the right, (-1, 0, 0).
    plan = only(
        [
            frame("1.1", 1, orientation=SAGITTAL, position=(-30.0, 7.0, 9.0)),
            frame("1.2", 2, orientation=SAGITTAL, position=(-20.0, 7.0, 9.0)),
        ]
    )
    assert [one.slice_mm for one in plan.frames] == [30.0, 20.0]
    assert plan.label == "Sagittal, 2 images"


def test_case_24_spacing_comes_from_positions_not_from_slice_thickness() -> None:
    plan = only(volume(6, 2.5, slice_thickness_mm=5.0, spacing_between_slices_mm=7.0))
    assert plan.spacing_mm == 2.5


def test_case_24_nm_slices_follow_a_negative_spacing() -> None:  # PS3.3 C.8.4.15
    volume_of_three = dataset(
        "NM",
        frames=3,
        ImageType=["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"],
        SpacingBetweenSlices="-4",
        FrameIncrementPointer=[0x00540080],
        SliceVector=[1, 2, 3],
        DetectorInformationSequence=sequence(
            item(ImagePositionPatient=[0, 0, 100], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
        ),
    )
    plan = only(list(read_instance(file_bytes(volume_of_three)).facts))
    assert [(one.frame_number, one.position) for one in plan.frames] == [
        (1, (0, 0, 100)),
        (2, (0, 0, 96)),
        (3, (0, 0, 92)),
    ]
    assert plan.spacing_mm == 4


def test_positions_rounded_to_a_tenth_of_a_millimetre_are_even() -> None:
    plan = only([at(round(index * 0.625, 1), index) for index in range(20)])
    assert codes(plan) == []
    assert plan.spacing_mm == pytest.approx(0.625, abs=0.01)


def test_slices_that_a_segmentation_leaves_out_are_not_missing() -> None:  # PS3.3 A.51
    slices = [one for one in volume(10, modality="SEG") if one.instance_number not in (3, 4, 7)]
    (plan,) = plan_stacks(slices)
    assert (plan.warnings, plan.expected) == ((), None)


def test_missing_slices_are_counted() -> None:
    plan = only([at(z, z) for z in (0, 1, 2, 3, 6, 7, 9)])
    assert codes(plan) == ["missing-slices"]
    assert plan.warnings[0].text == "3 slices seem to be missing: 7 received, 10 expected."
    assert (plan.expected, plan.spacing_mm) == (10, 1)


def test_uneven_spacing_is_said_with_both_distances() -> None:
    plan = only([at(z, index) for index, z in enumerate((0, 5, 10, 15, 17.5, 20))])
    assert codes(plan) == ["uneven-spacing"]
    assert plan.warnings[0].text == "The distance between slices changes: 2.5 to 5 mm."
    assert (plan.expected, plan.spacing_mm) == (None, None)


def test_two_slices_have_a_spacing_and_one_has_none() -> None:
    assert only([at(0, 1), at(3, 2)]).spacing_mm == 3
    assert only([at(0, 1)]).spacing_mm is None
    assert only([at(0, 1)]).label == "Axial, 1 image"


# Case 25: gantry tilt (C.8.2.1): measured from positions, never from the tag.


def test_case_25_a_tilted_gantry_is_measured_from_the_positions() -> None:
    # The table moves along z, the plane leans by 20 degrees.
    facts = [
        frame(f"1.{n}", n, orientation=tilted(20), position=(0.0, 0.0, 5.0 * n)) for n in range(6)
    ]
    plan = only(facts)
    assert codes(plan) == ["gantry-tilt"]
    assert plan.warnings[0].text.startswith("The gantry was tilted by 20.0°")
    assert plan.spacing_mm == pytest.approx(5 * math.cos(math.radians(20)), abs=1e-3)


def test_case_25_an_oblique_stack_along_its_normal_is_no_tilt() -> None:
    angle = math.radians(20)
    facts = [
        frame(
            f"1.{n}",
            n,
            orientation=tilted(20),
            position=(0.0, -5.0 * n * math.sin(angle), 5.0 * n * math.cos(angle)),
        )
        for n in range(6)
    ]
    plan = only(facts)
    assert codes(plan) == []
    assert plan.spacing_mm == 5
    assert plan.label == "Axial, 6 images"


def test_case_25_the_tilt_tag_alone_says_nothing() -> None:
    assert codes(only(volume(5, gantry_tilt_deg=15.0))) == []


def test_slices_shifted_sideways_are_not_called_tilted() -> None:
    facts = [frame(f"1.{n}", n, position=(float(n % 2) * 30, 0.0, 5.0 * n)) for n in range(6)]
    assert codes(only(facts)) == ["shifted-slices"]


# Case 26: localizers, orientations, echoes, phases, b-values apart; all images reachable.


def test_case_26_orientations_are_stacks_of_their_own() -> None:
    sagittal = [
        frame(f"2.{n}", 10 + n, orientation=SAGITTAL, position=(n * 4.0, 0.0, 0.0))
        for n in range(3)
    ]
    assert labels(volume(5) + sagittal) == ["Axial, 5 images", "Sagittal, 3 images"]


def test_case_26_a_localizer_in_the_series_stands_apart_and_last() -> None:
    scout = frame(
        "9.1",
        0,
        orientation=CORONAL,
        image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
        rows=888,
    )
    assert labels([scout, *volume(4)]) == ["Axial, 4 images", "Localizer, coronal, 1 image"]


def test_case_26_a_three_plane_localizer_is_one_stack() -> None:
    kind = ("ORIGINAL", "PRIMARY", "LOCALIZER")
    facts = [
        frame(f"9.{n}", n, orientation=plane, image_type=kind)
        for n, plane in enumerate((AXIAL, CORONAL, SAGITTAL))
    ]
    plan = only(facts)
    assert plan.label == "Localizer, 3 images"
    assert codes(plan) == ["mixed-orientation"]
    assert plan.orientations == (AXIAL, CORONAL, SAGITTAL)
    assert [one.orientation for one in plan.frames] == [0, 1, 2]


def test_case_26_a_turning_projection_is_scrolled_as_one_in_the_order_of_its_numbers() -> None:
    facts = []
    for n in range(12):
        angle = math.radians(15 * n)
        plane = (math.cos(angle), math.sin(angle), 0.0, 0.0, 0.0, -1.0)
        facts.append(frame(f"9.{n}", n, modality="MR", orientation=plane))
    plan = only(facts)
    assert [one.instance_uid for one in plan.frames] == [f"9.{n}" for n in range(12)]
    assert plan.label == "Mixed planes, 12 images"


def test_case_26_echoes_are_stacks_of_their_own() -> None:
    facts = volume(4, modality="MR", echo_number=1) + volume(
        4, modality="MR", echo_number=2, first=5
    )
    assert labels(facts) == ["Axial, echo 1, 4 images", "Axial, echo 2, 4 images"]


def test_case_26_b_values_are_stacks_of_their_own() -> None:
    facts = volume(4, modality="MR", b_value=0.0) + volume(4, modality="MR", b_value=800.0, first=5)
    assert labels(facts) == ["Axial, b 0, 4 images", "Axial, b 800, 4 images"]


def test_case_26_segments_are_stacks_of_their_own_even_in_one_slice() -> None:
    facts = volume(3, modality="SEG", segment_number=1)
    facts += [at(0.0, 4, modality="SEG", segment_number=2)]
    facts += [at(5.0, 5, modality="SEG", segment_number=3)]
    assert labels(facts) == [
        "Axial, segment 1, 3 images",
        "Axial, segment 2, 1 image",
        "Axial, segment 3, 1 image",
    ]


def test_case_26_one_echo_is_not_mentioned() -> None:
    assert labels(volume(4, modality="MR", echo_number=1)) == ["Axial, 4 images"]


def test_case_26_echoes_and_times_together_make_every_pair_a_stack() -> None:
    facts = [
        at(5.0 * z, 100 * time + 10 * echo + z, echo_number=echo, temporal_position=time)
        for time, echo, z in itertools.product((1, 2, 3), (1, 2), range(4))
    ]
    assert labels(facts) == [
        "Axial, echo 1, time 1 of 3, 4 images",
        "Axial, echo 2, time 1 of 3, 4 images",
        "Axial, echo 1, time 2 of 3, 4 images",
        "Axial, echo 2, time 2 of 3, 4 images",
        "Axial, echo 1, time 3 of 3, 4 images",
        "Axial, echo 2, time 3 of 3, 4 images",
    ]


def test_case_26_different_sizes_are_stacks_of_their_own() -> None:
    small = [at(5.0 * z, 10 + z, rows=256, columns=256) for z in range(2)]
    assert labels(volume(3) + small) == ["Axial, 3 images", "Axial, 2 images"]


# Case 27: the same position twice is a time or a duplicate: the tags are asked.


def test_case_27_time_points_are_stacks_each_sorted_by_position() -> None:
    facts = [
        at(5.0 * z, 10 * time + z, temporal_position=time)
        for time, z in itertools.product((1, 2), range(5))
    ]
    plans = plan_stacks(facts)
    assert [plan.label for plan in plans] == [
        "Axial, time 1 of 2, 5 images",
        "Axial, time 2 of 2, 5 images",
    ]
    assert [heights(plan) for plan in plans] == [[0, 5, 10, 15, 20]] * 2
    assert [codes(plan) for plan in plans] == [[], []]


def test_case_27_two_acquisitions_that_overlap_are_two_stacks() -> None:
    first = [at(float(z), z, acquisition_number=1) for z in range(10)]
    second = [at(float(z), 10 + z, acquisition_number=2) for z in range(7, 15)]
    assert labels(first + second) == [
        "Axial, acquisition 1 of 2, 10 images",
        "Axial, acquisition 2 of 2, 8 images",
    ]


def test_case_27_acquisition_numbers_that_run_on_do_not_split_a_volume() -> None:
    facts = [at(float(z), z, acquisition_number=z // 2) for z in range(10)]
    assert labels(facts) == ["Axial, 10 images"]


def test_case_27_times_that_only_a_clock_tells_are_ranked_at_each_position() -> None:
    facts = [
        at(5.0 * z, 10 * time + z, acquisition_time=f"10:0{time}:{10 + z}.000000")
        for time, z in itertools.product(range(3), range(4))
    ]
    plans = plan_stacks(facts)
    assert [plan.label for plan in plans] == [f"Axial, time {n} of 3, 4 images" for n in (1, 2, 3)]
    assert [one.instance_uid for one in plans[2].frames] == [
        f"1.2.{5000 * z}.{20 + z}" for z in range(4)
    ]


def test_case_27_a_clock_with_an_image_missing_is_not_ranked_but_said() -> None:
    facts = [
        at(5.0 * z, 10 * time + z, acquisition_time=f"10:0{time}:{10 + z}.000000")
        for time, z in itertools.product(range(3), range(4))
    ][:-1]
    plan = only(facts)
    assert codes(plan) == ["same-position"]
    assert len(plan.frames) == 11


def test_case_27_an_unexplained_repeat_is_one_stack_with_a_warning() -> None:
    plan = only([*volume(4), at(10.0, 99, uid="7.7")])
    assert codes(plan) == ["same-position"]
    assert heights(plan) == [0, 5, 10, 10, 15]


def test_case_27_a_gated_short_axis_run_is_a_loop_at_each_slice() -> None:
    facts = [
        at(8.0 * z, 100 * z + phase, modality="MR", trigger_time_ms=phase * 40.0 + z)
        for z, phase in itertools.product(range(3), range(10))
    ]
    plans = plan_stacks(facts)
    assert [plan.label for plan in plans] == [f"Axial, cine {n} of 3, 10 images" for n in (1, 2, 3)]
    assert [one.instance_uid for one in plans[0].frames] == [f"1.2.0.{n}" for n in range(10)]
    assert plans[1].frame_time_ms == 40


def test_case_27_few_phases_of_many_slices_are_a_volume_a_phase() -> None:
    facts = [
        at(1.0 * z, 100 * phase + z, cardiac_phase_percent=phase * 10.0)
        for z, phase in itertools.product(range(40), range(10))
    ]
    assert labels(facts)[:2] == ["Axial, phase 0 %, 40 images", "Axial, phase 10 %, 40 images"]


def test_hundreds_of_time_points_stay_one_stack_time_after_time() -> None:
    facts = [
        at(5.0 * z, 10 * time + z, modality="MR", temporal_position=time)
        for time, z in itertools.product(range(100), range(3))
    ]
    plan = only(facts)
    assert codes(plan) == ["passes"]
    assert heights(plan)[:6] == [0, 5, 10, 0, 5, 10]
    assert len(plan.frames) == 300


# Cases 22 and 23: multi-frame.


def enhanced(order: list[int], **changes: object) -> list[FrameFacts]:
    """Frames of one instance, whose in-stack positions come in the given order."""
    return [
        frame(
            "1.5",
            1,
            frame_number=number,
            modality="MR",
            position=(0.0, 0.0, 3.0 * place),
            stack_id="1",
            in_stack_position=place,
            dimension_pointers=("0020,9056", "0020,9057"),
            dimension_indices=(1, place),
            **changes,
        )
        for number, place in enumerate(order, 1)
    ]


def test_case_22_frames_of_an_enhanced_instance_are_in_spatial_order() -> None:  # C.7.6.17
    plan = only(enhanced([3, 1, 4, 2]))
    assert [one.frame_number for one in plan.frames] in ([2, 4, 1, 3], [3, 1, 4, 2])
    assert plan.label == "Axial, 4 images"
    assert plan.spacing_mm == 3


def test_case_22_a_further_dimension_splits_frames_of_equal_positions() -> None:
    facts = [
        frame(
            "1.5",
            1,
            frame_number=number,
            position=(0.0, 0.0, 3.0 * place),
            dimension_pointers=("0020,9057", "0018,9999"),
            dimension_indices=(place, kind),
        )
        for number, (place, kind) in enumerate(itertools.product((1, 2, 3), (1, 2)), 1)
    ]
    plans = plan_stacks(facts)
    assert [plan.label for plan in plans] == [
        "Axial, part 1 of 2, 3 images",
        "Axial, part 2 of 2, 3 images",
    ]
    assert [one.frame_number for one in plans[1].frames] == [2, 4, 6]


def test_case_22_stack_ids_are_stacks() -> None:
    facts = enhanced([1, 2, 3])
    other = [
        frame(
            "1.5",
            1,
            frame_number=10 + n,
            modality="MR",
            orientation=CORONAL,
            position=(0.0, 4.0 * n, 0.0),
            stack_id="2",
        )
        for n in range(3)
    ]
    assert labels(facts + other) == ["Axial, 3 images", "Coronal, 3 images"]


def test_case_22_volumes_in_several_multi_frame_instances_are_stacks() -> None:
    facts = [
        frame(f"1.{time}", time, frame_number=z + 1, position=(0.0, 0.0, 2.0 * z))
        for time, z in itertools.product((1, 2), range(5))
    ]
    assert labels(facts) == ["Axial, volume 1 of 2, 5 images", "Axial, volume 2 of 2, 5 images"]


def test_case_23_a_plain_multi_frame_is_a_stack_in_frame_order() -> None:
    run = [
        frame("1.7", 3, frame_number=n, modality="US", orientation=None, position=None)
        for n in range(1, 35)
    ]
    still = frame("1.8", 4, modality="US", orientation=None, position=None)
    plans = plan_stacks([still, *reversed(run)])
    assert [plan.label for plan in plans] == ["Cine, 34 frames", "1 image"]
    assert [one.frame_number for one in plans[0].frames] == list(range(1, 35))
    assert plans[0].key == "run:1.7"


def test_case_23_a_run_at_one_place_in_the_patient_is_a_cine() -> None:
    run = [frame("1.7", 1, frame_number=n, modality="XA") for n in range(1, 11)]
    assert labels(run) == ["Cine, 10 frames"]


# Single pictures.


def test_mammograms_are_stacks_by_view_and_side() -> None:
    views = [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]
    facts = [
        frame(
            f"1.{n}",
            n,
            modality="MG",
            orientation=None,
            position=None,
            laterality=side,
            view_position=view,
            patient_orientation=("P", "L"),
        )
        for n, (side, view) in enumerate(views)
    ]
    plans = plan_stacks(facts)
    assert [plan.label for plan in plans] == [
        "R CC, 1 image",
        "L CC, 1 image",
        "R MLO, 1 image",
        "L MLO, 1 image",
    ]
    assert [(plan.laterality, plan.view) for plan in plans] == views
    assert plans[0].patient_orientation == ("P", "L")


def test_ultrasound_stills_are_one_stack_by_number_whatever_their_size() -> None:
    facts = [
        frame(f"1.{n}", n, modality="US", orientation=None, position=None, rows=400 + n)
        for n in (3, 1, 2)
    ]
    plan = only(facts)
    assert [one.instance_uid for one in plan.frames] == ["1.1", "1.2", "1.3"]
    assert (plan.label, plan.warnings) == ("3 images", ())


def test_slices_without_positions_are_by_number_and_say_so() -> None:
    facts = [frame(f"1.{n}", n, orientation=None, position=None) for n in (10, 9, 2)]
    plan = only(facts)
    assert [one.instance_uid for one in plan.frames] == ["1.2", "1.9", "1.10"]
    assert codes(plan) == ["no-position"]


# Case 28 and what a stack is named by.


def test_case_28_several_frames_of_reference_are_said_and_none_is_claimed() -> None:
    facts = [at(float(n), n, frame_of_reference_uid=f"1.2.{n % 2}") for n in range(4)]
    plan = only(facts)
    assert codes(plan) == ["frame-of-reference"]
    assert plan.frame_of_reference_uid == ""
    assert only(volume(3)).frame_of_reference_uid == "1.2.3"


def test_a_stack_keeps_its_key_when_more_slices_arrive() -> None:
    whole = volume(20)
    assert only(whole[:7]).key == only(whole).key


def test_a_stack_keeps_its_key_when_a_second_time_point_arrives() -> None:
    first = [at(5.0 * z, z, temporal_position=1) for z in range(4)]
    second = [at(5.0 * z, 10 + z, temporal_position=2) for z in range(4)]
    before, after = only(first), plan_stacks(first + second)
    assert after[0].key == before.key
    assert after[0].frames == before.frames
    assert len({plan.key for plan in after}) == 2


def test_no_frames_are_no_stacks() -> None:
    assert plan_stacks([]) == []


def test_three_thousand_slices_are_planned_without_a_quadratic_step() -> None:
    # Not a stopwatch: what is counted is how often a frame's position is looked at.
    looks = {"position": 0}

    class Counting(FrameFacts):
        __slots__ = ()

        def __getattribute__(self, name: str) -> object:
            if name in looks:
                looks[name] += 1
            return super().__getattribute__(name)

    def counted(count: int) -> float:
        looks["position"] = 0
        facts = [
            Counting(
                instance_uid=f"1.{n}",
                frame_number=1,
                instance_number=n,
                orientation=AXIAL,
                position=(0.0, 0.0, float(n)),
            )
            for n in range(count)
        ]
        random.Random(7).shuffle(facts)
        plan_stacks(facts)
        return looks["position"] / count

    assert counted(3000) <= counted(300) * 1.5
