"""Whether stored bytes and rows agree: damaged and missing blobs, and blobs without a row."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from telerad.errors import TeleradError
from viewer.models import Blob
from viewer.store import BlobStore

# A blob is written before its row: a younger one may belong to an import that is still running.
ORPHAN_SECONDS = 24 * 3600
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A blob that is not as it should be."""

    sha256: str
    text: str


def damaged(store: BlobStore) -> Iterator[Finding | None]:
    """Hash every blob that has a row; yield what is wrong with it, or None, one by one."""
    for digest in Blob.objects.values_list("sha256", flat=True).iterator(_ROWS_AT_ONCE):
        try:
            store.verify(digest)
            yield None
        except TeleradError as error:
            yield Finding(digest, str(error))


def orphans(store: BlobStore, now: float | None = None) -> Iterator[str]:
    """Yield blobs that no row names and that no running import can still be about to name."""
    before = (time.time() if now is None else now) - ORPHAN_SECONDS
    batch: list[str] = []
    for digest, stored_at in store.digests():
        if stored_at < before:
            batch.append(digest)
        if len(batch) >= _ROWS_AT_ONCE:
            yield from _without_row(batch)
            batch = []
    yield from _without_row(batch)


def _without_row(digests: list[str]) -> list[str]:
    named = set(Blob.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    return [digest for digest in digests if digest not in named]
