"""Headers from tags: one test or more for each correctness case that a header decides."""

import math

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tests.dicom_factory import (
    EXPLICIT_BIG,
    IMPLICIT_LITTLE,
    dataset,
    enhanced,
    file_bytes,
    item,
    lut_item,
    raw,
    sequence,
    set_palette,
)
from viewer.dicom.header import read_instance
from viewer.pixels.types import FrameHeader, LookupTable, Padding, Window

CENTER, WIDTH, SPACING = 0x00281050, 0x00281051, 0x00280030


def header(ds: Dataset, syntax: str = IMPLICIT_LITTLE) -> FrameHeader:
    """Write and read a data set; return its first frame's header."""
    parsed = read_instance(file_bytes(ds, syntax))
    assert parsed.not_displayed_because == ""
    return parsed.headers[0]


def notes(ds: Dataset) -> tuple[str, ...]:
    """Write and read a data set; return its notes."""
    return read_instance(file_bytes(ds)).remarks.notes


def windows(ds: Dataset) -> list[tuple[float, float, str, str]]:
    """Return the windows offered for a data set's first frame."""
    return [
        (preset.center, preset.width, preset.function, preset.name)
        for preset in header(ds).presets
        if isinstance(preset, Window)
    ]


# 1 to 4: windows and VOI LUTs


def test_case_02_an_absent_function_is_linear_and_the_others_are_kept() -> None:
    assert windows(dataset(WindowCenter=40, WindowWidth=400)) == [(40, 400, "LINEAR", "")]
    exact = dataset(WindowCenter=40, WindowWidth=0.5, VOILUTFunction="LINEAR_EXACT")
    assert windows(exact) == [(40, 0.5, "LINEAR_EXACT", "")]
    sigmoid = dataset(WindowCenter=40, WindowWidth=0.5, VOILUTFunction="SIGMOID")
    assert windows(sigmoid) == [(40, 0.5, "SIGMOID", "")]


def test_case_02_an_unknown_function_is_read_as_linear_and_told() -> None:
    ds = dataset(WindowCenter=40, WindowWidth=400, VOILUTFunction="CUBIC")
    assert windows(ds) == [(40, 400, "LINEAR", "")]
    assert notes(ds) == ("(0028,1056) VOI LUT Function 'CUBIC' is unknown; LINEAR is used.",)


def test_case_02_float_pixels_without_a_function_are_linear_exact() -> None:
    ds = dataset("OT", rows=1, columns=2, BitsAllocated=32, WindowCenter=0.5, WindowWidth=0.25)
    del ds.PixelData
    ds.add_new(0x7FE00008, "OF", np.float32([0, 1]).tobytes())
    made = header(ds)
    assert made.number == "float"
    assert made.presets == (Window(0.5, 0.25, "LINEAR_EXACT"),)


def test_case_03_several_windows_are_alternatives_with_their_names() -> None:
    ds = dataset(
        WindowCenter=[40, 450],
        WindowWidth=[350, 1500],
        WindowCenterWidthExplanation=["SOFT", "BONE"],
    )
    assert windows(ds) == [(40, 350, "LINEAR", "SOFT"), (450, 1500, "LINEAR", "BONE")]


def test_case_04_voi_luts_come_before_windows() -> None:
    ds = dataset(
        VOILUTSequence=sequence(lut_item(0, 8, [0, 128, 255])), WindowCenter=1, WindowWidth=2
    )
    first, second = header(ds).presets
    assert isinstance(first, LookupTable)
    assert (first.first_mapped, first.bits, first.data.tolist()) == (0, 8, [0, 128, 255])
    assert second == Window(1, 2)


def test_case_04_a_descriptor_of_0_entries_means_65536() -> None:
    ds = dataset(VOILUTSequence=sequence(lut_item(0, 16, range(65_536))))
    preset = header(ds, IMPLICIT_LITTLE).presets[0]
    assert isinstance(preset, LookupTable)
    assert len(preset.data) == 65_536
    assert preset.data[65_535] == 65_535


