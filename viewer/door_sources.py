"""What the pixel door keeps of the rows: series, stacks, and which studies a case has.

Rows of an instance never change, so a series is kept until room is needed. Whether its study still
belongs to the case is read again every :data:`MEMBERSHIP_SECONDS`: a study taken out of a case is
gone from the door as fast as a revoked user is.
"""

from asyncio import Future, ensure_future, shield
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from telerad.errors import Conflict, NotFound
from viewer.door_guard import Clock
from viewer.door_rows import SeriesSources, StackFrames
from viewer.frames import FrameSource
from viewer.tile_cache import BoundedCache

MEMBERSHIP_SECONDS = 2.0
STACK_SECONDS = 2.0
SERIES_CACHE_BYTES = 64 * 1024**2
REMEMBERED_CASES = 4096
REMEMBERED_STACK_FRAMES = 200_000
# A decoder job takes several frames; further ahead than this a reader rarely follows in order.
AHEAD_FRAMES = 7

T = TypeVar("T")


class RowReader(Protocol):
    """The reads of :mod:`viewer.door_rows`, without blocking."""

    async def studies_of_case(self, case: str) -> frozenset[str]:
        """Return the ids of the case's studies."""
        ...

    async def series_of_instance(self, case: str, instance: str) -> SeriesSources:
        """Return the instance's series. Raises NotFound."""
        ...

    async def frames_of_stack(self, case: str, stack: str) -> StackFrames:
        """Return the stack. Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """An instance and its neighbours in its series."""

    source: FrameSource
    series: SeriesSources
    index: int

    def ahead(self, frame_number: int) -> list[tuple[FrameSource, int]]:
        """Return the next (source, frame number) pairs after ``frame_number``, nearest first."""
        last = min(self.source.frame_count, frame_number + AHEAD_FRAMES)
        coming = [(self.source, number) for number in range(frame_number + 1, last + 1)]
        for source in self.series.sources[self.index + 1 : self.index + 1 + AHEAD_FRAMES]:
            if len(coming) >= AHEAD_FRAMES or source.frame_count < 1:
                break
            coming.append((source, 1))
        return coming[:AHEAD_FRAMES]


class Sources:
    """Finds the frames of a case; what it knows of the case is at most two seconds old."""

    def __init__(self, rows: RowReader, steady: Clock, max_bytes: int = SERIES_CACHE_BYTES) -> None:
        self._rows = rows
        self._steady = steady
        self._max_bytes = max_bytes
        self._places: dict[str, Place] = {}
        self._series: BoundedCache[str, SeriesSources] = BoundedCache(max_bytes, self._forget)
        self._cases: BoundedCache[str, tuple[frozenset[str], float]] = BoundedCache(
            REMEMBERED_CASES
        )
        self._stacks: BoundedCache[tuple[str, str], tuple[StackFrames, float]] = BoundedCache(
            REMEMBERED_STACK_FRAMES
        )
        self._reading: dict[Hashable, Future[None]] = {}

    def known(self, case: str, instance: str) -> Place | None:
        """Return the place of an instance if that needs no read, else None.

        Raises NotFound if the instance is known not to belong to the case.
        """
        place = self._places.get(instance)
        studies = self._studies(case)
        if place is None or studies is None:
            return None
        if place.series.study not in studies:
            raise NotFound("the case has no such instance")
        self._series.get(place.series.key)  # looked at, so not the next to go
        return place

    async def find(self, case: str, instance: str) -> Place:
        """Return the place of an instance of the case. Raises NotFound."""
        place = self.known(case, instance)
        if place is not None:
            return place
        if self._studies(case) is None:
            await self._once(("case", case), lambda: self._read_case(case))
        place = self._places.get(instance)
        if place is None:
            await self._once((case, instance), lambda: self._read_series(case, instance))
            place = self._places.get(instance)
        studies = self._studies(case, may_be_old=True) or frozenset()
        if place is None or place.series.study not in studies:
            raise NotFound("the case has no such instance")
        return place

    async def stack(self, case: str, stack: str, revision: str) -> StackFrames:
        """Return the stack in the given revision.

        Raises NotFound if the case has no such stack, Conflict if its order is another one now.
        """
        key = (case, stack)
        kept = self._stacks.get(key)
        if kept is None or kept[1] < self._steady() - STACK_SECONDS or kept[0].revision != revision:
            await self._once(("stack", *key), lambda: self._read_stack(case, stack))
            kept = self._stacks.get(key)
        if kept is None:
            raise NotFound("the case has no such stack")
        if kept[0].revision != revision:
            raise Conflict("the stack has another order now; fetch its description again")
        return kept[0]

    def _studies(self, case: str, *, may_be_old: bool = False) -> frozenset[str] | None:
        kept = self._cases.get(case)
        if kept is None:
            return None
        if not may_be_old and kept[1] < self._steady() - MEMBERSHIP_SECONDS:
            return None
        return kept[0]

    async def _read_case(self, case: str) -> None:
        began = self._steady()
        self._cases.put(case, (await self._rows.studies_of_case(case), began), 1)

    async def _read_series(self, case: str, instance: str) -> None:
        series = await self._rows.series_of_instance(case, instance)
        kept = self._cases.get(case)
        if kept is not None:
            # The query went through the case, so the study is in it even if it came a moment ago;
            # what else the case had is as old as it was.
            self._cases.put(case, (kept[0] | {series.study}, kept[1]), 1)
        for name, index in series.positions.items():
            self._places[name] = Place(series.sources[index], series, index)
        # One series is kept whatever its size, or its own slices would be read again and again.
        self._series.put(series.key, series, min(series.size_bytes, self._max_bytes))

    async def _read_stack(self, case: str, stack: str) -> None:
        began = self._steady()
        found = await self._rows.frames_of_stack(case, stack)
        self._stacks.put((case, stack), (found, began), len(found.frames) + 10)

    async def _once(self, key: Hashable, read: Callable[[], Awaitable[None]]) -> None:
        """Let all who need the same rows wait for one read; who leaves does not end it."""
        reading = self._reading.get(key)
        if reading is None:
            reading = ensure_future(read())
            self._reading[key] = reading
            reading.add_done_callback(lambda done: self._read(key, done))
        await shield(reading)

    def _read(self, key: Hashable, done: "Future[None]") -> None:
        self._reading.pop(key, None)
        if not done.cancelled():
            done.exception()  # all who wait have it; when none does, it is no news either

    def _forget(self, _: str, series: SeriesSources) -> None:
        for name in series.positions:
            place = self._places.get(name)
            if place is not None and place.series is series:
                del self._places[name]
