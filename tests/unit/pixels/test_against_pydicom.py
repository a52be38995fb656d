"""Real files: our pictures against pydicom's transforms where pydicom is right.

pydicom returns floats in the range of the stored or rescaled values. They are scaled here from that
range, never from the frame's own minimum and maximum, and rounded half up.
"""

import csv
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.pixels.processing import apply_color_lut, apply_voi, apply_windowing

from tests.unit.pixels.headers import Decoded, color_header, gray_header
from viewer.pixels.choice import Preset
from viewer.pixels.color import to_rgb
from viewer.pixels.deep import decode_deep
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.levels import level_values
from viewer.pixels.modality import apply_modality
from viewer.pixels.render import TileRequest, tile_deep, tile_pixels
from viewer.pixels.table import display
from viewer.pixels.types import FrameHeader, LookupTable, Modality, Palette, Window

pytestmark = pytest.mark.data

NATIVE = ("Implicit VR Little Endian", "Explicit VR Little Endian", "Explicit VR Big Endian")
LARGEST_FILE_BYTES = 3_000_000


class Real(NamedTuple):
    path: str
    dataset: Dataset
    stored: np.ndarray


def real_files(folder: Path) -> Iterator[Real]:
    """Native files that pydicom reads, at most twenty of a folder, the first frame of each."""
    seen: dict[str, int] = {}
    for row in csv.DictReader((folder / "MANIFEST.csv").open(encoding="utf-8")):
        parent = str(Path(row["path"]).parent)
        if row["transfer_syntax"] not in NATIVE or int(row["bytes"]) > LARGEST_FILE_BYTES:
            continue
        if not row["rows"] or seen.get(parent, 0) >= 20:
            continue
        try:
            dataset = pydicom.dcmread(folder / row["path"])
            stored = dataset.pixel_array
        except Exception:  # Broken samples are for other tests.
            continue
        seen[parent] = seen.get(parent, 0) + 1
        if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
            stored = stored[0]
        yield Real(row["path"], dataset, stored)


@pytest.fixture(scope="module")
def files(data_dir) -> list[Real]:
    with warnings.catch_warnings():
        # Some samples are invalid on purpose; what pydicom says of them is not looked at here.
        warnings.simplefilter("ignore")
        found = list(real_files(data_dir))
    assert len(found) > 50
    return found


def lut_of(item: Dataset, *, signed: bool) -> LookupTable:
    entries, first, bits = item.LUTDescriptor
    entries = entries or 65_536
    first = first - 65_536 if signed and first > 32_767 else first
    data = item.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, np.uint8 if len(data) == entries else "<u2")
    return lookup_table(first, bits, np.atleast_1d(data)[:entries])


def gray(real: Real, **facts) -> FrameHeader:
    dataset = real.dataset
    signed = real.stored.dtype.kind == "i"
    lut = None
    if dataset.get("ModalityLUTSequence"):
        lut = lut_of(dataset.ModalityLUTSequence[0], signed=signed)
    slope, intercept = dataset.get("RescaleSlope", 1), dataset.get("RescaleIntercept", 0)
    return gray_header(
        dataset.BitsStored,
        signed=signed,
        rows=real.stored.shape[0],
        columns=real.stored.shape[1],
        modality=Modality(float(slope or 1), float(intercept or 0), lut),
        **facts,
    )


def is_gray(real: Real) -> bool:
    photometric = real.dataset.PhotometricInterpretation
    integer = real.stored.dtype.kind in "iu" and real.stored.dtype.itemsize <= 2
    return photometric.startswith("MONOCHROME") and real.stored.ndim == 2 and integer


def output_range(real: Real) -> tuple[float, float]:
    """The range that pydicom's windowing fills: of the LUT's bits, or the rescaled stored range."""
    dataset = real.dataset
    if dataset.get("ModalityLUTSequence"):
        return 0.0, 2.0 ** dataset.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    bits = dataset.BitsStored
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (
        0, 2**bits - 1
    )  # fmt: skip
    slope, intercept = (
        float(dataset.get("RescaleSlope", 1)),
        float(dataset.get("RescaleIntercept", 0)),
    )
    return low * slope + intercept, high * slope + intercept


def windows_of(dataset: Dataset) -> list[Window]:
    centers = np.atleast_1d(dataset.get("WindowCenter") or []).astype(float)
    widths = np.atleast_1d(dataset.get("WindowWidth") or []).astype(float)
    function = dataset.get("VOILUTFunction") or "LINEAR"
    return [Window(*pair, function) for pair in zip(centers, widths, strict=False)]


def test_modality_values_are_pydicoms(files) -> None:
    compared = 0
    for real in filter(is_gray, files):
        theirs = apply_modality_lut(real.stored, real.dataset)
        ours = apply_modality(real.stored, gray(real).modality)
        assert np.array_equal(ours, theirs), real.path
        compared += 1
    assert compared > 30


