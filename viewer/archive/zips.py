"""ZIP archives, entry by entry. What an entry claims about itself is not believed.

Names of entries are shown to people and never used as paths.
"""

import secrets
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from viewer.archive.limits import GIBI, ArchiveLimits
from viewer.archive.names import is_zip, left_out_because, shown
from viewer.dicom.media import is_dicomdir
from viewer.ingest_read import IncomingFile

_CHUNK_BYTES = 1024**2
# A file is read by its receiver before this many further ones are asked for.
_TEMPORARY_FILES_KEPT = 64
_ENCRYPTED_FLAG = 1

# End of central directory, PKWARE APPNOTE 4.3.16: signature, disks, entries, size, offset, comment.
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_MOST_END_BYTES = _END.size + 65_535

NESTED = "This ZIP lies in a ZIP that lies in a ZIP; unpack the outer ones first."
ENCRYPTED = "This file is encrypted in its ZIP; unpack it with its password first."
INDEX = "A DICOMDIR: the files it names are read themselves."


@dataclass(slots=True)
class Budget:
    """What unpacking may still cost; shared by an archive and those inside it."""

    limits: ArchiveLimits
    packed_bytes: int
    unpacked_bytes: int = 0

    def spend(self, count: int) -> None:
        """Count unpacked bytes; raises Exhausted with the reason when a bound is passed."""
        self.unpacked_bytes += count
        limits = self.limits
        if self.unpacked_bytes > limits.max_total_bytes:
            raise Exhausted(
                f"The archive unpacks to more than {limits.max_total_bytes / GIBI:g} GiB."
            )
        if self.unpacked_bytes > limits.free_bytes + limits.max_ratio * self.packed_bytes:
            raise Exhausted(
                f"The archive unpacks to more than {limits.max_ratio} times its size, which "
                "images do not."
            )


class Exhausted(Exception):
    """A bound of the whole archive is passed."""


class Temporaries:
    """Temporary files of entries that are too large for memory; the oldest are removed first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: deque[Path] = deque()

    def new(self) -> Path:
        """Return the path of a file that does not exist yet."""
        while len(self._files) >= _TEMPORARY_FILES_KEPT:
            self._files.popleft().unlink(missing_ok=True)
        path = self._folder / secrets.token_hex(12)
        self._files.append(path)
        return path


def expand(
    path: Path, name: str, temporaries: Temporaries, budget: Budget, *, inside: bool = False
) -> Iterator[IncomingFile]:
    """Yield the files of an archive, each accounted for; ``name`` stands before their names.

    An archive ``inside`` another is expanded, one inside that is refused. What is beyond a bound is
    one refused entry that says so.
    """
    if refused := _why_not_opened(path, budget.limits):
        yield IncomingFile(name, refused_because=refused)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            for done, entry in enumerate(entries):
                try:
                    yield from _entry(archive, entry, name, temporaries, budget, inside)
                except Exhausted as reason:
                    left = f" {len(entries) - done} of its files were not read."
                    yield IncomingFile(name, refused_because=f"{reason}{left}")
                    return
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, struct.error):
        yield IncomingFile(
            name, refused_because="This ZIP is damaged: its contents are not listed."
        )


def _why_not_opened(path: Path, limits: ArchiveLimits) -> str:
    """Return why an archive is not even listed: its table of contents would be too large."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _MOST_END_BYTES))
        tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        return "This ZIP is damaged: it has no table of contents."
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    # 0xFFFF and 0xFFFFFFFF say that the true figures are in the ZIP64 record: beyond ours anyway.
    if entries > limits.max_entries or directory_bytes > limits.max_directory_bytes:
        return (
            f"This ZIP holds more than {limits.max_entries} files; send the folder itself, or "
            "several smaller archives."
        )
    return ""


def _entry(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    before: str,
    temporaries: Temporaries,
    budget: Budget,
    inside: bool,
) -> Iterator[IncomingFile]:
    name = f"{before}/{shown(entry.filename)}"
    if entry.flag_bits & _ENCRYPTED_FLAG:
        yield IncomingFile(name, refused_because=ENCRYPTED)
        return
    try:
        with archive.open(entry) as opened:
            yield from _opened(opened, name, temporaries, budget, inside)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        yield IncomingFile(name, refused_because="This file is damaged in its ZIP.")
    except (NotImplementedError, RuntimeError):
        text = "This file is packed in its ZIP by a method that is not supported."
        yield IncomingFile(name, refused_because=text)


def _opened(
    opened: BinaryIO, name: str, temporaries: Temporaries, budget: Budget, inside: bool
) -> Iterator[IncomingFile]:
    most = budget.limits.in_memory_bytes
    # One byte more than fits: then it does not.
    data = _read(opened, most + 1, budget)
    left_out = left_out_because(name, data[:132])
    if left_out or is_dicomdir(data[:1024]):
        yield IncomingFile(name, left_out_because=left_out or INDEX)
        return
    if not is_zip(data[:132]) and len(data) <= most:
        yield IncomingFile(name, data)
        return
    path = temporaries.new()
    with path.open("xb") as file:
        file.write(data)
        while chunk := _read(opened, _CHUNK_BYTES, budget):
            file.write(chunk)
    if not is_zip(data[:132]):
        yield IncomingFile(name, path)
    elif inside:
        yield IncomingFile(name, refused_because=NESTED)
    else:
        yield from expand(path, name, temporaries, budget, inside=True)
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _read(opened: BinaryIO, length: int, budget: Budget) -> bytes:
    parts = []
    while length > 0 and (part := opened.read(min(length, _CHUNK_BYTES))):
        budget.spend(len(part))
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
