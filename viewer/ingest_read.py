"""One received file: counted, hashed, its preamble zeroed, parsed. Touches no row."""

import hashlib
import json
import logging
import mmap
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from isal import isal_zlib

from telerad.errors import TeleradError
from viewer.dicom.facts import ParsedInstance, facts_to_json
from viewer.dicom.header import read_instance
from viewer.dicom.scan import PREAMBLE_AND_MORE, has_preamble
from viewer.identity import Identity
from viewer.pixels.descriptor import header_to_json
from viewer.store.base import CHUNK_BYTES, Source

logger = logging.getLogger("telerad.ingest")

# A larger file is not held in memory, but copied once to the store's staging folder and mapped
# there: a map of foreign media would kill the process when the medium fails.
IN_MEMORY_BYTES = 4 * 1024**2
_PREAMBLE_BYTES = 128
INTERNAL = "Telerad failed on this file by an error of its own; the operator's log names it."


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that somebody sends. ``name`` is for people, never a path of ours.

    One of the reasons is set by who listed the file, when its bytes are not to be looked at, or
    (``missing_because``) when an index names it and it is not there.
    """

    name: str
    source: Path | bytes = b""
    left_out_because: str = ""
    refused_because: str = ""
    missing_because: str = ""


@dataclass(slots=True)
class Loaded:
    """The bytes of a file: as ``sha256`` was received, as ``stored_sha256`` is to be kept."""

    file: IncomingFile
    sha256: str = ""
    size: int = 0
    stored_sha256: str = ""
    source: Source = b""
    refused_because: str = ""

    @property
    def bytes_in_memory(self) -> int:
        """How much memory the file takes while it is worked on."""
        return 0 if isinstance(self.source, Path) else self.size

    def discard(self) -> None:
        """Remove the staged copy, if there still is one."""
        if isinstance(self.source, Path) and self.source != self.file.source:
            self.source.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Columns:
    """What of a parsed file goes into the Instance row."""

    headers: list[dict[str, Any]]
    header_index: bytes
    frame_table: bytes
    facts: bytes
    remarks: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that can be kept."""

    loaded: Loaded
    parsed: ParsedInstance
    identity: Identity
    columns: Columns


def load(file: IncomingFile, staging: Path, most_bytes: int) -> Loaded:
    """Read and hash a file; one that cannot be read, or is too large, says so. Never raises."""
    if file.left_out_because or file.refused_because or file.missing_because:
        return Loaded(file, refused_because=file.refused_because)
    try:
        if isinstance(file.source, bytes):
            return _in_memory(file, file.source, most_bytes)
        size = file.source.stat().st_size
        if size > most_bytes:
            return Loaded(file, size=size, refused_because=_too_large(most_bytes))
        if file.source.parent == staging:
            return _staged(file, file.source)
        with file.source.open("rb") as opened:
            if size <= IN_MEMORY_BYTES:
                # One byte more than there was: a file that grows meanwhile is not read for ever.
                return _in_memory(file, opened.read(IN_MEMORY_BYTES + 1), most_bytes)
            return _copied(file, opened, staging, most_bytes)
    except OSError as error:
        return Loaded(file, refused_because=f"The file cannot be read: {error.strerror}.")


def parse(loaded: Loaded) -> Candidate | str:
    """Return what a file says, or the sentence that says why it is refused."""
    try:
        with _buffer(loaded.source) as buffer:
            parsed = read_instance(buffer)
            return Candidate(loaded, parsed, Identity.of_facts(parsed.patient), _columns(parsed))
    except TeleradError as error:
        return str(error)
    except Exception as error:
        # One file never fails the others. The text of a foreign error may quote the file: left out.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        logger.error("file %s: %s at %s", loaded.sha256, type(error).__name__, where)
        return INTERNAL


def iso_time(text: str) -> time | None:
    """Return the time of an ISO 8601 text, None if it is empty or no time."""
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None


