"""The rows that the pixel door reads: blocking functions for the door's own few threads.

Everything here is asked once and then kept for a while (:mod:`viewer.door_sources`); no tile waits
for a database twice.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import numpy as np
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.db.models import TextField
from django.db.models.functions import Cast

from consults import audit
from consults.access import Principal
from consults.models import Case
from consults.tickets import Ticket
from telerad import revocation
from telerad.errors import NotFound, Unavailable
from viewer import stackbody
from viewer.dicom.table import FrameTable
from viewer.frames import FrameSource
from viewer.models import CaseStudy, Instance, Stack
from viewer.pixels.descriptor import header_from_json
from viewer.pixels.types import FrameHeader

logger = logging.getLogger("telerad.door")

T = TypeVar("T")

# What one kept instance costs beside its frame table: objects, header references, dict slots.
INSTANCE_OVERHEAD_BYTES = 1500


@dataclass(frozen=True, slots=True)
class SeriesSources:
    """The displayable instances of one series, in the order in which they are likely looked at."""

    key: str  # the series' id
    study: str
    sources: tuple[FrameSource, ...]
    positions: Mapping[str, int]  # instance id -> index in ``sources``
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StackFrames:
    """The order of a stack's frames: (instance id, frame number from 1) for positions 1, 2, ..."""

    study: str
    revision: str
    frames: tuple[tuple[str, int], ...]


class DatabaseThreads:
    """Runs blocking reads in threads of their own, so that neither loop nor renders wait."""

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="door-rows")
        self._threads = threads

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Return ``function(*arguments)``. Raises Unavailable when the database does not answer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _in_database, function, *arguments)

    def close(self) -> None:
        """End the threads and their connections."""
        # A connection belongs to its thread: all meet, so that each closes its own.
        meeting = threading.Barrier(self._threads)
        for _ in range(self._threads):
            self._pool.submit(_close_own, meeting)
        self._pool.shutdown(wait=True)


def _close_own(meeting: threading.Barrier) -> None:
    meeting.wait(10)
    connections.close_all()


def _in_database(function: Callable[..., T], *arguments: object) -> T:
    close_old_connections()
    try:
        return function(*arguments)
    except DatabaseError as error:
        logger.warning("the pixel door's database read failed: %s", type(error).__name__)
        raise Unavailable("the database does not answer now; try again") from error
    finally:
        close_old_connections()


def current_epochs(subjects: tuple[str, ...]) -> dict[str, str | None]:
    """Return each subject's epoch now, None where there is none."""
    return {subject: revocation.current_epoch(subject) for subject in subjects}


def studies_of_case(case: str) -> frozenset[str]:
    """Return the ids of the studies that belong to the case now."""
    ids = CaseStudy.objects.filter(case_id=UUID(case)).values_list("study_id", flat=True)
    return frozenset(map(str, ids))


def series_of_instance(case: str, instance: str) -> SeriesSources:
    """Return the series of an instance of the case, in one query.

    Raises NotFound if the case has no such instance.
    """
    rows = (
        Instance.objects.filter(
            series__instances__id=UUID(instance), series__study__case_studies__case_id=UUID(case)
        )
        # As text, so that equal headers of a thousand slices are parsed once.
        .annotate(headers_text=Cast("headers", TextField()))
        .order_by("instance_number", "sop_instance_uid")
        .values_list(
            "id",
            "series_id",
            "series__study_id",
            "blob_id",
            "transfer_syntax_uid",
            "frame_table",
            "headers_text",
            "header_index",
        )
    )
    parsed: dict[str, tuple[FrameHeader, ...]] = {}
    sources: list[FrameSource] = []
    key = study = ""
    size_bytes = 0
    for instance_id, series_id, study_id, blob, syntax, table, text, index in rows:
        key, study = str(series_id), str(study_id)
        if text not in parsed:
            parsed[text] = tuple(header_from_json(header) for header in json.loads(text))
            size_bytes += 4 * len(text)
        sources.append(
            FrameSource(
                instance_id=instance_id,
                blob=blob,
                transfer_syntax_uid=syntax,
                table=FrameTable.from_bytes(bytes(table)),
                headers=parsed[text],
                header_index=np.frombuffer(bytes(index), "<u2") if index else None,
            )
        )
        # A stored table is packed and compressed; unpacked it is a few times larger.
        size_bytes += INSTANCE_OVERHEAD_BYTES + 6 * len(table) + len(index)
    if not sources:
        raise NotFound("the case has no such instance")
    positions = {str(source.instance_id): index for index, source in enumerate(sources)}
    return SeriesSources(key, study, tuple(sources), positions, size_bytes)


def frames_of_stack(case: str, stack: str) -> StackFrames:
    """Return a stack of the case. Raises NotFound if the case has no such stack."""
    row = (
        Stack.objects.filter(id=UUID(stack), series__study__case_studies__case_id=UUID(case))
        .values_list("series__study_id", "revision", "body")
        .first()
    )
    if row is None:
        raise NotFound("the case has no such stack")
    study, revision, packed = row
    frames = stackbody.unpack(bytes(packed))["frames"]
    return StackFrames(
        str(study), revision, tuple((frame["instance"], frame["frame"]) for frame in frames)
    )


def record_event(ticket: Ticket, action: str, reason: str) -> None:
    """Write one audit event about pictures that were not given."""
    audit.record(
        action,
        principal=Principal(kind="user", id=ticket.principal_id),
        object_kind="case",
        object_id=ticket.case_id,
        case=Case.objects.filter(id=ticket.case_id).first(),
        outcome="failure",
        reason=reason,
    )
