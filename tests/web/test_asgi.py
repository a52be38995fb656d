"""The entry of every connection: what goes where, and what is not answered at all."""

import importlib
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured


@pytest.fixture
def asgi(settings: Any, tmp_path: Any) -> Any:
    """The module as a server imports it, in a safe installation."""
    settings.SECRET_KEY = "a-long-and-random-secret-key-of-more-than-50-characters"
    settings.DATA_DIR = tmp_path
    settings.BLOB_URL = f"file://{tmp_path}/blobs"
    sys.modules.pop("telerad.asgi", None)
    yield importlib.import_module("telerad.asgi")
    sys.modules.pop("telerad.asgi", None)


async def talk(application: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    sent: list[Any] = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


def test_L5_a_server_does_not_come_up_on_the_key_of_the_source(settings: Any) -> None:
    settings.SECRET_KEY = settings.DEFAULT_SECRET_KEY
    settings.DEMO = False
    sys.modules.pop("telerad.asgi", None)
    with pytest.raises(ImproperlyConfigured, match="TELERAD_SECRET_KEY"):
        importlib.import_module("telerad.asgi")


async def test_a_socket_is_closed_while_there_is_no_route_for_one(asgi: Any) -> None:
    scope = {"type": "websocket", "path": "/"}
    sent = await talk(asgi.application, scope, {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_start_and_stop_are_answered(asgi: Any) -> None:
    messages = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    sent = await talk(asgi.application, {"type": "lifespan"}, *messages)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_pictures_go_past_django(asgi: Any) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/pixels/v1/nothing",
        "raw_path": b"/pixels/v1/nothing",
        "query_string": b"",
        "headers": [],
    }
    start, *_ = await talk(asgi.application, scope, {"type": "http.request", "body": b""})
    # Django would lead to the sign-in page, and its answers vary by cookie.
    assert start["status"] in {401, 404}
    assert dict(start["headers"]).get(b"vary") == b"authorization"