def test_case_04_the_first_mapped_value_is_signed_when_the_pixels_are() -> None:
    # 64512 is -1024 in 16 bits.
    ds = dataset(PixelRepresentation=1, VOILUTSequence=sequence(lut_item(64_512, 12, [0, 4095])))
    preset = header(ds).presets[0]
    assert isinstance(preset, LookupTable)
    assert preset.first_mapped == -1024
    unsigned = dataset(VOILUTSequence=sequence(lut_item(64_512, 12, [0, 4095])))
    preset = header(unsigned).presets[0]
    assert isinstance(preset, LookupTable)
    assert preset.first_mapped == 64_512


@pytest.mark.parametrize(
    ("center", "width", "function"),
    [
        (b"nan", b"400", "LINEAR"),
        (b"40", b"inf", "LINEAR"),
        (b"1e999", b"400", "LINEAR"),
        (b"40", b"-1e999", "LINEAR"),
        (b"40", b"0.5", "LINEAR"),
        (b"40", b"0", "LINEAR"),
        (b"40", b"-5", "LINEAR"),
        (b"40", b"0", "LINEAR_EXACT"),
        (b"40", b"0", "SIGMOID"),
        (b"1_0", b"400", "LINEAR"),
        (b"forty", b"400", "LINEAR"),
    ],
)
def test_F13_an_impossible_window_is_not_offered_and_told(
    center: bytes, width: bytes, function: str
) -> None:
    ds = raw(raw(dataset(VOILUTFunction=function), CENTER, "DS", center), WIDTH, "DS", width)
    assert windows(ds) == []
    assert any("is not valid for " + function in note for note in notes(ds))


def test_F13_one_impossible_window_leaves_the_others() -> None:
    ds = raw(raw(dataset(), CENTER, "DS", b"40\\nan\\50"), WIDTH, "DS", b"400\\1\\100")
    assert windows(ds) == [(40, 400, "LINEAR", ""), (50, 100, "LINEAR", "")]


# 5 to 8: modality and polarity


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


# 9, 10, 12, 36: padding, bits, sign, float


def padded(value: bytes, limit: bytes = b"", vr: str = "US", **values: object) -> Padding | None:
    """Return the padding read from a data set with these bytes in (0028,0120) and (0028,0121)."""
    ds = raw(dataset(**values), 0x00280120, vr, value)
    return header(raw(ds, 0x00280121, vr, limit) if limit else ds).padding


def test_case_09_padding_is_a_stored_value_signed_as_the_pixels_are() -> None:
    # F830 hex is 63536 unsigned and -2000 signed.
    assert padded(b"\x30\xf8") == Padding(63_536, 63_536)
    assert padded(b"\x30\xf8", PixelRepresentation=1) == Padding(-2000, -2000)
    assert padded(b"\x30\xf8", vr="SS", PixelRepresentation=1) == Padding(-2000, -2000)


def test_case_09_a_range_is_ordered_whichever_end_comes_first() -> None:
    assert padded(b"\x00\x00", b"\x1e\x00") == Padding(0, 30)
    assert padded(b"\xff\x0f", b"\xf0\x0f", PhotometricInterpretation="MONOCHROME1") == Padding(
        4080, 4095
    )


def test_case_09_padding_that_no_stored_value_can_equal_is_left_out() -> None:
    assert padded(b"\x30\xf8", BitsStored=12, HighBit=11) is None


def test_case_09_negative_padding_in_12_bits_is_found_in_either_writing() -> None:
    twelve = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}
    assert padded(b"\x30\xf8", **twelve) == Padding(-2000, -2000)
    assert padded(b"\x30\x08", **twelve) == Padding(-2000, -2000)


def test_case_10_high_bit_and_sign_are_passed_on_as_stored() -> None:
    made = header(dataset(BitsStored=12, HighBit=15, PixelRepresentation=1))
    assert (made.bits_allocated, made.bits_stored, made.high_bit) == (16, 12, 15)
    assert made.signed


