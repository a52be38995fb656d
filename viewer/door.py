"""The pixel door: tiles and batches of frames, served by a small ASGI application without Django.

Django's session and login cost several times the picture (docs/performance.md), so Django hands
out a ticket (:func:`consults.actions.issue_ticket`), and this door checks signature, expiry, case,
the right to look, and the epochs that end it early. Its addresses are in
:mod:`viewer.door_request`.
"""

import asyncio
from asyncio import Future, ensure_future, shield
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from consults.access import Right
from consults.actions import ticket_key
from telerad.errors import Forbidden, Invalid, NotFound, TeleradError, TooLarge
from viewer import door_batch, door_rows
from viewer.door_answer import (
    ALLOWED_METHODS,
    Busy,
    Headers,
    MethodRefused,
    Receive,
    Scope,
    Send,
    log_fault,
    note_header,
    send_bytes,
    send_empty,
    send_problem,
)
from viewer.door_guard import Clocks, Guard, Pass, TicketRefused
from viewer.door_request import BatchRequest, PictureRequest, parse
from viewer.door_rows import DatabaseThreads, SeriesSources, StackFrames
from viewer.door_sources import Place, Sources
from viewer.tile_cache import BoundedCache
from viewer.tiles import Picture, PictureKey, Tiles, Work, default_tiles

# Every address that the door answers, for the access matrix.
_FRAME = "/pixels/v1/cases/{case}/instances/{instance}/frames/{frame}/"
ROUTES: tuple[str, ...] = (
    _FRAME + "tiles/{level}/{column}/{row}.png",
    _FRAME + "tiles/{level}/{column}/{row}.deep",
    _FRAME + "thumbnail.png",
    _FRAME + "stored.jpg",
    _FRAME + "overlays/{group}.png",
    "/pixels/v1/cases/{case}/stacks/{stack}/frames",
)

MAX_HEADERS = 64
MAX_HEADER_BYTES = 16 * 1024
# Pictures in the making, of all clients together; more are told to come again.
MAX_MAKING = 512
MAX_BATCHES = 64
RENDER_THREADS = 2
# A frame of a batch waits for pictures that somebody looks at now, but never longer than this.
GIVE_WAY_SECONDS = 0.05
# These wait for decoder processes, they do not work.
DECODE_THREADS = 8
# The same refusal or fault of the same person is written to the audit once in this time.
TELL_AGAIN_SECONDS = 60.0


class DatabaseRows:
    """The rows that the door needs, read in the door's own threads."""

    def __init__(self) -> None:
        self.threads = DatabaseThreads()

    async def studies_of_case(self, case: str) -> frozenset[str]:
        """Return the ids of the case's studies."""
        return await self.threads.run(door_rows.studies_of_case, case)

    async def series_of_instance(self, case: str, instance: str) -> SeriesSources:
        """Return the instance's series. Raises NotFound."""
        return await self.threads.run(door_rows.series_of_instance, case, instance)

    async def frames_of_stack(self, case: str, stack: str) -> StackFrames:
        """Return the stack. Raises NotFound."""
        return await self.threads.run(door_rows.frames_of_stack, case, stack)

    async def current_epochs(self, subjects: tuple[str, ...]) -> dict[str, str | None]:
        """Return the subjects' epochs."""
        return await self.threads.run(door_rows.current_epochs, subjects)


@dataclass(frozen=True)
class DoorParts:
    """What a door is made of; tests put in their own clocks."""

    rows: DatabaseRows = field(default_factory=DatabaseRows)
    clocks: Clocks = field(default_factory=Clocks)
    tiles: Callable[[], Tiles] = default_tiles
    key: Callable[[], bytes] = ticket_key


