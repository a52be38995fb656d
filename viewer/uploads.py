"""Request bodies: counted while they arrive, and streamed past Django's own spooling.

Django's ASGI handler writes a whole body to a temporary file before a view may refuse it, without
a bound. :class:`CountedBodies` stands in front. For an upload Django sees an empty body, so that
session, CSRF and access are checked before one byte of the file is taken; the view then asks for
the bytes with :func:`spool`. Every other body is small and is cut off at a bound.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest

from telerad.errors import Invalid, TooLarge, Unsupported

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Forms and JSON; a file comes by the upload route alone.
SMALL_BODY_BYTES = 4 * 1024**2
# What is hashed and written at once: in one thread hop, off the event loop.
WRITE_BYTES = 1024**2
STREAM_KEY = "telerad.body"

_UPLOAD_PATH = re.compile(r"/api/v1/cases/[0-9a-f-]{36}/files/")
_TOO_LARGE = (
    b'{"code":"too-large","detail":"The request body is larger than this address accepts."}'
)


class BodyCut(Invalid):
    """The connection ended before the body did."""


class BodyTooLarge(TooLarge):
    """More bytes came than are accepted, whatever Content-Length said."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A received body in a temporary file; ``sha256`` is over the bytes as received."""

    path: Path
    sha256: str
    size: int


class BodyStream:
    """The body of one request, read in pieces by whoever has checked that it is wanted."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()
        self._django_has_asked = False
        self.ended = False

    async def receive_for_django(self) -> Message:
        """Give Django an empty body, and later the disconnect if there is one."""
        if not self._django_has_asked:
            self._django_has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def next(self) -> bytes:
        """Return the next bytes, b"" at the end. Raises BodyCut when the connection ends first."""
        while not self.ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._gone.set()
                raise BodyCut("the connection ended before the file was complete")
            self.ended = not message.get("more_body", False)
            body: bytes = message.get("body", b"")
            if body:
                return body
        return b""

    def pieces(self) -> Iterator[bytes]:
        """Yield the body in pieces of about WRITE_BYTES, for a caller in another thread."""
        while piece := asyncio.run_coroutine_threadsafe(self._gather(), self._loop).result():
            yield piece

    async def _gather(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while size < WRITE_BYTES and (part := await self.next()):
            parts.append(part)
            size += len(part)
        return b"".join(parts)


class CountedBodies:
    """ASGI middleware in front of Django; see the module's text."""

    def __init__(self, app: App, small_body_bytes: int = SMALL_BODY_BYTES) -> None:
        self._app = app
        self._small_body_bytes = small_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
        elif scope["method"] == "POST" and _UPLOAD_PATH.fullmatch(scope["path"]):
            await self._streamed(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _streamed(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = BodyStream(receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not stream.ended:
                # Refused before the end: the rest of the file is not worth receiving.
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        await self._app({**scope, STREAM_KEY: stream}, stream.receive_for_django, answer)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._small_body_bytes:
                raise BodyTooLarge(f"the body is larger than {self._small_body_bytes} bytes")
            return message

        try:
            await self._app(scope, counted, send)
        except BodyTooLarge:
            # Django reads the whole body before it answers, so nothing has been sent yet.
            await send(
                {
                    "type": "http.response.start",
                    "status": 413,
                    "headers": [
                        (b"content-type", b"application/json"),
                        (b"content-length", str(len(_TOO_LARGE)).encode()),
                        (b"cache-control", b"private, no-store"),
                        (b"x-content-type-options", b"nosniff"),
                        (b"connection", b"close"),
                    ],
                }
            )
            await send({"type": "http.response.body", "body": _TOO_LARGE})


@contextmanager
def spool(request: HttpRequest, folder: Path) -> Iterator[Spooled]:
    """Receive a request's body into a temporary file in ``folder``; it is gone afterwards.

    The bytes that arrive are counted: neither Content-Length nor its absence is believed. Raises
    TooLarge over ``settings.MAX_UPLOAD_BYTES``, Unsupported for an encoded body, BodyCut when the
    connection ends early, Invalid when Content-Length is no number.
    """
    _refuse_early(request)
    handle, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            sha256, size = _copy(_pieces(request), file)
        yield Spooled(path, sha256, size)
    finally:
        path.unlink(missing_ok=True)


def _refuse_early(request: HttpRequest) -> None:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        # A few kilobytes of gzip are gigabytes of zeros; files are sent as they are.
        raise Unsupported("Content-Encoding is not accepted; send the file's own bytes")
    stated = request.headers.get("Content-Length", "")
    if stated and not (stated.isascii() and stated.isdigit()):
        raise Invalid("Content-Length is not a number")
    if stated and int(stated[:20]) > settings.MAX_UPLOAD_BYTES:
        raise _too_large()


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    stream: BodyStream | None = getattr(request, "scope", {}).get(STREAM_KEY)
    if stream is not None:
        yield from stream.pieces()
        return
    while piece := request.read(WRITE_BYTES):
        yield piece


def _copy(pieces: Iterator[bytes], file: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > settings.MAX_UPLOAD_BYTES:
            raise _too_large()
        digest.update(piece)
        file.write(piece)
    return digest.hexdigest(), size


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"the file is larger than {settings.MAX_UPLOAD_BYTES} bytes")
