"""Small synthetic DICOM files: no patient's data, each value chosen by the test that asks.

``file_bytes(dataset(...))`` is a whole Part 10 file. Tests that need broken bytes build them from
:func:`element` and :func:`part10`, because pydicom does not write what is not DICOM.
"""

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
    "US": "1.2.840.10008.5.1.4.1.1.3.1",
    "XA": "1.2.840.10008.5.1.4.1.1.12.1",
    "RF": "1.2.840.10008.5.1.4.1.1.12.2",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "OT": "1.2.840.10008.5.1.4.1.1.7",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
    "SR": "1.2.840.10008.5.1.4.1.1.88.11",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
}
_ROOT = "2.25.20261121"


def dataset(
    modality: str = "CT",
    *,
    rows: int = 4,
    columns: int = 4,
    frames: int | None = None,
    pixels: NDArray[Any] | bytes | None = None,
    study: int = 1,
    series: int = 1,
    instance: int = 1,
    **values: Any,
) -> Dataset:
    """Return an image's data set; ``values`` are keywords that replace or, when None, remove.

    Without ``pixels`` they are 16-bit and count up from 0. UIDs follow from the three numbers, so
    two calls with the same numbers mean the same object.
    """
    ds = Dataset()
    ds.SOPClassUID = CLASSES.get(modality, CLASSES["OT"])
    ds.SOPInstanceUID = f"{_ROOT}.{study}.{series}.{instance}"
    ds.StudyInstanceUID = f"{_ROOT}.{study}"
    ds.SeriesInstanceUID = f"{_ROOT}.{study}.{series}"
    ds.Modality = modality
    ds.PatientName = "Test^Synthetic"
    ds.PatientID = "T1"
    ds.StudyDate = "20261121"
    ds.SeriesNumber = str(series)
    ds.InstanceNumber = str(instance)
    ds.Rows, ds.Columns = rows, columns
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelRepresentation = 0
    if frames is not None:
        ds.NumberOfFrames = str(frames)
    if pixels is None:
        pixels = np.arange(rows * columns * (frames or 1), dtype="<u2")
    ds.add_new(0x7FE00010, "OW", pixels if isinstance(pixels, bytes) else pixels.tobytes())
    return changed(ds, **values)


def changed(ds: Dataset, **values: Any) -> Dataset:
    """Set keywords of a data set in place, or remove those that are None; return it."""
    for keyword, value in values.items():
        if value is None:
            if keyword in ds:
                delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def raw(ds: Dataset, tag: int, vr: str, value: bytes) -> Dataset:
    """Put bytes into an element as they are, malformed or not (little-endian files only)."""
    made: DataElement | RawDataElement
    if vr in ("US", "SS", "UL", "SL"):
        made = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
    else:
        made = DataElement(
            tag, vr, value.decode("latin_1"), already_converted=True, validation_mode=IGNORE
        )
    ds._dict[Tag(tag)] = made
    return ds


def item(**values: Any) -> Dataset:
    """Return a sequence item."""
    return changed(Dataset(), **values)


def sequence(*items: Dataset) -> DicomSequence:
    """Return a sequence of items."""
    return DicomSequence(items)


def lut_item(first: int, bits: int, entries: Sequence[int], *, signed: bool = False) -> Dataset:
    """Return a Modality or VOI LUT item; 65,536 entries are written as 0 (PS3.3 C.11.1.1.1)."""
    made = Dataset()
    vr = "SS" if signed else "US"
    made.add(DataElement(0x00283002, vr, [len(entries) & 0xFFFF, first, bits]))
    made.add(DataElement(0x00283006, "OW", np.array(entries, "<u2").tobytes()))
    return made


def set_palette(ds: Dataset, entries: Sequence[Sequence[int]], *, first: int, bits: int) -> Dataset:
    """Give a data set its red, green and blue tables and PALETTE COLOR."""
    ds.PhotometricInterpretation = "PALETTE COLOR"
    for index, channel in enumerate(entries):
        form = "u1" if bits == 8 else "<u2"
        ds.add(DataElement(0x00281101 + index, "US", [len(channel) & 0xFFFF, first, bits]))
        ds.add(DataElement(0x00281201 + index, "OW", np.array(channel, form).tobytes()))
    return ds


def slices(
    count: int, *, modality: str = "CT", spacing_mm: float = 2.5, **values: Any
) -> list[Dataset]:
    """Return axial slices of one series, the first at z = 0, ``spacing_mm`` apart."""
    return [
        dataset(
            modality,
            instance=number,
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[0, 0, (number - 1) * spacing_mm],
            PixelSpacing=[0.5, 0.5],
            SliceThickness=spacing_mm,
            FrameOfReferenceUID=f"{_ROOT}.9",
            **values,
        )
        for number in range(1, count + 1)
    ]


def enhanced(
    frames: int,
    per_frame: Iterable[Dataset],
    shared: Dataset,
    modality: str = "MR",
    **values: Any,
) -> Dataset:
    """Return a multi-frame data set with functional groups (PS3.3 C.7.6.16)."""
    made = dataset(modality, frames=frames, **values)
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    made.SharedFunctionalGroupsSequence = sequence(shared)
    made.PerFrameFunctionalGroupsSequence = sequence(*per_frame)
    return made


def file_bytes(
    ds: Dataset, transfer_syntax: str = EXPLICIT_LITTLE, *, preamble: bytes = b""
) -> bytes:
    """Return the whole file; a deflated data set is deflated, frames are as the caller put them."""
    ds = Dataset(ds)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", CLASSES["OT"])
    instance_uid = str(ds.get("SOPInstanceUID", _ROOT))
    is_valid = instance_uid.replace(".", "").isdigit()
    meta.MediaStorageSOPInstanceUID = instance_uid if is_valid else _ROOT
    meta.TransferSyntaxUID = transfer_syntax
    ds.file_meta = meta
    ds.preamble = preamble.ljust(128, b"\0")
    out = io.BytesIO()
    ds.save_as(
        out,
        implicit_vr=transfer_syntax == IMPLICIT_LITTLE,
        little_endian=transfer_syntax != EXPLICIT_BIG,
        enforce_file_format=True,
    )
    return out.getvalue()


def encapsulated(
    ds: Dataset,
    frames: Sequence[bytes],
    transfer_syntax: str,
    *,
    fragments: int = 1,
    bot: bool = True,
) -> bytes:
    """Return a file whose pixel data is ``frames``, each in some fragments (PS3.5 A.4)."""
    made = Dataset(ds)
    value = encapsulate(list(frames), fragments_per_frame=fragments, has_bot=bot)
    made.add_new(0x7FE00010, "OB", value)
    made[0x7FE00010].is_undefined_length = True
    return file_bytes(made, transfer_syntax)


_LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """Return an explicit little-endian element, whose length may lie."""
    said = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    tail = struct.pack("<HL", 0, said) if vr in _LONG else struct.pack("<H", said)
    return head + tail + value


def part10(data_set: bytes, transfer_syntax: str = EXPLICIT_LITTLE) -> bytes:
    """Return preamble, meta information and the given data set bytes, deflated if asked for."""
    uid = transfer_syntax.encode()
    meta = element(0x00020010, "UI", uid + b"\0" * (len(uid) % 2))
    if transfer_syntax == DEFLATED:
        stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        data_set = stream.compress(data_set) + stream.flush()
    head = element(0x00020000, "UL", struct.pack("<L", len(meta)))
    return bytes(128) + b"DICM" + head + meta + data_set
