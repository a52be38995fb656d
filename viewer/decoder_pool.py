"""Killable child processes for the C decoders, and the tasks that go to them.

Nothing here imports a decoder: a child imports its entry by name. Pebble keeps the processes,
stops one that takes too long, and starts another for one that died.
"""

import importlib
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import cast

from pebble import ProcessPool

from viewer.pixels.types import FrameHeader

ENTRY = "viewer.decoder_child:decode_tasks"
# A fresh child now and then bounds what a leaking decoder can hold; starting one takes 50 ms.
_JOBS_A_CHILD = 1000


@dataclass(frozen=True, slots=True)
class DecodeTask:
    """One frame to decode into the cache under ``key``.

    The bytes are ``data``, or, where the file is local, the (offset, length) ``spans`` of ``path``
    that the child reads itself. ``header`` None means: inflate the data set instead.
    """

    key: str
    transfer_syntax_uid: str
    header: FrameHeader | None
    path: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the size of its file, or why there is none."""

    size_bytes: int = 0
    failure: str = ""
    full: bool = False


class DecoderPool:
    """At most ``processes`` children with ``memory_bytes`` each and ``seconds`` a job.

    Starts with the first job or with :meth:`warm`. ``entry`` is "module:function" of what a child
    runs. Thread-safe.
    """

    def __init__(
        self, *, processes: int, memory_bytes: int, seconds: int, entry: str = ENTRY
    ) -> None:
        self.processes = processes
        self.seconds = seconds
        self._memory_bytes = memory_bytes
        self._entry = entry
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._closed = False

    def submit(self, folder: str, tasks: Sequence[DecodeTask]) -> "Future[list[Outcome]]":
        """Start a job; its future gives an outcome a task, in order, or the child's end.

        Raises RuntimeError when the pool is closed.
        """
        arguments = (self._entry, folder, tuple(tasks), self.seconds)
        with self._lock:
            try:
                future = self._started().schedule(call, arguments, timeout=self.seconds)
            except RuntimeError:
                # A pool that lost an idle child is broken for good (pebble); the next one is not.
                # Stopped elsewhere: this may be one of its own threads, which it would wait for.
                broken, self._pool = self._pool, None
                if broken is not None:
                    threading.Thread(target=_stop, args=(broken,), daemon=True).start()
                future = self._started().schedule(call, arguments, timeout=self.seconds)
        return cast("Future[list[Outcome]]", future)

    def warm(self) -> None:
        """Start the children now and wait until one has its decoders loaded."""
        self.submit("", ()).result()

    def close(self) -> None:
        """Stop the children, whatever they do."""
        with self._lock:
            self._closed = True
            stopping, self._pool = self._pool, None
        if stopping is not None:
            _stop(stopping)

    def _started(self) -> ProcessPool:
        if self._closed:
            raise RuntimeError("the decoder pool is closed")
        if self._pool is None:
            module = self._entry.partition(":")[0]
            context = multiprocessing.get_context("forkserver")
            # Children are forked from a server that has the decoders loaded, and no thread of ours.
            context.set_forkserver_preload(["viewer.decoder_child", module])
            self._pool = ProcessPool(
                max_workers=self.processes,
                max_tasks=_JOBS_A_CHILD,
                initializer=start,
                initargs=(self._memory_bytes,),
                context=context,
            )
        return self._pool


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def call(entry: str, *arguments: object) -> object:
    """Run ``entry`` ("module:function"): in a child, the import of the decoders happens here."""
    return _function(entry)(*arguments)


def start(memory_bytes: int) -> None:
    """Bound a new child."""
    _function("viewer.decoder_child:start_child")(memory_bytes)


def _function(entry: str) -> Callable[..., object]:
    module, _, name = entry.partition(":")
    return cast("Callable[..., object]", getattr(importlib.import_module(module), name))
