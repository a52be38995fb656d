"""Many frames in one answer: records in order, each sent as soon as it is ready.

The body is a sequence of records: position in the stack, kind, length (each uint32 little-endian),
then that many bytes. Kinds: 0 deep tile, 1 PNG, 2 problem JSON in UTF-8, 3 stored JPEG.
"""

import json
import struct
from asyncio import FIRST_COMPLETED, Task, create_task, wait
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from telerad.errors import TeleradError
from viewer.door_answer import PRIVATE, Receive, Send, log_fault, problem_of

RECORD = struct.Struct("<III")
DEEP, PNG, PROBLEM, JPEG = 0, 1, 2, 3
KIND_OF_TYPE = {"application/x-telerad-deep": DEEP, "image/png": PNG, "image/jpeg": JPEG}
CONTENT_TYPE = b"application/x-telerad-frames"
# Enough to keep a render thread and a decoder job busy. More would stand in the way of a picture
# that somebody asks for meanwhile.
WINDOW = 3

# Makes one frame's picture: (content type, bytes).
Make = Callable[[int], Awaitable[tuple[str, bytes]]]


async def records(
    positions: Sequence[int], make: Make, may_go_on: Callable[[], Awaitable[None]]
) -> AsyncGenerator[bytes, None]:
    """Yield the records of ``positions`` in order, a few being made ahead of the one awaited.

    A frame that fails becomes a problem record and the rest goes on. When ``may_go_on`` raises, the
    error is the last record. Closing the generator cancels what is being made.
    """
    waiting = deque(positions)
    making: deque[tuple[int, Task[bytes]]] = deque()
    try:
        while waiting or making:
            while waiting and len(making) < WINDOW:
                position = waiting.popleft()
                making.append((position, create_task(_record(position, make))))
            position, task = making.popleft()
            try:
                record = await task
                await may_go_on()
            except TeleradError as error:
                yield _problem(position, error)
                return
            yield record
    finally:
        for _, task in making:
            task.cancel()


async def stream(body: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send ``body`` as it comes, until its end or until the client is gone."""
    await send({
        "type": "http.response.start",
        "status": 200,
        "headers": [*PRIVATE, (b"content-type", CONTENT_TYPE)],
    })  # fmt: skip
    gone = create_task(_disconnected(receive))
    sending = create_task(_send_all(body, send))
    try:
        await wait({gone, sending}, return_when=FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        gone.cancel()
        sending.cancel()


async def _send_all(body: AsyncGenerator[bytes, None], send: Send) -> None:
    # Closed here and not by the collector: leaving cancels what is being made.
    async with aclosing(body) as open_body:
        async for record in open_body:
            await send({"type": "http.response.body", "body": record, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _record(position: int, make: Make) -> bytes:
    try:
        content_type, body = await make(position)
    except TeleradError as error:
        return _problem(position, error)
    except Exception as error:
        log_fault(error)
        return _problem(position, error)
    return RECORD.pack(position, KIND_OF_TYPE[content_type], len(body)) + body


def _problem(position: int, error: Exception) -> bytes:
    text = json.dumps(problem_of(error)[1]).encode()
    return RECORD.pack(position, PROBLEM, len(text)) + text
