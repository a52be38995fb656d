"""DICOMDIR: which files a medium's index names (PS3.3 F, PS3.10 8). Names are data, not paths."""

import re
from mmap import mmap

from telerad.errors import TeleradError
from viewer.dicom.limits import DEFAULT_LIMITS, Limits
from viewer.dicom.scan import scan

_MEDIA_STORAGE_DIRECTORY = re.compile(rb"1\.2\.840\.10008\.1\.3\.10(?![0-9.])")
_RECORDS = 0x00041220  # Directory Record Sequence
_REFERENCED_FILE = 0x00041500  # Referenced File ID
# The SOP class stands in the meta information, at the beginning of the file.
_META_BYTES = 1024


def is_dicomdir(start: bytes) -> bool:
    """Return whether a file that begins with ``start`` (1 KiB of it) is a DICOMDIR."""
    return _MEDIA_STORAGE_DIRECTORY.search(start[:_META_BYTES]) is not None


def referenced_files(
    buffer: bytes | mmap | memoryview, limits: Limits = DEFAULT_LIMITS
) -> list[tuple[str, ...]]:
    """Return each Referenced File ID (0004,1500) as its components, in the order of the records.

    An index that cannot be read names nothing: the files of the medium are found without it.
    """
    try:
        records = scan(buffer, limits).elements.items(_RECORDS)
    except TeleradError:
        return []
    return [name for record in records if (name := record.codes(_REFERENCED_FILE))]
