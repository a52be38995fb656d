"""Spacing, its source, and ultrasound regions (correctness cases 18 to 20, F13)."""

import pytest
from pydicom.dataset import Dataset

from tests.dicom_factory import dataset, item, raw, sequence
from tests.unit.dicom.reading import header, notes

SPACING = 0x00280030


def test_case_18_row_spacing_comes_first_and_gives_the_aspect() -> None:
    spacing = header(dataset("CT", PixelSpacing=[2.0, 0.5])).spacing
    assert (spacing.row_mm, spacing.column_mm, spacing.source) == (2.0, 0.5, "pixel-spacing")
    assert spacing.aspect == 4.0


def test_case_18_aspect_ratio_applies_where_no_spacing_is() -> None:
    spacing = header(dataset("US", PixelAspectRatio=[4, 3])).spacing
    assert (spacing.row_mm, spacing.source) == (None, "none")
    assert spacing.aspect == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    "value", [b"0\\0", b"-1\\1", b"1e999\\1", b"nan\\1", b"0.5", b"a\\b", b"1\\1\\1", b"1e-300\\1"]
)
def test_F13_a_spacing_that_cannot_be_is_uncalibrated_and_told(value: bytes) -> None:
    ds = raw(dataset("CT"), SPACING, "DS", value)
    spacing = header(ds).spacing
    assert (spacing.row_mm, spacing.column_mm, spacing.source) == (None, None, "none")
    assert any("uncalibrated" in note for note in notes(ds))


@pytest.mark.parametrize(
    ("values", "row_mm", "source", "note"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.2]}, 0.2, "at-detector", "at detector"),
        (
            {"ImagerPixelSpacing": [0.3, 0.3], "EstimatedRadiographicMagnificationFactor": 1.5},
            0.2,
            "magnification-corrected",
            "magnification 1.5",
        ),
        (
            {
                "ImagerPixelSpacing": [0.2, 0.2],
                "PixelSpacing": [0.15, 0.15],
                "PixelSpacingCalibrationType": "FIDUCIAL",
            },
            0.15,
            "calibrated",
            "calibrated by fiducial",
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.2], "PixelSpacing": [0.2, 0.2]},
            0.2,
            "at-detector",
            "at detector",
        ),
        (
            {"PixelSpacing": [0.2, 0.2]},
            0.2,
            "at-detector",
            "the file does not say whether at the detector",
        ),
        ({}, None, "none", ""),
    ],
)
def test_case_19_a_projections_spacing_says_where_it_holds(
    values: dict[str, object], row_mm: float | None, source: str, note: str
) -> None:
    spacing = header(dataset("DX", **values)).spacing
    expected = None if row_mm is None else pytest.approx(row_mm)
    assert (spacing.row_mm, spacing.source, spacing.note) == (expected, source, note)


def region(**values: object) -> Dataset:
    """Return a tissue region in cm, 0.02 cm a pixel both ways, changed as asked."""
    made = item(
        RegionLocationMinX0=10, RegionLocationMinY0=20, RegionLocationMaxX1=30,
        RegionLocationMaxY1=40, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3,
        PhysicalDeltaX=0.02, PhysicalDeltaY=0.02, RegionSpatialFormat=1, RegionDataType=1,
    )  # fmt: skip
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def test_case_20_each_ultrasound_region_has_units_and_signed_deltas_of_its_own() -> None:
    doppler = region(
        RegionSpatialFormat=3, RegionDataType=3, PhysicalUnitsXDirection=4,
        PhysicalUnitsYDirection=7, PhysicalDeltaX=0.01, PhysicalDeltaY=-1.5,
        ReferencePixelX0=0, ReferencePixelY0=5,
    )  # fmt: skip
    ds = dataset("US", SequenceOfUltrasoundRegions=sequence(region(), doppler))
    spacing = header(ds).spacing
    assert (spacing.row_mm, spacing.source, spacing.aspect) == (None, "ultrasound-regions", 1.0)
    tissue, spectrum = spacing.regions
    assert (tissue.unit_x, tissue.delta_x, tissue.kind) == ("cm", 0.02, "2D tissue")
    assert (tissue.x0, tissue.y0, tissue.x1, tissue.y1) == (10, 20, 30, 40)
    assert (spectrum.unit_x, spectrum.unit_y, spectrum.delta_y) == ("s", "cm/s", -1.5)
    assert spectrum.kind == "spectral pulsed wave"
    assert spectrum.reference_y == 5


def test_F13_an_ultrasound_region_without_a_scale_is_left_out_and_told() -> None:
    ds = dataset("US", SequenceOfUltrasoundRegions=sequence(region(PhysicalDeltaX=0.0)))
    assert header(ds).spacing.source == "none"
    assert notes(ds) == ("An ultrasound region without valid corners or scale is left out.",)
