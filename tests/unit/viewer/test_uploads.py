"""Bodies in front of Django: counted, and for uploads handed on only when asked for."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from viewer.uploads import STREAM_KEY, BodyCut, CountedBodies

UPLOAD = "/api/v1/cases/01890000-0000-7000-8000-00000000000c/files/"


def scope(path: str, method: str = "POST") -> dict[str, Any]:
    """An HTTP scope."""
    return {"type": "http", "method": method, "path": path, "headers": []}


def sender(pieces: Iterable[bytes], *, cut: bool = False) -> tuple[Any, list[int]]:
    """A receive() that sends the pieces, and how many of them were taken."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if not cut:
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    messages.append({"type": "http.disconnect"})
    taken = [0]

    async def receive() -> dict[str, Any]:
        taken[0] += 1
        return messages[taken[0] - 1]

    return receive, taken


async def ask(app: Any, path: str, receive: Any, method: str = "POST") -> list[dict[str, Any]]:
    """Everything the app sends."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope(path, method), receive, send)
    return sent


async def whole_body(app_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An app that reads the body as Django does, and answers with its length."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def test_F4_a_body_over_the_bound_is_cut_off_with_413_whatever_length_was_stated() -> None:
    receive, taken = sender([b"x" * 1000] * 1000)
    sent = await ask(CountedBodies(whole_body, small_body_bytes=2500), "/sign-in/", receive)
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert taken[0] == 3


async def test_F4_a_body_within_the_bound_arrives_whole() -> None:
    receive, _ = sender([b"x" * 1000] * 2)
    sent = await ask(CountedBodies(whole_body, small_body_bytes=2500), "/sign-in/", receive)
    assert sent[1]["body"] == b"2000"


async def test_F4_not_a_byte_of_an_upload_is_taken_before_the_view_asks_for_it() -> None:
    receive, taken = sender([b"x" * 1000] * 5)
    sent = await ask(CountedBodies(whole_body), UPLOAD, receive)
    assert (sent[1]["body"], taken[0]) == (b"0", 0)
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_an_upload_is_read_in_a_thread_piece_by_piece() -> None:
    async def app(app_scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        pieces = await asyncio.to_thread(lambda: list(app_scope[STREAM_KEY].pieces()))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"".join(pieces)})
        assert max(map(len, pieces)) <= 1024**2 + 65_536

    body = [bytes([number]) * 65_536 for number in range(40)]
    receive, _ = sender(body)
    sent = await ask(CountedBodies(app), UPLOAD, receive)
    assert sent[1]["body"] == b"".join(body)
    assert (b"connection", b"close") not in sent[0]["headers"]


async def test_a_connection_that_ends_early_is_told_to_the_view_and_to_django() -> None:
    async def app(app_scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert await receive() == {"type": "http.request", "body": b"", "more_body": False}
        leaving = asyncio.create_task(receive())
        with pytest.raises(BodyCut):
            await asyncio.to_thread(lambda: list(app_scope[STREAM_KEY].pieces()))
        assert (await leaving)["type"] == "http.disconnect"

    receive, _ = sender([b"x"], cut=True)
    assert await ask(CountedBodies(app), UPLOAD, receive) == []


@pytest.mark.parametrize("path", [UPLOAD + "known/", UPLOAD.upper(), UPLOAD[:-1], "/x" + UPLOAD])
async def test_only_the_upload_address_itself_is_streamed(path: str) -> None:
    receive, _ = sender([b"x" * 10])
    sent = await ask(CountedBodies(whole_body), path, receive)
    assert sent[1]["body"] == b"10"
