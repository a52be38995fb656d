"""Decoded frames as files in memory: written by decoder children, mapped by web processes.

A file is a small head and the array's bytes, written beside its place and renamed into it, so a
reader sees a whole frame or none, from any process. The folder is bounded in bytes and in files;
what was looked at longest ago goes first. Nothing here is the only copy of anything.
"""

import contextlib
import errno
import fcntl
import json
import mmap
import os
import stat
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from telerad.errors import Invalid
from viewer.dicom.decoded import DecodedFrame

_MAGIC = b"TFC1"
_HEAD = struct.Struct("<4sI")  # magic, length of the JSON text; the array starts at _ARRAY_START
_ARRAY_START = 512  # room for the text; a multiple of every word size and of a cache line
_MAX_FILES = 16_384
_LEAST_MEMORY_BYTES = 512 * 1024**2
_PART = ".part"
_ABANDONED_SECONDS = 600.0


class CacheFull(OSError):
    """The folder's file system has no room; the frame itself may be well."""


def default_folder() -> Path:
    """Return this user's folder in memory, or in the temporary folder where memory is scarce."""
    memory = Path("/dev/shm")  # noqa: S108  # its safety is checked in private_folder
    parent = Path(tempfile.gettempdir())
    if os.access(memory, os.W_OK):
        room = os.statvfs(memory)
        # Containers often have 64 MiB: two mammograms.
        if room.f_frsize * room.f_blocks >= _LEAST_MEMORY_BYTES:
            parent = memory
    return parent / f"telerad-{os.geteuid()}-frames"


def private_folder(folder: Path) -> Path:
    """Make the folder, for its owner alone, and return it.

    The frames of patients lie in it, and its parent may be everybody's: raises Invalid when it is
    a link, another user's, or open to others.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Invalid(
            f"TELERAD_FRAME_CACHE_DIR {folder} must be a folder of mode 0700 that belongs to the"
            " user who runs Telerad"
        )
    return folder


def write_frame(folder: Path, key: str, frame: DecodedFrame) -> int:
    """Put a frame into the folder and return the size of its file in bytes.

    Raises CacheFull when there is no room for it.
    """
    pixels = np.ascontiguousarray(frame.pixels)
    text = json.dumps([pixels.dtype.str, pixels.shape, frame.photometric, frame.note[:256]])
    encoded = text.encode("ascii")
    head = (_HEAD.pack(_MAGIC, len(encoded)) + encoded).ljust(_ARRAY_START, b"\0")
    part = folder / f"{key}.{os.getpid()}-{threading.get_ident()}{_PART}"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, [memoryview(head), pixels.reshape(-1).view(np.uint8).data])
        finally:
            os.close(descriptor)
        part.rename(folder / key)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise CacheFull(error.errno, "the frame cache has no room") from error
        raise
    return _ARRAY_START + pixels.nbytes


def _write_all(descriptor: int, parts: list[memoryview]) -> None:
    while parts:
        written = os.writev(descriptor, parts)
        while parts and written >= len(parts[0]):
            written -= len(parts.pop(0))
        if parts:
            parts[0] = parts[0][written:]


class FrameCache:
    """The folder seen from a web process. Thread-safe; any number of processes share a folder.

    ``limit_bytes`` is kept by sweeping: a process sweeps when it has added a sixteenth of the limit
    and sweeps down to three quarters, so four processes never pass the limit between them.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = private_folder(folder)
        room = os.statvfs(self.folder)
        # A container's memory file system may be small: half of it is the most to use.
        self.limit_bytes = min(limit_bytes, room.f_frsize * room.f_blocks // 2)
        self._lock = threading.Lock()
        # Start as if a step were due: what an earlier process left counts as well.
        self._added_bytes = self._step_bytes = max(self.limit_bytes // 16, 1)
        self._added_files = 0

    def load(self, key: str) -> DecodedFrame | None:
        """Return the frame, its pixels a read-only map of the file, or None if it is not here."""
        path = f"{self.folder}/{key}"
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            # Reading counts as use; the time of access is not kept on most file systems.
            os.utime(descriptor)
            mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return None
        finally:
            os.close(descriptor)
        return _parsed(mapped)

    def has(self, key: str) -> bool:
        """Return whether the frame is here now."""
        return os.access(f"{self.folder}/{key}", os.F_OK)

    def added(self, size_bytes: int) -> None:
        """Count a file that a child of this process has written, and sweep when it is time."""
        with self._lock:
            self._added_bytes += size_bytes
            self._added_files += 1
            due = self._added_bytes >= self._step_bytes or self._added_files >= _MAX_FILES // 16
            if due:
                self._added_bytes = self._added_files = 0
        if due:
            # The next step tries again; a frame that was decoded is not lost over a full folder.
            with contextlib.suppress(OSError):
                self.sweep(self.limit_bytes * 3 // 4)

    def sweep(self, down_to_bytes: int) -> None:
        """Remove what was used longest ago until the folder holds ``down_to_bytes`` at most.

        Does nothing while another process sweeps.
        """
        with self._only_sweeper() as alone:
            if not alone:
                return
            files = sorted(self._files())
            total = sum(size for _, size, _ in files)
            excess_files = len(files) - _MAX_FILES * 3 // 4
            for index, (_, size, path) in enumerate(files):
                if total <= down_to_bytes and index >= excess_files:
                    break
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                total -= size

    def _files(self) -> Iterator[tuple[float, int, str]]:
        """Yield (time of last use, size, path) of frames, having removed abandoned parts."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(_PART):
                        if time.time() - found.st_mtime > _ABANDONED_SECONDS:
                            os.unlink(entry.path)
                        continue
                except FileNotFoundError:  # swept or renamed since
                    continue
                yield found.st_mtime, found.st_size, entry.path

    @contextlib.contextmanager
    def _only_sweeper(self) -> Iterator[bool]:
        descriptor = os.open(f"{self.folder}/.sweep", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def _parsed(mapped: mmap.mmap) -> DecodedFrame | None:
    magic, length = _HEAD.unpack_from(mapped)
    if magic != _MAGIC:
        return None
    dtype, shape, photometric, note = json.loads(mapped[_HEAD.size : _HEAD.size + length])
    pixels = np.frombuffer(mapped, dtype, offset=_ARRAY_START).reshape(shape)
    return DecodedFrame(pixels, photometric, note)
