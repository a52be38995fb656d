"""What a blob store promises, and what can go wrong with a blob."""

import mmap
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from telerad.errors import Invalid, Kind, TeleradError

# Bytes of a blob: in memory, in a map, or in a file.
Source = bytes | bytearray | memoryview | mmap.mmap | Path

# How much of a blob is in memory at once while it is copied, hashed or sent.
CHUNK_BYTES = 1024**2

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobMissing(TeleradError):
    """A row names bytes that the store does not have: never answered with another picture."""

    kind = Kind.UNAVAILABLE


class BlobDamaged(TeleradError):
    """The stored bytes are not the bytes that were put: wrong digest or too short."""

    kind = Kind.UNAVAILABLE


class StoreUnavailable(TeleradError):
    """The store does not take or give bytes now (down, slow, full); nothing was half kept."""

    kind = Kind.UNAVAILABLE


class BlobStore(Protocol):
    """Immutable bytes by the SHA-256 of their content, as 64 lower-case hexadecimal digits.

    A digest of another form is refused with :class:`telerad.errors.Invalid`, so that no name from
    outside ever becomes a path. The caller has hashed what it puts; :meth:`verify` hashes again.
    """

    @property
    def staging(self) -> Path:
        """A folder for files in the making; ``put`` moves a file from here and copies any other."""

    def put(self, source: Source, sha256: str) -> None:
        """Keep ``source`` under its digest; durable on return. Present already: nothing changes."""

    def put_many(self, blobs: Iterable[tuple[str, Source]]) -> None:
        """Keep several; all are durable on return. An error leaves some or none of them kept."""

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; :class:`BlobDamaged` if there are fewer."""

    def open_map(self, sha256: str) -> memoryview | None:
        """Return a read-only view of the whole blob without reading it, or None if not local."""

    def local_path(self, sha256: str) -> Path | None:
        """Return the blob's file for reading in another process, or None if it is not local."""

    def size(self, sha256: str) -> int:
        """Return the number of stored bytes; :class:`BlobMissing` if there are none."""

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is here."""

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes ``start <= i < end`` (to the end if None) in bounded chunks."""

    def verify(self, sha256: str) -> None:
        """Hash the stored bytes again; :class:`BlobDamaged` if they are not what the name says."""

    def delete(self, sha256: str) -> None:
        """Remove the blob; no error if it is not here."""

    def digests(self) -> Iterator[tuple[str, float]]:
        """Yield (digest, Unix time of storing) of all blobs in no order, for sweeps and checks."""


def blob_key(sha256: str) -> str:
    """Return the relative name ``ab/abcdef...`` of a blob.

    Raises Invalid if ``sha256`` is not 64 lower-case hexadecimal digits.
    """
    if not _DIGEST.fullmatch(sha256):
        raise Invalid("A blob is named by 64 lower-case hexadecimal digits, and this name is not.")
    return f"{sha256[:2]}/{sha256}"


def is_digest(text: str) -> bool:
    """Return whether ``text`` has the form of a blob's name."""
    return _DIGEST.fullmatch(text) is not None


def missing(sha256: str) -> BlobMissing:
    """Return the error for a blob that is not in the store."""
    return BlobMissing(f"The stored file {sha256[:12]} is missing from the store.")


def too_short(sha256: str, offset: int, length: int) -> BlobDamaged:
    """Return the error for a range that the stored bytes do not reach."""
    return BlobDamaged(
        f"The stored file {sha256[:12]} ends before byte {offset + length}: it is damaged."
    )


def wrong_digest(sha256: str) -> BlobDamaged:
    """Return the error for stored bytes that do not hash to their name."""
    return BlobDamaged(f"The stored file {sha256[:12]} is damaged: its SHA-256 has changed.")
