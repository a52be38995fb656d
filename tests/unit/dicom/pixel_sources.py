"""Frame headers and tables made straight from pydicom, so that decoders are tested alone."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
from pydicom.encaps import generate_fragmented_frames

from viewer.dicom.codecs import decode_frame
from viewer.dicom.decoded import DecodedFrame
from viewer.dicom.native import frame_bits, read_native
from viewer.dicom.table import FrameTable
from viewer.pixels.types import FrameHeader, NumberForm

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
NATIVE = frozenset((IMPLICIT_LITTLE, "1.2.840.10008.1.2.1", BIG_ENDIAN, "1.2.840.10008.1.2.1.99"))
NUMBERS: dict[str, NumberForm] = {
    "PixelData": "integer",
    "FloatPixelData": "float",
    "DoubleFloatPixelData": "double",
}


def frame_header(**changed: object) -> FrameHeader:
    """A 16-bit unsigned grey header of 2 rows and 3 columns, but for what is given."""
    values: dict[str, object] = {
        "rows": 2,
        "columns": 3,
        "samples": 1,
        "photometric": "MONOCHROME2",
        "bits_allocated": 16,
        "bits_stored": 16,
        "high_bit": 15,
        "signed": False,
    }
    return FrameHeader(**(values | changed))  # type: ignore[arg-type]


def read_dataset(path: Path) -> pydicom.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, force=True)
        dataset.walk(lambda inside, element: None)  # convert all values while warnings are off
    return dataset


def syntax_of(dataset: pydicom.Dataset) -> str:
    meta = getattr(dataset, "file_meta", None)
    stated = str(meta.get("TransferSyntaxUID", "")) if meta else ""
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    return BIG_ENDIAN if not little else IMPLICIT_LITTLE if implicit else "1.2.840.10008.1.2.1"


def pixel_keyword(dataset: pydicom.Dataset) -> str | None:
    return next((keyword for keyword in NUMBERS if dataset.get(keyword)), None)


def header_of(dataset: pydicom.Dataset) -> FrameHeader:
    samples = int(dataset.SamplesPerPixel)
    bits = int(dataset.BitsAllocated)
    return FrameHeader(
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        samples=samples,
        photometric=str(dataset.PhotometricInterpretation),
        bits_allocated=bits,
        bits_stored=int(dataset.get("BitsStored", bits)),
        high_bit=int(dataset.get("HighBit", bits - 1)),
        signed=bool(dataset.get("PixelRepresentation", 0)) and samples == 1,
        number=NUMBERS[str(pixel_keyword(dataset))],
        planar_configuration=int(dataset.get("PlanarConfiguration") or 0),
    )


def native_table(
    value: bytes, header: FrameHeader, frames: int, *, vr: str = "OW", big_endian: bool = False
) -> FrameTable:
    bits = frame_bits(header)
    return FrameTable(
        kind="native",
        expected_frames=frames,
        complete_frames=min(frames, len(value) * 8 // bits),
        length=len(value),
        bits_per_frame=bits,
        vr=vr,
        big_endian=big_endian,
    )


def decoded_frames(dataset: pydicom.Dataset) -> Iterator[DecodedFrame]:
    """Every frame of a data set that pydicom has read, by our own decoders."""
    header, syntax = header_of(dataset), syntax_of(dataset)
    frames = int(dataset.get("NumberOfFrames") or 1)
    element = dataset[str(pixel_keyword(dataset))]
    value = element.value
    if syntax in NATIVE:
        vr = "OW" if element.VR == "OB or OW" else element.VR
        table = native_table(value, header, frames, vr=vr, big_endian=syntax == BIG_ENDIAN)
        for number in range(1, frames + 1):
            yield read_native(lambda at, n: value[at : at + n], table, header, number)
        return
    for fragments in generate_fragmented_frames(value, number_of_frames=frames):
        yield decode_frame(b"".join(fragments), syntax, header)
