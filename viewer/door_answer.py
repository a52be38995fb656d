"""How the pixel door answers: the headers of every answer, problems as JSON, and the log line."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import quote

from telerad.edge import HTTP_STATUS, problem
from telerad.errors import TeleradError, Unavailable
from viewer.door_guard import TicketRefused

logger = logging.getLogger("telerad.door")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# A picture is one person's for as long as they may see it: no cache keeps it, no page embeds it.
PRIVATE: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"private, no-store"),
    (b"vary", b"authorization"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
ALLOWED_METHODS = b"GET, HEAD, OPTIONS"
MAX_NOTE_CHARACTERS = 500


async def send_bytes(
    send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]], head: bool = False
) -> None:
    """Send a whole answer; ``head`` leaves the body out and keeps its length."""
    await send({
        "type": "http.response.start",
        "status": status,
        "headers": [*PRIVATE, (b"content-length", b"%d" % len(body)), *headers],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_empty(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Send an answer that has no body by its status: 204 or 304."""
    await send({
        "type": "http.response.start", "status": status, "headers": [*PRIVATE, *headers]
    })  # fmt: skip
    await send({"type": "http.response.body", "body": b""})


async def send_problem(send: Send, error: Exception, head: bool = False) -> None:
    """Send what went wrong as ``{"code", "detail"}``; a fault of ours tells nothing of itself."""
    status, body = problem_of(error)
    headers: Headers = [(b"content-type", b"application/json")]
    if isinstance(error, TicketRefused):
        headers.append((b"www-authenticate", b"Ticket"))
    elif isinstance(error, MethodRefused):
        headers.append((b"allow", ALLOWED_METHODS))
    elif status == 503:
        headers.append((b"retry-after", b"1"))
    await send_bytes(send, status, json.dumps(body).encode(), headers, head)


class MethodRefused(TeleradError):
    """Pictures are fetched; nothing is sent to the door."""


class Busy(Unavailable):
    """More pictures are being made than wait in a reasonable time."""


def problem_of(error: Exception) -> tuple[int, dict[str, str]]:
    """Return the HTTP status and the JSON body for an error."""
    if isinstance(error, TicketRefused):
        return 401, {"code": "ticket", "detail": str(error)}
    if isinstance(error, MethodRefused):
        return 405, {"code": "method", "detail": str(error)}
    if isinstance(error, TeleradError):
        return HTTP_STATUS[error.kind], problem(error)
    return 500, {"code": "fault", "detail": "The picture could not be made; the fault is logged."}


def log_fault(error: BaseException) -> None:
    """Log a fault of ours by type and place. Its text could quote a file, so it is left out."""
    where = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-6:])
    )
    logger.error("a picture failed: %s at %s", type(error).__name__, where)


def note_header(note: str) -> bytes:
    """Return a note for the screen as a header's value: percent-encoded UTF-8."""
    return quote(note[:MAX_NOTE_CHARACTERS]).encode("ascii")
