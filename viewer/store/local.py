"""Blobs in a folder: temporary file, fsync, rename, fsync of the directory."""

import asyncio
import contextlib
import hashlib
import mmap
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from telerad.errors import Invalid
from viewer.store.base import (
    CHUNK_BYTES,
    Source,
    StoreUnavailable,
    blob_key,
    is_digest,
    missing,
    too_short,
    wrong_digest,
)

# fsync releases the interpreter lock and the disk's journal commits what waits together, so more
# threads than processors pay (measured: 16 threads, 1,000 slices a second where one makes 500).
_FSYNC_THREADS = 16
# A slice that is looked at again costs 0.02 ms from a kept map and 0.09 ms from a new one.
_MAPS_KEPT = 512


class LocalStore:
    """A folder ``root`` with one file a blob, ``root/ab/abcdef...``, and ``root/incoming``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._staging = root / "incoming"
        self._maps: OrderedDict[str, memoryview] = OrderedDict()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._folders_made: set[Path] = set()

    @property
    def staging(self) -> Path:
        """The folder of files in the making, on the blobs' own file system; mode 0700."""
        self._make_folder(self._staging)
        return self._staging

    def put(self, source: Source, sha256: str) -> None:
        """Keep ``source``; see :class:`viewer.store.base.BlobStore`."""
        _sync_folder(self._place(sha256, source))

    def put_many(self, blobs: Iterable[tuple[str, Source]]) -> None:
        """Keep several: their fsyncs run at once, and each folder is synced once."""
        pool = self._threads()
        folders = set(pool.map(lambda blob: self._place(*blob), blobs))
        for _ in pool.map(_sync_folder, folders):
            pass

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""
        path = self._path(sha256)
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError as error:
            raise missing(sha256) from error
        try:
            found = os.pread(descriptor, length, offset)
            # One call gives at most 2 GiB.
            while 0 < len(found) < length:
                more = os.pread(descriptor, length - len(found), offset + len(found))
                if not more:
                    break
                found += more
        finally:
            os.close(descriptor)
        if len(found) != length:
            raise too_short(sha256, offset, length)
        return found

    def open_map(self, sha256: str) -> memoryview:
        """Return a read-only map of the blob; the last few hundred maps are kept open."""
        path = self._path(sha256)
        with self._lock:
            view = self._maps.get(sha256)
            if view is not None:
                self._maps.move_to_end(sha256)
                return view
        try:
            with path.open("rb") as file:
                view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except FileNotFoundError as error:
            raise missing(sha256) from error
        except ValueError as error:  # an empty file cannot be mapped
            raise too_short(sha256, 0, 1) from error
        with self._lock:
            # A dropped map closes when its last reader lets go of the view.
            self._maps[sha256] = view
            while len(self._maps) > _MAPS_KEPT:
                self._maps.popitem(last=False)
        return view

    def local_path(self, sha256: str) -> Path:
        """Return the blob's file; reading it is for decoder children only."""
        return self._path(sha256)

    def size(self, sha256: str) -> int:
        """Return the number of stored bytes."""
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise missing(sha256) from error

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is here."""
        return self._path(sha256).is_file()

    async def stream(
        self, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield a range in chunks of at most 1 MiB, each read in a thread."""
        last = await asyncio.to_thread(self.size, sha256) if end is None else end
        at = start
        while at < last:
            length = min(CHUNK_BYTES, last - at)
            yield await asyncio.to_thread(self.read, sha256, at, length)
            at += length

    def verify(self, sha256: str) -> None:
        """Hash the stored bytes again."""
        try:
            with self._path(sha256).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
        except FileNotFoundError as error:
            raise missing(sha256) from error
        if digest.hexdigest() != sha256:
            raise wrong_digest(sha256)

    def delete(self, sha256: str) -> None:
        """Remove the blob."""
        path = self._path(sha256)
        with self._lock:
            self._maps.pop(sha256, None)
        path.unlink(missing_ok=True)

    def digests(self) -> Iterator[tuple[str, float]]:
        """Yield (digest, Unix time of storing) of all blobs."""
        if not self._root.is_dir():
            return
        for folder in self._root.iterdir():
            if len(folder.name) != 2:
                continue
            for path in folder.iterdir():
                if is_digest(path.name):
                    with contextlib.suppress(FileNotFoundError):
                        yield path.name, path.stat().st_mtime

    def _path(self, sha256: str) -> Path:
        return self._root / blob_key(sha256)

    def _place(self, sha256: str, source: Source) -> Path:
        """Bring a blob's synced bytes to their name; return the folder that is yet to be synced."""
        target = self._path(sha256)
        try:
            # Even if the name is there, its folder may not have reached the disk yet: the caller
            # syncs it all the same.
            if not target.is_file():
                self._make_folder(target.parent)
                if isinstance(source, Path) and source.parent == self._staging:
                    _sync_file(source)
                    source.rename(target)
                else:
                    self._copy(source, target)
            elif isinstance(source, Path) and source.parent == self._staging:
                source.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"The blob folder does not take files: {error.strerror}."
            ) from error
        return target.parent

    def _copy(self, source: Source, target: Path) -> None:
        part = self.staging / f"{target.name[:16]}-{secrets.token_hex(8)}.part"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                if isinstance(source, Path):
                    with source.open("rb") as given:
                        while chunk := given.read(CHUNK_BYTES):
                            _write_all(file.fileno(), memoryview(chunk))
                else:
                    _write_all(file.fileno(), memoryview(source))
                os.fsync(file.fileno())
            # Two writers of one digest write the same bytes: the later rename changes nothing.
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._folders_made:
            return
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(folder.parent)
        self._folders_made.add(folder)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_FSYNC_THREADS, thread_name_prefix="blob")
            return self._pool


def local_store(root: str) -> LocalStore:
    """Return the store of an absolute folder; Invalid if it is relative."""
    path = Path(root)
    if not path.is_absolute():
        raise Invalid("BLOB_URL names no absolute folder; accepted is file:///absolute/folder.")
    return LocalStore(path)


def _write_all(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    _sync_file(folder)
