"""Frame number in, stored pixels out: the one way to pixels for everything above.

Native frames are read in process, from a map of the file; all others by decoder children, whose
results are files of the frame cache. No C decoder is imported here.
"""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Invalid
from viewer.decoder_pool import DecoderPool, DecodeTask
from viewer.dicom.decoded import DecodedFrame, FrameFailed, joined
from viewer.dicom.native import Buffer, read_native
from viewer.dicom.table import FrameTable
from viewer.frame_cache import FrameCache, default_folder
from viewer.frame_jobs import FrameJobs
from viewer.pixels.types import FrameHeader, Modality, Spacing

__all__ = ["DecodedFrame", "FrameFailed", "FrameReader", "FrameSource"]

# Part of a cached frame's name: raise it when a decoder's result changes.
CODEC_VERSION = 1
_TRIES = 3
_ASIDE_THREADS = 4


class FrameStore(Protocol):
    """What of :class:`viewer.store.BlobStore` a frame reader uses."""

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return a range of a blob."""

    def open_map(self, sha256: str) -> memoryview | None:
        """Return the whole blob as a map, None if it is not local."""

    def size(self, sha256: str) -> int:
        """Return the size of a blob."""

    def local_path(self, sha256: str) -> Path | None:
        """Return where a blob lies, None if it is not local."""


class Decoding(NamedTuple):
    """A header without what only drawing needs, and the name of "this file so decoded"."""

    header: FrameHeader
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """An instance as far as its pixels go; made from an Instance row, without pydicom.

    ``blob`` is the SHA-256 of the stored file. ``header_index`` uint16 of shape (frames,) says
    which of ``headers`` a frame has, None that all have the first.
    """

    instance_id: UUID
    blob: str
    transfer_syntax_uid: str
    table: FrameTable
    headers: tuple[FrameHeader, ...]
    header_index: NDArray[np.uint16] | None = None
    # By header, made when first asked for.
    decodings: dict[int, "Decoding"] = field(default_factory=dict, repr=False)

    @property
    def frame_count(self) -> int:
        """How many frames the instance has."""
        return self.table.expected_frames

    def header(self, frame_number: int) -> FrameHeader:
        """Return the header of a frame (1-based). Raises Invalid when there is no such frame."""
        return self.headers[self._which(frame_number)]

    def decoding(self, frame_number: int) -> "Decoding":
        """Return what decoding a frame goes by."""
        which = self._which(frame_number)
        found = self.decodings.get(which)
        if found is None:
            header = _bare(self.headers[which])
            what = (CODEC_VERSION, self.blob, self.transfer_syntax_uid, header)
            digest = hashlib.blake2b(repr(what).encode(), digest_size=20).hexdigest()
            found = self.decodings[which] = Decoding(header, digest)
        return found

    def _which(self, frame_number: int) -> int:
        if not 1 <= frame_number <= self.frame_count:
            raise Invalid(f"frame {frame_number} was asked for; 1 to {self.frame_count} exist")
        return 0 if self.header_index is None else int(self.header_index[frame_number - 1])


class FrameReader:
    """Reads frames of stored instances. Thread-safe; processes may share the cache folder."""

    def __init__(self, store: FrameStore, cache: FrameCache, pool: DecoderPool) -> None:
        self._store = store
        self._cache = cache
        self._pool = pool
        self._jobs = FrameJobs(cache, pool)
        # Reading ahead from a remote store takes its time: not that of who waits for a frame.
        self._aside = ThreadPoolExecutor(_ASIDE_THREADS, thread_name_prefix="frames-ahead")
        self._aside_free = threading.Semaphore(2 * _ASIDE_THREADS)

    def read(
        self,
        source: FrameSource,
        frame_number: int,
        ahead: Sequence[tuple[FrameSource, int]] = (),
    ) -> DecodedFrame:
        """Return a frame (1-based); ``ahead`` is decoded too, in its order, when it needs decoding.

        Raises Invalid when the instance has no such frame, FrameFailed when it has no picture.
        """
        header = source.header(frame_number)
        if source.table.kind == "native":
            read = _Reader(self._store, source.blob)
            return read_native(read, source.table, header, frame_number)
        if source.table.kind == "none":
            raise FrameFailed("the file has no pixel data")
        if source.table.kind == "deflated":
            inflated = self._brought(source, 0, ahead)
            view = inflated.pixels.data
            frame = read_native(
                lambda at, length: view[at : at + length], source.table, header, frame_number
            )
            return replace(frame, note=joined(frame.note, inflated.note))
        return self._brought(source, frame_number, ahead)

    def warm(self) -> None:
        """Start the decoder children before the first frame needs one."""
        self._pool.warm()

    def close(self) -> None:
        """Stop the decoder children."""
        self._aside.shutdown(wait=False, cancel_futures=True)
        self._pool.close()

    def forget(self) -> None:
        """Remove all decoded frames: nothing of a patient stays behind a server that stops.

        Another process that shares the folder decodes anew what it still wants.
        """
        self._cache.sweep(0)

    def _brought(
        self, source: FrameSource, frame_number: int, ahead: Sequence[tuple[FrameSource, int]]
    ) -> DecodedFrame:
        """Return a frame through the cache; number 0 stands for the inflated file."""
        key = cache_key(source, frame_number)
        if ahead and self._store.local_path(source.blob) is None:
            self._follow_aside(ahead)
            ahead = ()
        for _ in range(_TRIES):
            frame = self._cache.load(key)
            if frame is not None:
                following = self._missing(ahead)
                if following:
                    self._jobs.follow(following)
                return frame
            self._jobs.bring(self._task(source, frame_number, key), self._missing(ahead))
        # Swept away each time before it was opened: the cache is smaller than what is in use.
        raise FrameFailed("the frame cache is too small for this frame")

    def _follow_aside(self, ahead: Sequence[tuple[FrameSource, int]]) -> None:
        if not self._aside_free.acquire(blocking=False):
            return  # reading ahead is a favour: enough of it is under way

        def follow() -> None:
            try:
                self._jobs.follow(self._missing(ahead))
            finally:
                self._aside_free.release()

        self._aside.submit(follow)

    def _missing(self, ahead: Sequence[tuple[FrameSource, int]]) -> list[DecodeTask]:
        tasks = []
        for source, frame_number in ahead:
            if source.table.kind != "encapsulated":
                continue
            key = cache_key(source, frame_number)
            if not self._jobs.knows(key) and not self._cache.has(key):
                tasks.append(self._task(source, frame_number, key))
        return tasks

    def _task(self, source: FrameSource, frame_number: int, key: str) -> DecodeTask:
        if frame_number:
            spans = source.table.fragments(frame_number)
            header = source.decoding(frame_number).header
        else:
            start = source.table.deflate_offset
            spans = ((start, self._store.size(source.blob) - start),)
            header = None
        path = self._store.local_path(source.blob)
        if path is not None:
            return DecodeTask(key, source.transfer_syntax_uid, header, str(path), spans)
        data = b"".join(self._store.read(source.blob, at, length) for at, length in spans)
        return DecodeTask(key, source.transfer_syntax_uid, header, data=data)


class _Reader:
    """Ranges of one blob: slices of its map, or reads."""

    def __init__(self, store: FrameStore, blob: str) -> None:
        self._store = store
        self._blob = blob
        self._view = store.open_map(blob)

    def __call__(self, offset: int, length: int) -> Buffer:
        if self._view is None:
            return self._store.read(self._blob, offset, length)
        return self._view[offset : offset + length]


def cache_key(source: FrameSource, frame_number: int) -> str:
    """Return a frame's name in the cache: by content, so that no two pictures ever share one.

    It covers the file, the frame and where it starts, and what of the header the decoder goes by;
    0 for the frame number stands for the inflated file.
    """
    name = source.decoding(frame_number or 1).name
    table = source.table
    if not frame_number or not len(table.fragment_starts):
        return f"{name}-{frame_number}"
    first, after = table.first_fragment[frame_number - 1 : frame_number + 1].tolist()
    start = table.fragment_starts.item(first) if after > first else 0
    return f"{name}-{frame_number}-{start:x}"


def _bare(header: FrameHeader) -> FrameHeader:
    """Return the header as far as a decoder goes by it: palettes need not travel to a child."""
    return replace(
        header, modality=Modality(), presets=(), padding=None, palette=None, spacing=Spacing()
    )


def frame_reader(
    store: FrameStore,
    *,
    cache_dir: str,
    cache_bytes: int,
    processes: int,
    memory_bytes: int,
    seconds: int,
) -> FrameReader:
    """Return a reader from plain settings; ``cache_dir`` "" means a folder in memory."""
    folder = Path(cache_dir) if cache_dir else default_folder()
    pool = DecoderPool(processes=processes, memory_bytes=memory_bytes, seconds=seconds)
    return FrameReader(store, FrameCache(folder, cache_bytes), pool)
