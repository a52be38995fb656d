"""Stacks of real series: what a person who looks at the files' tags expects."""

import random
from pathlib import Path

import pytest

from viewer.dicom.facts import FrameFacts
from viewer.dicom.header import read_instance
from viewer.stacking import StackPlan, plan_stacks

pytestmark = pytest.mark.data


def series(data_dir: Path, *names: str) -> list[FrameFacts]:
    """Facts of all displayed frames of the files, shuffled."""
    paths = [path for name in names for path in sorted(data_dir.glob(name)) if path.is_file()]
    assert paths
    facts = [frame for path in paths for frame in read_instance(path.read_bytes()).facts]
    random.Random(1).shuffle(facts)
    return facts


def only(facts: list[FrameFacts]) -> StackPlan:
    (plan,) = plan_stacks(facts)
    return plan


def codes(plan: StackPlan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def heights(plan: StackPlan) -> list[float]:
    return [frame.position[2] for frame in plan.frames if frame.position]


def test_case_24_chest_ct_runs_from_head_to_feet_by_its_positions(data_dir: Path) -> None:
    plan = only(series(data_dir, "ct-stack/lidc-0314-chest/*"))
    # Instance 111 lies at z = -515.8, 162 at -566.8, 1 mm apart; Slice Location runs the other way.
    assert heights(plan) == [pytest.approx(-515.800049 - n, abs=1e-6) for n in range(52)]
    assert (plan.label, plan.spacing_mm, plan.expected) == ("Axial, 52 images", 1.0, 52)
    # De-identification gave each slice a frame of reference of its own.
    assert codes(plan) == ["frame-of-reference"]
    assert "52 different" in plan.warnings[0].text


def test_case_24_three_liver_slices(data_dir: Path) -> None:
    plan = only(series(data_dir, "ct-stack/liver-3slice/*"))
    assert heights(plan) == [-126.690002, -127.690002, -128.690002]
    assert (plan.spacing_mm, plan.warnings) == (1.0, ())


def test_case_25_the_head_phantom_is_not_tilted(data_dir: Path) -> None:
    plan = only(series(data_dir, "ct-stack/head-phantom/*"))
    # 28 slices 5 mm apart, gantry tilt 0, straight up from z = 696.21.
    assert heights(plan) == [pytest.approx(696.21 + 5 * n, abs=1e-6) for n in range(28)]
    assert (plan.label, plan.spacing_mm, plan.warnings) == ("Axial, 28 images", 5.0, ())


def test_case_24_an_oblique_7t_mr_is_even_along_its_normal(data_dir: Path) -> None:
    plan = only(series(data_dir, "mr-stack/7t-t1w/*"))
    # Spacing Between Slices is 0.6667 mm; numbers 165 to 212.
    assert (len(plan.frames), plan.spacing_mm) == (48, pytest.approx(0.6667, abs=1e-3))
    assert plan.warnings == ()
    along = [frame.slice_mm or 0 for frame in plan.frames]
    assert along == sorted(along)


def test_case_26_series_of_a_brain_study_in_two_planes(data_dir: Path) -> None:
    files = sorted((data_dir / "mr-stack" / "ihe-study").glob("mr-*"))
    facts = [frame for path in files for frame in read_instance(path.read_bytes()).facts]
    axial = only([one for one in facts if one.instance_number and one.instance_number < 300])
    sagittal = only([one for one in facts if one.instance_number and one.instance_number > 300])
    assert (axial.label, axial.spacing_mm) == ("Axial, 20 images", 7.5)
    assert (sagittal.label, sagittal.spacing_mm) == ("Sagittal, 16 images", 7.0)
    assert codes(axial) == codes(sagittal) == []


def test_case_28_pet_and_ct_of_one_study_keep_their_own_frames_of_reference(data_dir: Path) -> None:
    ct = only(series(data_dir, "pet/ihe-petct/ct-*"))
    pet = only(series(data_dir, "pet/ihe-petct/pt-*"))
    assert (ct.label, ct.spacing_mm) == ("Axial, 10 images", 2.4)
    assert (pet.label, pet.spacing_mm) == ("Axial, 10 images", 2.4)
    # The files name two different ones: nothing may be linked between them.
    root = "1.3.6.1.4.1.14519.5.2.1.5099.8010."
    assert ct.frame_of_reference_uid == f"{root}812355329601144442952825387096"
    assert pet.frame_of_reference_uid == f"{root}100427995310253601470382577420"


def test_case_22_enhanced_ct_is_sorted_by_place_not_by_frame_number(data_dir: Path) -> None:
    facts = series(data_dir, "enhanced-multiframe/eCT_Supplemental.dcm")
    plan = only(facts)
    # Dimension Index Values (1,2) then (1,1): z = -159 comes first in the file.
    assert {frame.frame_number: frame.position[2] for frame in plan.frames if frame.position} == {
        1: -159.0,
        2: -149.0,
    }
    assert plan.spacing_mm == 10


def test_case_22_legacy_converted_frames(data_dir: Path) -> None:
    plan = only(series(data_dir, "enhanced-multiframe/legacy-converted-enhanced-ct.dcm"))
    source = only(series(data_dir, "enhanced-multiframe/legacy-source/*"))
    assert heights(plan) in (heights(source), heights(source)[::-1])
    assert sorted(heights(plan)) == [-177.75, -175.25, -172.75]


def test_case_26_philips_fmri_is_a_stack_a_time_point(data_dir: Path) -> None:
    plans = plan_stacks(series(data_dir, "enhanced-multiframe/philips-fmri-32frame.dcm"))
    assert [plan.label for plan in plans] == [
        f"Axial, time {n} of 4, 8 images" for n in (1, 2, 3, 4)
    ]
    # The file runs time by time within each slice: frame 1 to 4 lie at one place.
    assert [[frame.frame_number for frame in plan.frames] for plan in plans] == [
        [4 * place + time for place in range(8)] for time in (1, 2, 3, 4)
    ]


def test_case_26_a_field_map_is_apart_from_its_magnitude(data_dir: Path) -> None:
    plans = plan_stacks(series(data_dir, "enhanced-multiframe/philips-b0map.dcm"))
    assert sorted(len(plan.frames) for plan in plans) == [32, 32]
    assert [plan.spacing_mm for plan in plans] == [4.0, 4.0]


@pytest.mark.parametrize(
    ("name", "count", "spacing_mm"),
    [
        ("hyperfine-8frame.dcm", 8, 5.0),
        ("siemens-vida-via-agfa-pacs.dcm", 25, 3.3),
        ("siemens-vida-xa-enhanced.dcm", 25, 3.3),
        ("siemens-xa10-bold.dcm", 6, 2.4),
        ("siemens-xa30-colour-fa.dcm", 39, 3.0),
    ],
)
def test_case_22_enhanced_mr_volumes(
    data_dir: Path, name: str, count: int, spacing_mm: float
) -> None:
    plan = only(series(data_dir, f"enhanced-multiframe/{name}"))
    assert (len(plan.frames), plan.spacing_mm) == (count, spacing_mm)
    assert plan.warnings == ()


def test_case_26_a_two_plane_scout_is_a_localizer_and_a_rotating_projection_one_stack(
    data_dir: Path,
) -> None:
    scout = only(series(data_dir, "dicomdir/mixed/98892001/CT2N/*"))
    assert scout.label == "Localizer, 2 images"
    turn = only(series(data_dir, "dicomdir/mixed/98892003/MR700/*"))
    # Numbered 1 to 7 by the scanner, each turned 17 degrees further.
    assert (turn.label, len(turn.orientations)) == ("Mixed planes, 7 images", 7)
    assert codes(turn) == ["mixed-orientation"]


def test_missing_slices_of_a_thinned_head_ct(data_dir: Path) -> None:
    plan = only(series(data_dir, "dicomdir/mixed/77654033/CT2/*"))
    # z = -99.48, 103.02, 104.27, 105.52: 202.5 mm of 1.25 mm slices are not there.
    assert plan.warnings[0].text == "161 slices seem to be missing: 4 received, 165 expected."


def test_case_23_runs_of_ultrasound_and_angiography(data_dir: Path) -> None:
    for pattern in ("us-cine/*", "xa-cine/*"):
        for path in sorted(data_dir.glob(pattern + ".dcm")):
            facts = list(read_instance(path.read_bytes()).facts)
            if len(facts) > 1:
                plan = only(facts)
                assert plan.label == f"Cine, {len(facts)} frames"
                assert [frame.frame_number for frame in plan.frames] == [
                    n + 1 for n in range(len(facts))
                ]
