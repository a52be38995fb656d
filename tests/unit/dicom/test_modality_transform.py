"""Modality transform and polarity (correctness cases 5 to 8, F13)."""

import pytest

from tests.dicom_factory import dataset, item, lut_item, raw, sequence
from tests.unit.dicom.reading import header


def test_case_05_a_missing_rescale_is_identity_without_a_unit() -> None:
    modality = header(dataset("CT")).modality
    assert (modality.slope, modality.intercept, modality.unit) == (1, 0, "")


def test_case_05_a_rescaled_ct_is_in_hounsfield_units_unless_it_says_otherwise() -> None:
    plain = header(dataset("CT", RescaleSlope=1, RescaleIntercept=-1024)).modality
    assert (plain.slope, plain.intercept, plain.unit) == (1, -1024, "HU")
    named = header(dataset("CT", RescaleSlope=2, RescaleIntercept=0, RescaleType="Z_EFF"))
    assert named.modality.unit == "Z"
    unspecified = header(dataset("CT", RescaleSlope=2, RescaleIntercept=0, RescaleType="US"))
    assert unspecified.modality.unit == ""
    assert header(dataset("MR", RescaleSlope=2, RescaleIntercept=0)).modality.unit == ""


def test_case_05_a_modality_lut_replaces_the_rescale() -> None:
    ds = dataset("CR", ModalityLUTSequence=sequence(lut_item(10, 12, [5, 6, 7])))
    modality = header(ds).modality
    assert modality.lut is not None
    assert (modality.lut.first_mapped, modality.lut.data.tolist()) == (10, [5, 6, 7])
    assert (modality.slope, modality.intercept) == (1, 0)


@pytest.mark.parametrize("slope", [b"0", b"nan", b"inf", b"x", b"1e300"])
def test_F13_a_slope_that_cannot_be_is_not_used_and_told(slope: bytes) -> None:
    ds = raw(dataset(RescaleIntercept=0), 0x00281053, "DS", slope)
    modality = header(ds).modality
    assert (modality.slope, modality.unit) == (1, "")
    assert modality.note == "The rescale of the file is not usable; values are as stored."


@pytest.mark.parametrize("relationship", ["LOG", "DISP"])
@pytest.mark.parametrize("modality", ["XA", "RF"])
def test_case_06_logarithmic_projections_are_shown_without_their_modality_transform(
    relationship: str, modality: str
) -> None:
    ds = dataset(
        modality,
        PixelIntensityRelationship=relationship,
        ModalityLUTSequence=sequence(lut_item(0, 12, range(100))),
    )
    read = header(ds).modality
    assert read.lut is None
    assert "is not applied" in read.note


def test_case_06_linear_projections_keep_it() -> None:
    ds = dataset(
        "XA",
        PixelIntensityRelationship="LIN",
        ModalityLUTSequence=sequence(lut_item(0, 12, range(100))),
    )
    assert header(ds).modality.lut is not None


def test_case_07_a_window_in_stored_units_of_a_pet_keeps_stored_values_and_says_so() -> None:
    # Stored 0 to 32767 mean 0 to 3.3 here: a window of 16000 at 8000 is not of that range.
    ds = dataset(
        "PT", BitsStored=15, HighBit=14, RescaleSlope=0.0001, RescaleIntercept=0, Units="BQML",
        WindowCenter=8000, WindowWidth=16000,
    )  # fmt: skip
    modality = header(ds).modality
    assert (modality.slope, modality.unit) == (1, "")
    assert "in stored values" in modality.note


def test_case_07_a_window_in_rescaled_units_of_a_pet_keeps_the_rescale() -> None:
    ds = dataset(
        "PT", RescaleSlope=9.12, RescaleIntercept=0, Units="BQML", WindowCenter=30157,
        WindowWidth=54282,
    )  # fmt: skip
    modality = header(ds).modality
    assert (modality.slope, modality.unit) == (9.12, "Bq/ml")


def test_case_07_real_world_values_name_the_unit_where_no_rescale_competes() -> None:
    units = item(CodeValue="mm2/s", CodingSchemeDesignator="UCUM", CodeMeaning="")
    mapping = item(
        RealWorldValueSlope=0.001,
        RealWorldValueIntercept=0.5,
        MeasurementUnitsCodeSequence=sequence(units),
    )
    ds = dataset("MR", RealWorldValueMappingSequence=sequence(mapping))
    modality = header(ds).modality
    assert (modality.slope, modality.intercept, modality.unit) == (0.001, 0.5, "mm2/s")


def test_rt_dose_is_scaled_to_gray() -> None:
    modality = header(dataset("RTDOSE", DoseGridScaling="0.001", DoseUnits="GY")).modality
    assert (modality.slope, modality.unit) == (0.001, "Gy")


def test_case_08_monochrome1_and_an_inverse_presentation_lut_invert_once() -> None:
    assert not header(dataset("DX")).inverted
    assert header(dataset("DX", PhotometricInterpretation="MONOCHROME1")).inverted
    both = dataset("DX", PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")
    assert header(both).inverted
    assert header(dataset("DX", PresentationLUTShape="INVERSE")).inverted
    assert not header(dataset("DX", PresentationLUTShape="IDENTITY")).inverted
