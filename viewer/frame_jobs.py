"""Which frames go to the decoder children, together with which others, and when.

Each frame is decoded once however many threads ask for it at the same time. Frames that are likely
to be asked for next wait in a bounded queue and go in jobs of several, so that a job's own cost
(0.3 ms) is shared; a frame that somebody waits for never stands behind that queue.
"""

import contextlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field

from pebble import ProcessExpired

from telerad.errors import Unavailable
from viewer.decoder_pool import DecoderPool, DecodeTask, Outcome
from viewer.dicom.decoded import FrameFailed
from viewer.frame_cache import FrameCache

# Nanoseconds a sample to decode and to write, measured on one 2-core machine: only how frames are
# grouped hangs on them.
_RLE, _JPEG, _JPEG_LS, _J2K, _HTJ2K, _OTHER = 4.0, 5.0, 22.0, 125.0, 8.0, 12.0
_COST_NS = {
    "1.2.840.10008.1.2.5": _RLE,
    "1.2.840.10008.1.2.8.1": _RLE,
    **{f"1.2.840.10008.1.2.4.{number}": _JPEG for number in (50, 51)},
    **{f"1.2.840.10008.1.2.4.{number}": _JPEG_LS for number in (80, 81)},
    **{f"1.2.840.10008.1.2.4.{number}": _J2K for number in (90, 91, 92, 93)},
    **{f"1.2.840.10008.1.2.4.{number}": _HTJ2K for number in (201, 202, 203)},
}
_WANTED_JOB_NS = 2e6  # what may ride along with a frame that somebody waits for
_AHEAD_JOB_NS = 4e6
_MAX_QUEUED_FRAMES = 64
# A frame that killed or hung its decoder is not tried again for a while: each try costs a child.
_REFUSED_SECONDS = 60.0
_MAX_REFUSED = 1024


@dataclass(slots=True)
class _Flight:
    """A frame on its way into the cache. ``wanted``: somebody waits for it."""

    task: DecodeTask
    wanted: bool
    submitted: bool = False
    room_made: bool = False
    done: "Future[None]" = field(default_factory=Future)


def cost_ns(task: DecodeTask) -> float:
    """Return about how long the task takes to decode, in nanoseconds."""
    if task.header is None:
        return _AHEAD_JOB_NS
    samples = task.header.rows * task.header.columns * task.header.samples
    return samples * _COST_NS.get(task.transfer_syntax_uid, _OTHER)