def packed_facts(parsed: ParsedInstance) -> bytes:
    """Return the facts in their column's form: zlib-compressed JSON."""
    text = json.dumps(facts_to_json(parsed.facts), separators=(",", ":"), allow_nan=False)
    packed: bytes = isal_zlib.compress(text.encode(), 1)
    return packed


def _columns(parsed: ParsedInstance) -> Columns:
    index = np.asarray(parsed.header_index, "<u2")
    return Columns(
        headers=[header_to_json(header) for header in parsed.headers],
        header_index=index.tobytes() if index.any() else b"",
        frame_table=parsed.table.to_bytes(),
        facts=packed_facts(parsed),
        remarks=parsed.remarks.to_json(),
    )


def _too_large(most_bytes: int) -> str:
    return f"The file is larger than {most_bytes // 1024**2} MiB, which is the most accepted here."


def _in_memory(file: IncomingFile, data: bytes, most_bytes: int) -> Loaded:
    if len(data) > most_bytes:
        return Loaded(file, size=len(data), refused_because=_too_large(most_bytes))
    if not data:
        return Loaded(file, hashlib.sha256().hexdigest(), refused_because="The file is empty.")
    digest = hashlib.sha256(data).hexdigest()
    if not _has_foreign_preamble(data[:PREAMBLE_AND_MORE]):
        return Loaded(file, digest, len(data), digest, data)
    # 128 free bytes can make a file an executable or a page as well as a DICOM file: PS3.10 7.1
    # gives them no meaning, so they are not kept.
    clean = bytes(_PREAMBLE_BYTES) + memoryview(data)[_PREAMBLE_BYTES:]
    return Loaded(file, digest, len(data), hashlib.sha256(clean).hexdigest(), clean)


def _has_foreign_preamble(start: bytes) -> bool:
    return has_preamble(start) and any(start[:_PREAMBLE_BYTES])


def _copied(file: IncomingFile, opened: BinaryIO, staging: Path, most_bytes: int) -> Loaded:
    """Copy a large file to the staging folder while hashing it, its preamble zeroed."""
    target = staging / f"{secrets.token_hex(12)}.import"
    received, stored, size = hashlib.sha256(), hashlib.sha256(), 0
    try:
        with target.open("xb") as copy:
            while chunk := opened.read(CHUNK_BYTES):
                received.update(chunk)
                if size == 0 and _has_foreign_preamble(chunk[:PREAMBLE_AND_MORE]):
                    chunk = bytes(_PREAMBLE_BYTES) + chunk[_PREAMBLE_BYTES:]
                stored.update(chunk)
                size += len(chunk)
                if size > most_bytes:
                    raise OSError(0, "it grew beyond the accepted size while it was read")
                copy.write(chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Loaded(file, received.hexdigest(), size, stored.hexdigest(), target)


def _staged(file: IncomingFile, path: Path) -> Loaded:
    """Hash a file that lies in the staging folder already: it is ours, and zeroed in place."""
    with path.open("r+b") as opened:
        start = opened.read(PREAMBLE_AND_MORE)
        opened.seek(0)
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        size = opened.tell()
        if size == 0:
            return Loaded(file, digest, refused_because="The file is empty.")
        if not _has_foreign_preamble(start):
            return Loaded(file, digest, size, digest, path)
        opened.seek(0)
        opened.write(bytes(_PREAMBLE_BYTES))
        opened.flush()
        opened.seek(0)
        stored = hashlib.file_digest(opened, "sha256").hexdigest()
    return Loaded(file, digest, size, stored, path)


@contextmanager
def _buffer(source: Source) -> Iterator[bytes | memoryview]:
    if not isinstance(source, Path):
        yield source if isinstance(source, bytes) else memoryview(source)
        return
    with source.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    # Not closed by hand: a view of it may still be referred to, and closing would then fail.
    yield memoryview(mapped)
