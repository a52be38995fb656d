"""The entry of every connection: pictures to the pixel door, everything else to Django."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telerad.settings")
_application = get_asgi_application()

# The apps must be ready before what uses them is imported.
from telerad.checks import refuse_unsafe_start  # noqa: E402
from viewer.door import PixelDoor  # noqa: E402
from viewer.uploads import CountedBodies  # noqa: E402

refuse_unsafe_start()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PIXELS_PATH = "/pixels/"
# 1008, policy violation (RFC 6455 7.4.1): there is no socket route.
NO_SUCH_SOCKET = 1008

_django = CountedBodies(_application)  # type: ignore[arg-type]
_pixel_door = PixelDoor()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Route one connection by its kind and path."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["path"].startswith(PIXELS_PATH):
        await _pixel_door(scope, receive, send)
    else:
        await _django(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop messages."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(_pixel_door.close)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