@pytest.mark.parametrize(
    ("stored", "high_bit", "expected"),
    [(0, 15, (16, 15)), (17, 16, (16, 15)), (12, 3, (12, 11)), (12, 99, (12, 11))],
)
def test_F11_bits_that_cannot_be_are_replaced_and_told(
    stored: int, high_bit: int, expected: tuple[int, int]
) -> None:
    ds = dataset(BitsStored=stored, HighBit=high_bit)
    made = header(ds)
    assert (made.bits_stored, made.high_bit) == expected
    assert any("is used." in note for note in notes(ds))


def test_F11_a_planar_configuration_that_cannot_be_is_0_and_told() -> None:
    ds = dataset(
        "OT", rows=1, columns=1, SamplesPerPixel=3, PhotometricInterpretation="RGB",
        PlanarConfiguration=7, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\1\2\3\0",
    )  # fmt: skip
    assert header(ds).planar_configuration == 0
    assert notes(ds) == ("(0028,0006) Planar Configuration is 7; 0 is used.",)


def test_case_12_colour_samples_are_unsigned_whatever_the_tag_says() -> None:
    ds = dataset(
        "OT", rows=1, columns=2, SamplesPerPixel=3, PhotometricInterpretation="RGB",
        PixelRepresentation=1, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\1\2\3\4\5\6",
    )  # fmt: skip
    assert not header(ds).signed


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"BitsAllocated": 12}, "(0028,0100) Bits Allocated is 12; 1, 8, 16, 32 and 64"),
        ({"SamplesPerPixel": 4}, "(0028,0002) Samples per Pixel is 4; 1 and 3 are accepted."),
        ({"PhotometricInterpretation": "CMYK"}, "(0028,0004) Photometric Interpretation is 'CMYK'"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "its palette is incomplete"),
        ({"Rows": None}, "(0028,0010) Rows is missing; one number from 1 to 65535"),
        ({"Rows": 0}, "(0028,0010) Rows is 0;"),
        ({"Columns": [4, 4]}, "(0028,0011) Columns is 4\\4;"),
    ],
)
def test_F11_what_cannot_be_shown_is_refused_with_tag_value_and_what_is_accepted(
    values: dict[str, object], sentence: str
) -> None:
    parsed = read_instance(file_bytes(dataset(**values)))
    assert sentence in parsed.not_displayed_because
    assert parsed.headers == ()
    assert parsed.table.kind == "none"


def test_F7_rows_times_columns_above_the_cap_is_refused() -> None:
    parsed = read_instance(file_bytes(dataset(Rows=65_535, Columns=65_535)))
    assert parsed.not_displayed_because == (
        "A frame of 65535 x 65535 pixels takes 8589672450 bytes; at most 1073741824 are accepted."
    )


def test_F7_rows_written_as_a_long_are_refused_beyond_16_bits() -> None:
    ds = raw(dataset(), 0x00280010, "UL", (100_000).to_bytes(4, "little"))
    assert "Rows is 100000; one number from 1 to 65535" in (
        read_instance(file_bytes(ds)).not_displayed_because
    )


@pytest.mark.parametrize("frames", [b"0", b"-1", b"2147483647", b"99999999999999999999999"])
def test_F7_frames_that_cannot_be_are_refused_or_counted(frames: bytes) -> None:
    parsed = read_instance(file_bytes(raw(dataset(), 0x00280008, "IS", frames)))
    if parsed.not_displayed_because:
        assert "Number of Frames is" in parsed.not_displayed_because
    else:
        assert parsed.frame_count == 1  # a number beyond 64 bits is none: the length decides


def test_F7_frames_that_the_pixel_data_does_not_have_are_refused_before_they_cost() -> None:
    parsed = read_instance(file_bytes(raw(dataset(), 0x00280008, "IS", b"200000")))
    assert parsed.not_displayed_because == (
        "(0028,0008) Number of Frames is 200000, but the pixel data has 1 of them."
    )


def test_case_36_float_pixels_have_padding_tags_of_their_own() -> None:
    ds = dataset("OT", rows=1, columns=2, BitsAllocated=64, PixelPaddingValue=3)
    del ds.PixelData
    ds.add_new(0x7FE00009, "OD", np.float64([0, 1]).tobytes())
    ds.add_new(0x00280123, "FD", -1.5)
    ds.add_new(0x00280125, "FD", -9.5)
    made = header(ds)
    assert (made.number, made.bits_allocated, made.padding) == ("double", 64, Padding(-9.5, -1.5))