class PixelDoor:
    """The ASGI application; one per process. It is bound to the event loop that first calls it."""

    def __init__(self, parts: DoorParts | None = None) -> None:
        self._parts = parts or DoorParts()
        rows, clocks = self._parts.rows, self._parts.clocks
        self._tiles = self._parts.tiles()
        self._guard = Guard(self._parts.key(), rows.current_epochs, clocks)
        self._sources = Sources(rows, clocks.steady)
        self._making: dict[PictureKey, Future[Picture]] = {}
        self._batches = 0
        self._told: BoundedCache[tuple[str, ...], float] = BoundedCache(10_000)
        self._telling: set[Future[None]] = set()
        self._wanted = 0
        self._asked = 0
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()
        rendering = ThreadPoolExecutor(RENDER_THREADS, "door-render")
        decoding = ThreadPoolExecutor(DECODE_THREADS, "door-decode")
        self._pools: dict[Work, Executor] = {
            "short": rendering,
            "render": rendering,
            "decode": decoding,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError("the pixel door answers HTTP alone")
        method = scope["method"]
        head = method == "HEAD"
        known: Pass | None = None
        try:
            if method == "OPTIONS":
                await send_empty(send, 204, [(b"allow", ALLOWED_METHODS)])
                return
            if method not in {"GET", "HEAD"}:
                raise MethodRefused("pictures are fetched with GET or HEAD")
            authorization, if_none_match = _headers(scope)
            known = self._guard.read(authorization)
            if not self._guard.stands(known.ticket):
                await self._guard.check(known.ticket)
            request = parse(_raw_path(scope), scope["query_string"])
            _must_allow(known, request)
            if isinstance(request, PictureRequest):
                await self._answer_picture(request, if_none_match, send, head)
            else:
                await self._answer_batch(request, known, receive, send)
        except TeleradError as error:
            if known is not None:
                self._tell_refusal(known, error)
            await send_problem(send, error, head)
        except Exception as error:
            log_fault(error)
            if known is not None:
                self._tell(known, "picture.failed", type(error).__name__)
            await send_problem(send, error, head)

    def close(self) -> None:
        """End the threads; the door answers no more."""
        for pool in set(self._pools.values()):
            pool.shutdown(wait=True, cancel_futures=True)
        self._tiles.close()
        self._parts.rows.threads.close()

    async def _answer_picture(
        self, request: PictureRequest, if_none_match: bytes, send: Send, head: bool
    ) -> None:
        place = self._sources.known(request.case, request.instance)
        if place is None:
            place = await self._sources.find(request.case, request.instance)
        key = self._tiles.key(place.source, request)
        picture = self._tiles.cached(key)
        if picture is None:
            self._asked += 1
            self._nobody_waits.clear()
            try:
                picture = await self._picture(key, request, place)
            finally:
                self._asked -= 1
                if not self._asked:
                    self._nobody_waits.set()
        if if_none_match and _matches(if_none_match, picture.etag):
            await send_empty(send, 304, [(b"etag", picture.etag)])
            return
        headers: Headers = [
            (b"content-type", picture.content_type.encode("ascii")),
            (b"etag", picture.etag),
        ]
        if picture.note:
            headers.append((b"x-telerad-note", note_header(picture.note)))
        if picture.window:
            headers.append((b"x-telerad-window", picture.window.encode("ascii")))
        await send_bytes(send, 200, picture.body, headers, head)

    async def _picture(self, key: PictureKey, request: PictureRequest, place: Place) -> Picture:
        """Return a picture that is not in the cache; all who ask for it at once wait for one."""
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= MAX_MAKING:
                raise Busy("too many pictures are being made; try again in a moment")
            work = self._tiles.work(place.source, key)
            if work == "short" and await self._alone():
                # The way to a thread and back costs as much as half of the picture.
                return self._tiles.make(place.source, request)
            ahead = place.ahead(key.frame_number) if work == "decode" else []
            make = partial(self._tiles.make, place.source, request, ahead)
            making = self._making.get(key)
            if making is None:
                making = asyncio.get_running_loop().run_in_executor(self._pools[work], make)
                self._making[key] = making
                making.add_done_callback(partial(self._made, key))
        # One client that leaves must not take the picture from the others.
        return await shield(making)

    async def _alone(self) -> bool:
        """Return whether no other picture is wanted now, of those whose requests have arrived."""
        self._wanted += 1
        try:
            await asyncio.sleep(0)
            return self._wanted == 1 and not self._making
        finally:
            self._wanted -= 1

    def _made(self, key: PictureKey, making: "Future[Picture]") -> None:
        del self._making[key]
        if not making.cancelled():
            making.exception()  # when nobody waits any more, it is no news

    async def _answer_batch(
        self, request: BatchRequest, known: Pass, receive: Receive, send: Send
    ) -> None:
        stack = await self._sources.stack(request.case, request.stack, request.revision)
        if request.last > len(stack.frames):
            raise Invalid(f"range ends at {request.last}; the stack has {len(stack.frames)} frames")
        if self._batches >= MAX_BATCHES:
            raise Busy("too many batches are being sent; try again in a moment")
        self._batches += 1
        try:
            body = door_batch.records(
                range(request.first, request.last + 1),
                partial(self._batch_picture, request, stack),
                partial(self._guard.check, known.ticket),
            )
            await door_batch.stream(body, receive, send)
        finally:
            self._batches -= 1

    async def _batch_picture(
        self, request: BatchRequest, stack: StackFrames, position: int
    ) -> tuple[str, bytes]:
        instance, frame_number = stack.frames[position - 1]
        await self._give_way()
        place = await self._sources.find(request.case, instance)
        for kind in self._tiles.batch_kinds(place.source, frame_number, request.kind):
            picture_request = PictureRequest(
                request.case, instance, frame_number, kind, 0, 0, 0, 0, request.asked
            )
            key = self._tiles.key(place.source, picture_request)
            try:
                picture = self._tiles.cached(key) or await self._picture(
                    key, picture_request, place
                )
            except TeleradError:
                if kind != "stored":
                    raise
                continue  # not as a browser would read it: the next best is a PNG
            return picture.content_type, picture.body
        raise TooLarge("the frame has several tiles; ask for them one by one")

    async def _give_way(self) -> None:
        """Let pictures that were asked for one by one go before those of a batch."""
        if self._asked:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nobody_waits.wait(), GIVE_WAY_SECONDS)

    def _tell_refusal(self, known: Pass, error: TeleradError) -> None:
        if isinstance(error, NotFound | Forbidden) and not isinstance(error, TicketRefused):
            self._tell(known, "picture.refused", error.kind.value)

    def _tell(self, known: Pass, action: str, reason: str) -> None:
        """Write an audit event in the background, once a minute for the same person and reason."""
        key = (str(known.ticket.principal_id), known.case, action, reason)
        now = self._parts.clocks.steady()
        told = self._told.get(key)
        if told is not None and now - told < TELL_AGAIN_SECONDS:
            return
        self._told.put(key, now, 1)
        write = self._parts.rows.threads.run(door_rows.record_event, known.ticket, action, reason)
        telling = ensure_future(write)
        self._telling.add(telling)
        telling.add_done_callback(self._has_told)

    def _has_told(self, telling: "Future[None]") -> None:
        self._telling.discard(telling)
        error = None if telling.cancelled() else telling.exception()
        if error is not None:
            log_fault(error)


