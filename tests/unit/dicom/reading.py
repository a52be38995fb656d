"""Helpers: write a synthetic data set, read it back, and look at one part of the result."""

from pydicom.dataset import Dataset

from tests.dicom_factory import IMPLICIT_LITTLE, file_bytes
from viewer.dicom.header import read_instance
from viewer.pixels.types import FrameHeader


def header(ds: Dataset, syntax: str = IMPLICIT_LITTLE) -> FrameHeader:
    """Write and read a data set; return its first frame's header."""
    parsed = read_instance(file_bytes(ds, syntax))
    assert parsed.not_displayed_because == ""
    return parsed.headers[0]


def notes(ds: Dataset) -> tuple[str, ...]:
    """Write and read a data set; return its notes."""
    return read_instance(file_bytes(ds)).remarks.notes