def test_case_36_padding_that_is_no_number_is_left_out() -> None:
    ds = dataset("OT", rows=1, columns=1, BitsAllocated=32)
    del ds.PixelData
    ds.add_new(0x7FE00008, "OF", np.float32([0]).tobytes())
    ds.add_new(0x00280122, "FL", math.nan)
    assert header(ds).padding is None


# 16: palette


def palette_dataset(entries: list[int], first: int = 0, bits: int = 16) -> Dataset:
    """Return an 8-bit palette image whose three tables are equal."""
    ds = dataset(rows=1, columns=2, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\0\1")
    return set_palette(ds, [entries] * 3, first=first, bits=bits)


def test_case_16_a_16_bit_palette_keeps_its_16_bits() -> None:
    palette = header(palette_dataset([0, 0x1234, 0xFFFF])).palette
    assert palette is not None
    assert palette.red.data.tolist() == [0, 0x1234, 0xFFFF]
    assert palette.blue.bits == 16


def test_case_16_an_8_bit_palette_has_an_entry_in_each_byte() -> None:
    for syntax in (IMPLICIT_LITTLE, "1.2.840.10008.1.2.1"):
        palette = header(palette_dataset([0, 7, 255, 9], bits=8), syntax).palette
        assert palette is not None
        assert palette.green.data.tolist() == [0, 7, 255, 9]
        assert palette.green.bits == 8


def test_case_16_a_segmented_palette_is_expanded() -> None:
    # C.7.9.2: 2 values as they are, 4 on a line to 400, the line once more by reference.
    segments = [0, 2, 100, 200, 1, 4, 400, 2, 1, 8, 0]
    ds = palette_dataset([0])
    for channel in range(3):
        ds.add_new(0x00281101 + channel, "US", [10, 0, 16])
        del ds[0x00281201 + channel]
        ds.add_new(0x00281221 + channel, "OW", np.array(segments, "<u2").tobytes())
    palette = header(ds).palette
    assert palette is not None
    assert palette.red.data.tolist() == [100, 200, 250, 300, 350, 400, 400, 400, 400, 400]


# 18 to 20: spacing


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


# 21: functional groups


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


# 23: cine


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


# 11, 35: overlays


def test_case_30_an_items_text_is_in_the_character_set_of_the_data_set_around_it() -> None:
    ds = dataset(SpecificCharacterSet="ISO_IR 100")
    lut = lut_item(0, 8, [0, 255])
    lut.LUTExplanation = "Knochen schärfer"
    ds.VOILUTSequence = sequence(lut)
    parsed = read_instance(file_bytes(ds))
    assert parsed.headers[0].presets[0].name == "Knochen schärfer"
    assert parsed.remarks.charset is None


def test_case_35_an_overlay_plane_is_found_in_the_file() -> None:
    ds = dataset(rows=4, columns=4)
    ds.add_new(0x60000010, "US", 3)
    ds.add_new(0x60000011, "US", 5)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [-1, 2])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", b"\xde\xad")
    data = file_bytes(ds)
    (overlay,) = read_instance(data).headers[0].overlays
    assert (overlay.rows, overlay.columns, overlay.group) == (3, 5, 0x6000)
    assert (overlay.origin_row, overlay.origin_column) == (-1, 2)
    assert data[overlay.value_offset : overlay.value_offset + overlay.value_length] == b"\xde\xad"
    big = read_instance(file_bytes(ds, EXPLICIT_BIG)).headers[0].overlays[0]
    assert big.big_endian_words


def test_case_11_an_old_overlay_in_an_unused_bit_is_told_by_its_bit() -> None:
    ds = dataset(BitsStored=12, HighBit=11)
    ds.add_new(0x60020010, "US", 4)
    ds.add_new(0x60020011, "US", 4)
    ds.add_new(0x60020050, "SS", [1, 1])
    ds.add_new(0x60020100, "US", 16)
    ds.add_new(0x60020102, "US", 14)
    assert notes(ds) == ()
    (overlay,) = header(ds).overlays
    assert (overlay.embedded_bit, overlay.value_length) == (14, 0)


