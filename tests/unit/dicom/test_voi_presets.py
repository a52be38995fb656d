"""The file's windows and VOI LUTs (correctness cases 2 to 4, F13)."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tests.dicom_factory import IMPLICIT_LITTLE, dataset, lut_item, raw, sequence
from tests.unit.dicom.reading import header, notes
from viewer.pixels.types import LookupTable, Window

CENTER, WIDTH = 0x00281050, 0x00281051


def windows(ds: Dataset) -> list[tuple[float, float, str, str]]:
    """Return the windows offered for a data set's first frame."""
    return [
        (preset.center, preset.width, preset.function, preset.name)
        for preset in header(ds).presets
        if isinstance(preset, Window)
    ]


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
    ds.add_new(0x7FE00008, "OF", np.array([0, 1], "<f4").tobytes())
    made = header(ds)
    assert made.number == "float"
    assert made.presets == (Window(0.5, 0.25, "LINEAR_EXACT"),)


def test_case_02_a_linear_window_that_makes_float_pixels_a_threshold_is_exact_and_told() -> None:
    ds = dataset(
        "OT", rows=1, columns=2, BitsAllocated=32, WindowCenter=[0.5, 50], WindowWidth=[1, 100],
        VOILUTFunction="LINEAR",
    )  # fmt: skip
    del ds.PixelData
    ds.add_new(0x7FE00008, "OF", np.array([0, 1], "<f4").tobytes())
    assert windows(ds) == [(0.5, 1, "LINEAR_EXACT", ""), (50, 100, "LINEAR", "")]
    assert any("LINEAR_EXACT is used" in note for note in notes(ds))


@pytest.mark.parametrize(
    ("kind", "largest", "window"),
    [
        ("BINARY", None, (1, 2, "LINEAR", "Segmentation")),
        ("FRACTIONAL", 255, (128, 256, "LINEAR", "Segmentation")),
        ("FRACTIONAL", 128, (64.5, 129, "LINEAR", "Segmentation")),
    ],
)
def test_a_segmentation_is_shown_from_nothing_to_all_of_a_pixel(  # C.8.20.2
    kind: str, largest: int | None, window: tuple[float, float, str, str]
) -> None:
    ds = dataset(
        "SEG", SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", SegmentationType=kind,
        MaximumFractionalValue=largest,
    )  # fmt: skip
    assert windows(ds) == [window]
    center, width = window[:2]
    # C.11.2.1.2.1: 0 is black and the largest value white, nothing beyond either.
    assert center - 0.5 - (width - 1) / 2 == 0
    assert center - 0.5 + (width - 1) / 2 == (largest or 1)


@pytest.mark.parametrize("modality", ["US", "XA", "OT"])
def test_grays_of_eight_bits_are_shown_as_they_are_stored(modality: str) -> None:
    bits: dict[str, Any] = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "pixels": bytes(16)}
    assert windows(dataset(modality, **bits)) == [(128, 256, "LINEAR", "Full range")]
    # C.11.2.1.2.1: ((x - 127.5) / 255 + 0.5) * 255 is x.
    assert windows(dataset(modality, **bits, WindowCenter=40, WindowWidth=80)) == [
        (40, 80, "LINEAR", "")
    ]


@pytest.mark.parametrize(
    ("modality", "values"),
    [
        ("NM", {}),
        ("CT", {}),
        ("US", {"RescaleSlope": 2, "RescaleIntercept": 0}),
        ("US", {"PixelRepresentation": 1}),
        ("US", {"BitsAllocated": 16, "BitsStored": 9, "HighBit": 8, "pixels": bytes(32)}),
    ],
)
def test_counts_units_and_more_bits_have_no_full_range(
    modality: str, values: dict[str, Any]
) -> None:
    bits: dict[str, Any] = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "pixels": bytes(16)}
    assert windows(dataset(modality, **(bits | values))) == []


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
