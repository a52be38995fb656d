"""A pixel door with its clocks in the test's hand, and people who ask it for pictures."""

import asyncio
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from consults.access import Principal
from consults.actions import issue_ticket
from consults.models import Case, User
from viewer import ingest
from viewer.door import DatabaseRows, DoorParts, PixelDoor
from viewer.door_guard import Clocks
from viewer.frames import FrameReader, frame_reader
from viewer.models import Instance, Stack
from viewer.store import BlobStore, store_from_url
from viewer.tiles import Tiles


@dataclass(frozen=True)
class Answer:
    """What the door sent; ``pieces`` are the parts of the body as they were sent."""

    status: int
    headers: dict[str, str]
    pieces: Sequence[bytes]

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces)


@dataclass
class DoorClient:
    """Asks a door on one event loop; ``now`` is the wall clock and the steady one."""

    store: BlobStore
    reader: FrameReader
    now: float = 0.0
    cache_bytes: int = 64 * 1024**2
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.now = time.time()
        self.rows = DatabaseRows()
        self.tiles = Tiles(self.store, self.reader, self.cache_bytes)
        clocks = Clocks(lambda: self.now, lambda: self.now)
        self.door = PixelDoor(DoorParts(self.rows, clocks, lambda: self.tiles))

    def close(self) -> None:
        """End the door's threads and the loop."""
        self.runner.run(asyncio.sleep(0))
        self.door.close()
        self.runner.close()

    def ask(
        self, path: str, token: str | None = None, method: str = "GET", **headers: str
    ) -> Answer:
        """Send one request; header names are given with underscores."""
        return self.runner.run(self.asked(path, token, method, **headers))

    async def asked(
        self, path: str, token: str | None = None, method: str = "GET", **headers: str
    ) -> Answer:
        """Send one request on a loop that runs."""
        path, _, query = path.partition("?")
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if token is not None:
            pairs.append(("authorization", f"Ticket {token}"))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not sent:
                return {"type": "http.request", "body": b"", "more_body": False}
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        start, *bodies = sent
        assert start["type"] == "http.response.start"
        assert not bodies[-1].get("more_body")
        names = [name for name, _ in start["headers"]]
        assert len(names) == len(set(names)), names
        return Answer(
            start["status"],
            {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
            [body["body"] for body in bodies],
        )


@pytest.fixture
def blob_url(tmp_path: Path, settings: Any) -> str:
    """A place for the test's own blobs, named by the settings, of the profile's kind."""
    if settings.BLOB_URL.startswith("s3://"):
        settings.BLOB_URL = f"{settings.BLOB_URL}/{uuid4().hex}"
    else:
        settings.BLOB_URL = f"file://{tmp_path / 'blobs'}"
    return str(settings.BLOB_URL)


@pytest.fixture
def door(blob_url: str, tmp_path: Path) -> Iterator[DoorClient]:
    """A door over the test's blobs."""
    store = store_from_url(blob_url)
    reader = frame_reader(
        store,
        cache_dir=str(tmp_path / "frames"),
        cache_bytes=64 * 1024**2,
        processes=1,
        memory_bytes=3 * 1024**3,
        seconds=20,
    )
    client = DoorClient(store, reader)
    yield client
    client.close()
    reader.close()


def send_files(case: Case, user: User, files: Sequence[bytes]) -> list[Instance]:
    """Put files into a case through ingest; return their instances in the same order."""
    reports = list(
        ingest.receive(
            [ingest.IncomingFile(f"file-{n}.dcm", data) for n, data in enumerate(files)],
            case=case,
            organisation=case.organisation,
            principal=Principal.of(user),
        )
    )
    assert all(report.instance_id for report in reports), [report.reason for report in reports]
    return [Instance.objects.get(id=report.instance_id) for report in reports]


def token_for(user: User, case: Case) -> str:
    """A ticket for a case's pictures."""
    return issue_ticket(Principal.of(user), case.id)[0]


def frame_path(case: Case, instance: Instance | UUID, frame: int = 1) -> str:
    """The address under which a frame's pictures lie, with its slash."""
    instance_id = instance.id if isinstance(instance, Instance) else instance
    return f"/pixels/v1/cases/{case.id}/instances/{instance_id}/frames/{frame}/"


def stack_of(instance: Instance) -> Stack:
    """The one stack of an instance's series."""
    return Stack.objects.get(series_id=instance.series_id)


def sha256(data: bytes) -> str:
    """The digest of some bytes."""
    return hashlib.sha256(data).hexdigest()