def test_F11_an_overlay_with_too_little_data_is_left_out_and_told() -> None:
    ds = dataset()
    ds.add_new(0x60000010, "US", 400)
    ds.add_new(0x60000011, "US", 400)
    ds.add_new(0x60003000, "OW", b"\1\2")
    assert header(ds).overlays == ()
    assert notes(ds) == ("Overlay 6000 has less data than its 400 x 400 bits; it is not drawn.",)


# 41, 47: what is told


def test_case_41_the_lossy_flag_its_ratios_and_its_method_are_told() -> None:
    ds = dataset(
        LossyImageCompression="01",
        LossyImageCompressionRatio=[10, 2],
        LossyImageCompressionMethod=["ISO_10918_1", "ISO_15444_1"],
    )
    lossy = read_instance(file_bytes(ds)).remarks.lossy
    assert lossy is not None
    assert (lossy.ratio, lossy.method) == (20, "JPEG, JPEG 2000")
    assert read_instance(file_bytes(dataset(LossyImageCompression="00"))).remarks.lossy is None


def test_burned_in_annotation_is_told() -> None:
    assert read_instance(file_bytes(dataset(BurnedInAnnotation="YES"))).remarks.burned_in
    assert not read_instance(file_bytes(dataset(BurnedInAnnotation="NO"))).remarks.burned_in


def test_case_47_an_unknown_class_with_pixels_is_shown_and_told() -> None:
    parsed = read_instance(file_bytes(dataset(SOPClassUID="1.2.3.4")))
    assert parsed.frame_count == 1
    assert any("SOP class" in note for note in parsed.remarks.notes)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("1.2.840.10008.5.1.4.1.1.88.33", "a structured report"),
        ("1.2.840.10008.5.1.4.1.1.88.59", "a key object selection"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "a presentation state"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "a radiotherapy structure set"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "an encapsulated PDF document"),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", "an ECG waveform"),
        ("1.2.840.10008.5.1.4.38.1", "a hanging protocol"),
    ],
)
def test_case_47_objects_without_frames_are_named_in_words(uid: str, words: str) -> None:
    parsed = read_instance(file_bytes(dataset(SOPClassUID=uid, PixelData=None)))
    assert words in parsed.not_displayed_because


def test_case_47_a_video_is_named() -> None:
    ds = dataset("US", BitsAllocated=8, BitsStored=8, HighBit=7)
    ds.add_new(0x7FE00010, "OB", b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0")
    ds[0x7FE00010].is_undefined_length = True
    parsed = read_instance(file_bytes(ds, "1.2.840.10008.1.2.4.102"))
    assert parsed.not_displayed_because.startswith("This is a MPEG-4 AVC/H.264 video")


def test_an_object_without_uids_gets_stable_ones() -> None:
    nameless = dataset(StudyInstanceUID=None, SeriesInstanceUID=None)
    once, again = read_instance(file_bytes(nameless)), read_instance(file_bytes(nameless))
    other = read_instance(file_bytes(dataset(instance=2, StudyInstanceUID=None)))
    assert once.study_instance_uid == again.study_instance_uid
    assert once.study_instance_uid.startswith("2.25.")
    assert once.study_instance_uid != other.study_instance_uid


def test_F5_a_uid_that_is_a_path_is_replaced() -> None:
    uid = b"2.25.20261121.1.1.1"
    hostile = file_bytes(dataset()).replace(uid, b"../../../etc/passwd")
    parsed = read_instance(hostile)
    assert parsed.sop_instance_uid.replace(".", "").isdigit()


def test_F13_numbers_that_overflow_are_absent() -> None:
    ds = raw(dataset(), 0x00200013, "IS", b"9999999999999999999999")
    parsed = read_instance(file_bytes(raw(ds, 0x00200011, "IS", b"4294967296")))
    assert parsed.instance_number is None
    assert parsed.series.number is None