def _headers(scope: Scope) -> tuple[bytes | None, bytes]:
    """Return the values of Authorization and If-None-Match. Raises TooLarge."""
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    authorization: bytes | None = None
    if_none_match = b""
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"authorization":
            authorization = value
        elif name == b"if-none-match":
            if_none_match = value
    if size > MAX_HEADER_BYTES or len(headers) > MAX_HEADERS:
        raise TooLarge(f"more than {MAX_HEADERS} headers or {MAX_HEADER_BYTES} bytes of them")
    return authorization, if_none_match


def _raw_path(scope: Scope) -> bytes:
    raw = scope.get("raw_path")
    return raw if isinstance(raw, bytes) else scope["path"].encode("utf-8", "replace")


def _must_allow(known: Pass, request: PictureRequest | BatchRequest) -> None:
    if request.case != known.case:
        raise NotFound("the ticket is for another case")
    if Right.LOOK.value not in known.ticket.rights:
        raise Forbidden("the ticket does not allow to look")


def _matches(if_none_match: bytes, etag: bytes) -> bool:
    """Return whether the header names the tag; a weak tag compares equal here (RFC 9110 13.1.2)."""
    if if_none_match == etag:
        return True
    tags = (tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b","))
    return any(tag in {etag, b"*"} for tag in tags)