class FrameJobs:
    """Gets frames into the cache by the pool. Thread-safe."""

    def __init__(
        self, cache: FrameCache, pool: DecoderPool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._queue: deque[_Flight] = deque()
        self._running = 0
        self._refused: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def bring(self, task: DecodeTask, ahead: Sequence[DecodeTask] = ()) -> None:
        """Return when the task's frame is in the cache; ``ahead`` follows when there is time.

        Raises FrameFailed with the reason when it has no picture, Unavailable when no decoder came
        round to it.
        """
        with self._lock:
            self._check_refused(task.key)
            flight = self._flights.get(task.key)
            if flight is None:
                flight = self._flights[task.key] = _Flight(task, wanted=True)
            flight.wanted = True
            self._enqueue(ahead)
            job = [] if flight.submitted else self._job_around(flight)
        if job:
            self._submit(job)
        self._pump()
        try:
            flight.done.result(timeout=4.0 * self._pool.seconds)
        except FutureTimeout as error:
            raise Unavailable("the decoders are busy; the frame may be asked for again") from error

    def follow(self, ahead: Sequence[DecodeTask]) -> None:
        """Queue frames that may be asked for next, and return at once."""
        with self._lock:
            self._enqueue(ahead)
        self._pump()

    def knows(self, key: str) -> bool:
        """Return whether a frame is on its way, or was refused a moment ago."""
        return key in self._flights or key in self._refused

    def _check_refused(self, key: str) -> None:
        refused = self._refused.get(key)
        if refused is None:
            return
        until, reason = refused
        if self._clock() < until:
            raise FrameFailed(reason)
        del self._refused[key]

    def _enqueue(self, ahead: Sequence[DecodeTask]) -> None:
        for task in ahead:
            if task.key not in self._flights and task.key not in self._refused:
                flight = self._flights[task.key] = _Flight(task, wanted=False)
                self._queue.append(flight)
        while len(self._queue) > _MAX_QUEUED_FRAMES:
            self._drop(self._queue.popleft())

    def _drop(self, flight: _Flight) -> None:
        """Forget a frame that nobody waits for."""
        self._flights.pop(flight.task.key, None)
        flight.done.cancel()

    def _job_around(self, first: _Flight) -> list[_Flight]:
        """Take a wanted frame, and queued ones that cost next to nothing, out of the queue."""
        if first in self._queue:
            self._queue.remove(first)
        return self._take([first], cost_ns(first.task), _WANTED_JOB_NS)

    def _take(self, job: list[_Flight], cost: float, bound: float) -> list[_Flight]:
        while self._queue:
            cost += cost_ns(self._queue[0].task)
            if job and cost > bound:
                break
            job.append(self._queue.popleft())
        for flight in job:
            flight.submitted = True
        if job:
            self._running += 1
        return job

    def _pump(self) -> None:
        """Keep the children busy with queued frames, one job more than there are children."""
        while True:
            with self._lock:
                if not self._queue or self._running > self._pool.processes:
                    return
                job = self._take([], 0.0, _AHEAD_JOB_NS)
            self._submit(job)

    def _submit(self, job: list[_Flight]) -> None:
        tasks = [flight.task for flight in job]
        try:
            future = self._pool.submit(str(self._cache.folder), tasks)
        except RuntimeError as error:
            self._close_job()
            for flight in job:
                self._settle(flight, Unavailable(f"no decoder is running: {error}"))
            return
        future.add_done_callback(lambda ended: self._ended(job, ended))

    def _close_job(self) -> None:
        with self._lock:
            self._running -= 1

    def _ended(self, job: list[_Flight], future: "Future[list[Outcome]]") -> None:
        """Hand out what a job gave. Runs in a thread of the pool, so nothing here waits."""
        self._close_job()
        try:
            outcomes = future.result()
        except (FutureTimeout, ProcessExpired, CancelledError, Exception) as error:
            self._broken(job, error)
        else:
            for flight, outcome in zip(job, outcomes, strict=True):
                self._arrived(flight, outcome)
        self._pump()

    def _arrived(self, flight: _Flight, outcome: Outcome) -> None:
        if outcome.size_bytes:
            self._settle(flight, None)
            self._cache.added(outcome.size_bytes)
        elif outcome.full and not flight.room_made:
            flight.room_made = True
            with contextlib.suppress(OSError):
                self._cache.sweep(self._cache.limit_bytes // 2)
            self._again(flight)
        elif outcome.full:
            self._settle(flight, Unavailable("the frame cache has no room for this frame"))
        else:
            self._settle(flight, FrameFailed(outcome.failure))

    def _broken(self, job: list[_Flight], error: BaseException) -> None:
        """Find the frame that ended a child; the others of its job are innocent."""
        lost = [flight for flight in job if not self._cache.has(flight.task.key)]
        for flight in job:
            if flight not in lost:
                self._settle(flight, None)
        timed_out = isinstance(error, FutureTimeout)
        # Frames are decoded in order: a clock that ran out did so in the first that is missing. A
        # frame that was refused before a crash is missing too, so there each is tried alone.
        guilty = lost[:1] if timed_out or len(job) == 1 else []
        for flight in guilty:
            reason = self._reason(error)
            with self._lock:
                self._refuse(flight.task.key, reason)
            self._settle(flight, FrameFailed(reason))
        for flight in lost[len(guilty) :]:
            self._again(flight)

    def _again(self, flight: _Flight) -> None:
        with self._lock:
            if not flight.wanted:
                self._drop(flight)
                return
            self._running += 1
        self._submit([flight])

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, FutureTimeout):
            return f"decoding took longer than {self._pool.seconds} s and was stopped"
        if isinstance(error, ProcessExpired):
            return f"the decoder crashed on this frame (exit code {error.exitcode})"
        return f"the decoder failed on this frame ({type(error).__name__})"

    def _refuse(self, key: str, reason: str) -> None:
        self._refused[key] = (self._clock() + _REFUSED_SECONDS, reason)
        while len(self._refused) > _MAX_REFUSED:
            self._refused.popitem(last=False)

    def _settle(self, flight: _Flight, error: Exception | None) -> None:
        with self._lock:
            self._flights.pop(flight.task.key, None)
            if flight.done.done():
                return
            if error is None:
                flight.done.set_result(None)
            else:
                flight.done.set_exception(error)
