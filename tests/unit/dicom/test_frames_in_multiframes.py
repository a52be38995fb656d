"""Functional groups, positions and timing of multi-frames (cases 21 to 24)."""

import pytest
from pydicom.dataset import Dataset

from tests.dicom_factory import dataset, enhanced, file_bytes, item, sequence
from viewer.dicom.header import read_instance
from viewer.pixels.types import Window


def test_case_21_each_macro_is_read_from_the_frame_or_from_the_shared_groups() -> None:
    def frame(center: float, z: float) -> Dataset:
        return item(
            FrameVOILUTSequence=sequence(item(WindowCenter=center, WindowWidth=100)),
            PlanePositionSequence=sequence(item(ImagePositionPatient=[0, 0, z])),
        )

    shared = item(
        PixelMeasuresSequence=sequence(item(PixelSpacing=[2, 3], SliceThickness=5)),
        PixelValueTransformationSequence=sequence(
            item(RescaleSlope=2, RescaleIntercept=-10, RescaleType="US")
        ),
        PlaneOrientationSequence=sequence(item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])),
    )
    ds = enhanced(3, [frame(50, 9), frame(60, 4), frame(50, -1)], shared)
    parsed = read_instance(file_bytes(ds))
    assert parsed.header_index == (0, 1, 0)
    first, second = parsed.headers
    assert first.presets == (Window(50, 100),)
    assert second.presets == (Window(60, 100),)
    assert (first.modality.slope, first.modality.intercept) == (2, -10)
    assert (first.spacing.row_mm, first.spacing.column_mm) == (2, 3)
    assert [one.position for one in parsed.facts] == [(0, 0, 9), (0, 0, 4), (0, 0, -1)]
    assert parsed.facts[2].orientation == (1, 0, 0, 0, 1, 0)
    assert parsed.facts[1].slice_thickness_mm == 5
    assert parsed.facts[1].row_spacing_mm == 2


def test_case_22_dimension_indices_and_what_they_count_are_kept() -> None:
    def frame(*indices: int) -> Dataset:
        content = item(
            DimensionIndexValues=list(indices), StackID="1", InStackPositionNumber=indices[1],
            TemporalPositionIndex=indices[0],
        )  # fmt: skip
        return item(FrameContentSequence=sequence(content))

    ds = enhanced(2, [frame(1, 2), frame(1, 1)], item())
    ds.DimensionIndexSequence = sequence(
        item(DimensionIndexPointer=0x00209128), item(DimensionIndexPointer=0x00209057)
    )
    facts = read_instance(file_bytes(ds)).facts
    assert facts[0].dimension_pointers == ("0020,9128", "0020,9057")
    assert [one.dimension_indices for one in facts] == [(1, 2), (1, 1)]
    assert [(one.stack_id, one.in_stack_position) for one in facts] == [("1", 2), ("1", 1)]
    assert facts[0].temporal_position == 1


def test_case_24_nm_slices_lie_by_slice_vector_in_a_spacing_that_may_be_negative() -> None:
    ds = dataset("NM", frames=3, SpacingBetweenSlices=-4, SliceVector=[1, 2, 3])
    ds.add_new(0x00280009, "AT", 0x00540080)
    ds.DetectorInformationSequence = sequence(
        item(ImagePositionPatient=[1, 2, 30], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    )
    facts = read_instance(file_bytes(ds)).facts
    assert [one.position for one in facts] == [(1, 2, 30), (1, 2, 26), (1, 2, 22)]
    assert [one.dimension_indices for one in facts] == [(1,), (2,), (3,)]
    assert facts[0].dimension_pointers == ("0054,0080",)


@pytest.mark.parametrize(
    ("orientation", "offsets", "z"),
    [
        ([1, 0, 0, 0, 1, 0], [0, 5, 10], [-50, -45, -40]),
        ([1, 0, 0, 0, -1, 0], [0, 5, 10], [-50, -55, -60]),
        ([1, 0, 0, 0, 1, 0], [-50, -45, -40], [-50, -45, -40]),
        ([1, 0, 0, 0, -1, 0], [-50, -45, -40], [-50, -45, -40]),
    ],
)
def test_case_24_dose_frames_lie_by_relative_offsets_or_by_z(
    orientation: list[int], offsets: list[int], z: list[int]
) -> None:
    ds = dataset(
        "RTDOSE", frames=3, ImagePositionPatient=[0, 0, -50], ImageOrientationPatient=orientation,
        GridFrameOffsetVector=offsets, DoseGridScaling=1,
    )  # fmt: skip
    facts = read_instance(file_bytes(ds)).facts
    assert [one.position[2] for one in facts if one.position] == z


def test_case_24_an_orientation_of_no_unit_vectors_is_not_used_and_told() -> None:
    ds = dataset(ImageOrientationPatient=[1, 0, 0, 1, 0, 0], ImagePositionPatient=[0, 0, 1])
    parsed = read_instance(file_bytes(ds))
    assert parsed.facts[0].orientation is None
    assert parsed.facts[0].position == (0, 0, 1)
    assert any("right angle" in note for note in parsed.remarks.notes)


def test_case_23_the_pointer_chooses_frame_time_or_vector() -> None:
    vector = dataset("US", frames=3, FrameTime=40, FrameTimeVector=[0, 30, 50])
    vector.add_new(0x00280009, "AT", 0x00181065)
    cine = read_instance(file_bytes(vector)).remarks.cine
    assert cine is not None
    assert (cine.frame_times_ms, cine.frame_time_ms) == ((0, 30, 50), None)
    assert (cine.source, cine.autoplay) == ("Frame Time Vector", True)
    vector.add_new(0x00280009, "AT", 0x00181063)
    cine = read_instance(file_bytes(vector)).remarks.cine
    assert cine is not None
    assert (cine.frame_time_ms, cine.frame_times_ms, cine.source) == (40, None, "Frame Time")


def test_case_23_recommended_rate_comes_before_cine_rate_and_sweep_is_told() -> None:
    ds = dataset(
        "XA", frames=2, RecommendedDisplayFrameRate=25, CineRate=15, PreferredPlaybackSequencing=1
    )
    cine = read_instance(file_bytes(ds)).remarks.cine
    assert cine is not None
    assert (cine.rate, cine.source) == (25, "Recommended Display Frame Rate")
    assert cine.sweep
    ds = dataset("XA", frames=2, CineRate=15)
    cine = read_instance(file_bytes(ds)).remarks.cine
    assert cine is not None
    assert (cine.rate, cine.source, cine.sweep) == (15, "Cine Rate", False)


def test_case_23_a_vector_of_another_length_is_not_used() -> None:
    ds = dataset("US", frames=3, FrameTimeVector=[0, 30])
    parsed = read_instance(file_bytes(ds))
    assert parsed.remarks.cine is not None
    assert parsed.remarks.cine.frame_times_ms is None
    assert parsed.remarks.notes == ("Frame Time Vector has not 3 valid times; it is not used.",)


def test_case_23_a_volume_and_a_single_frame_have_no_cine() -> None:
    assert read_instance(file_bytes(dataset("US"))).remarks.cine is None
    assert read_instance(file_bytes(dataset("CT", frames=3))).remarks.cine is None