def test_windows_are_pydicoms_scaled_by_the_output_range(files) -> None:
    compared = 0
    for real in filter(is_gray, files):
        for index, window in enumerate(windows_of(real.dataset)):
            if window.width < 1 or real.dataset.get("VOILUTSequence"):
                continue
            values = apply_modality_lut(real.stored, real.dataset)
            if window.function == "LINEAR" and window.width == 1:
                continue
            theirs = apply_windowing(values, real.dataset, index=index)
            low, high = output_range(real)
            scaled = (theirs - low) / (high - low) * 255
            ours = display(real.stored, gray(real), window)
            assert np.abs(ours - scaled).max() <= 0.5 + 1e-6, (real.path, window)
            compared += 1
    assert compared > 30


def test_voi_luts_are_pydicoms_scaled_by_their_bits(files) -> None:
    compared = 0
    for real in filter(is_gray, files):
        if not real.dataset.get("VOILUTSequence"):
            continue
        item = real.dataset.VOILUTSequence[0]
        values = apply_modality_lut(real.stored, real.dataset)
        lut = lut_of(item, signed=values.min() < 0)
        theirs = apply_voi(values, real.dataset) * 255.0 / (2**lut.bits - 1)
        ours = display(real.stored, gray(real), lut)
        assert np.abs(ours - np.minimum(theirs, 255)).max() <= 0.5 + 1e-6, real.path
        compared += 1
    assert compared >= 1


def test_the_file_s_own_choice_is_pydicoms(files) -> None:
    for real in filter(is_gray, files):
        windows = tuple(w for w in windows_of(real.dataset)[:1] if w.width > 1)
        if not windows or real.dataset.get("VOILUTSequence"):
            continue
        header = gray(real, presets=windows)
        theirs = apply_voi_lut(apply_modality_lut(real.stored, real.dataset), real.dataset)
        low, high = output_range(real)
        request = TileRequest(choice=Preset(0))
        if max(real.stored.shape) > 1024:
            continue
        ours = tile_pixels(Decoded(real.stored), header, request)
        assert np.abs(ours - (theirs - low) / (high - low) * 255).max() <= 0.5 + 1e-6, real.path


def test_deep_tiles_hold_what_pydicom_reads(files) -> None:
    compared = 0
    for real in filter(is_gray, files):
        rows, columns = (side // 2 for side in real.stored.shape)
        # The test's decoder takes one value at a time: the middle of each frame is enough.
        part = real.stored[max(rows - 50, 0) : rows + 50, max(columns - 45, 0) : columns + 45]
        container = tile_deep(Decoded(part), gray(real), TileRequest())
        assert np.array_equal(decode_deep(container), part), real.path
        compared += 1
    assert compared > 20


def test_levels_of_real_frames_are_means_of_their_values(files) -> None:
    for real in filter(is_gray, files):
        if real.path.startswith("ct-stack") and not real.path.endswith("01.dcm"):
            continue
        header = gray(real)
        reduced = level_values(real.stored, header, 1)
        rows, columns = (side // 2 * 2 for side in real.stored.shape)
        values = real.stored if header.modality.lut is None else apply_modality_lut(
            real.stored, real.dataset
        )  # fmt: skip
        blocks = values[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).astype(float)
        means = np.floor(blocks.mean(axis=(1, 3)) + 0.5)
        assert np.array_equal(reduced.values[: rows // 2, : columns // 2], means), real.path


def test_palettes_are_pydicoms_before_scaling(files) -> None:
    compared = 0
    for real in files:
        dataset = real.dataset
        if dataset.PhotometricInterpretation != "PALETTE COLOR" or real.stored.ndim != 2:
            continue
        if "SegmentedRedPaletteColorLookupTableData" in dataset:
            continue
        luts = []
        for name in ("Red", "Green", "Blue"):
            entries, first, bits = dataset[f"{name}PaletteColorLookupTableDescriptor"].value
            raw = dataset[f"{name}PaletteColorLookupTableData"].value
            entries = entries or 65_536
            data = np.frombuffer(raw, "<u2" if len(raw) >= 2 * entries else np.uint8)
            luts.append(lookup_table(first, bits, data[:entries]))
        theirs = apply_color_lut(real.stored, dataset)
        top = 2.0 ** (8 * theirs.dtype.itemsize) - 1
        if theirs.max() <= 255:
            top = 255.0
        header = color_header("PALETTE COLOR", palette=Palette(*luts))
        ours = to_rgb(real.stored, "PALETTE COLOR", header)
        assert np.abs(ours - theirs * 255.0 / top).max() <= 0.5 + 1e-6, real.path
        compared += 1
    assert compared >= 1
