"""What runs in a decoder child: encoded frames in, files of the frame cache out.

The one module outside tests that imports the C decoders. A child is expendable: it may be killed
at any moment, and what it had renamed into the cache by then is whole.
"""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from telerad.errors import TeleradError
from viewer.decoder_pool import DecodeTask, Outcome
from viewer.dicom.codecs import decode_frame
from viewer.dicom.decoded import DecodedFrame
from viewer.dicom.inflate import inflate
from viewer.dicom.limits import DEFAULT_LIMITS
from viewer.frame_cache import CacheFull, write_frame

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_KEPT_BYTES = 32 * 1024**2

Decode = Callable[[DecodeTask], DecodedFrame]


def decode_tasks(folder: str, tasks: Sequence[DecodeTask], cpu_seconds: int) -> list[Outcome]:
    """Decode the tasks into the cache folder, in order; one that fails does not stop the next."""
    return run_tasks(folder, tasks, cpu_seconds, decode_task)


def run_tasks(
    folder: str, tasks: Sequence[DecodeTask], cpu_seconds: int, decode: Decode
) -> list[Outcome]:
    """As :func:`decode_tasks`, with the decoder given."""
    _allow_cpu(cpu_seconds)
    return [_outcome(Path(folder), task, decode) for task in tasks]


def decode_task(task: DecodeTask) -> DecodedFrame:
    """Return the task's frame; for a deflated file, all inflated bytes as one row of uint8."""
    encoded = encoded_bytes(task)
    if task.header is None:
        inflated, damage = inflate(encoded, 0, DEFAULT_LIMITS)
        return DecodedFrame(np.frombuffer(inflated, np.uint8), "", damage)
    return decode_frame(encoded, task.transfer_syntax_uid, task.header)


def encoded_bytes(task: DecodeTask) -> bytes:
    """Return the task's bytes: those that came along, or its spans of the stored file, joined."""
    if task.path is None:
        return task.data
    descriptor = os.open(task.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = [os.pread(descriptor, length, offset) for offset, length in task.spans]
    finally:
        os.close(descriptor)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def start_child(memory_bytes: int) -> None:
    """Bound a new child: address space, no core dump of patients' pixels, quick to end."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _keep_memory()
    # A handler written in Python would wait for the C loop that the child is to be stopped in.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _keep_memory() -> None:
    """Let freed blocks stay with the child: frame after frame takes the same ones.

    Given back, each frame's pages are faulted in and zeroed again: longer than RLE takes.
    """
    with contextlib.suppress(OSError, AttributeError):  # a C library without mallopt
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _allow_cpu(seconds: int) -> None:
    """Let this job use so many seconds of processor time: the second net under the pool's clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _outcome(folder: Path, task: DecodeTask, decode: Decode) -> Outcome:
    try:
        return Outcome(write_frame(folder, task.key, decode(task)))
    except CacheFull:
        return Outcome(full=True)
    except TeleradError as error:
        return Outcome(failure=str(error))
    except MemoryError:
        return Outcome(failure="the frame needs more memory than a decoder may use")
    except OSError as error:
        return Outcome(failure=f"a file could not be read or written: {error.strerror}")
