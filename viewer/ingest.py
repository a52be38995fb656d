"""From received files to stored, indexed, stacked instances: the one way in.

A file is hashed and counted, parsed within bounds, its blob made durable, and only then do rows
point to it. Files go through in batches, in three steps that overlap: threads read and hash the
next batch, this thread parses one, threads write and sync the one before. One file that is broken,
refused or unlucky never keeps another from being kept.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError

from consults.access import Principal
from consults.models import Case, Organisation, Patient
from viewer.identity import Identity, why_other
from viewer.ingest_read import INTERNAL, Candidate, IncomingFile, Loaded, load, parse
from viewer.ingest_rows import already_received, write
from viewer.ingest_types import ALREADY_HERE, Result, Target
from viewer.models import Outcome, ReceivedFile
from viewer.store import BlobStore, default_store

__all__ = ["LEFT_OUT", "MISSING", "FileReport", "IncomingFile", "receive"]

logger = logging.getLogger("telerad.ingest")

# What became of a file that is not meant to be DICOM (a medium's viewer, a folder's thumbnails).
LEFT_OUT = "left-out"
# What became of a file that a medium's index names and that is not on the medium.
MISSING = "missing"

BATCH_FILES = 64
_READ_THREADS = 2
# Files that are read ahead, and so in memory, besides the batches in hand.
_READ_AHEAD = 16
_BATCH_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. ``outcome`` is an Outcome value, LEFT_OUT or MISSING."""

    name: str
    sha256: str
    outcome: str
    reason: str = ""
    size: int = 0
    instance_id: UUID | None = None
    case_id: UUID | None = None
    study_instance_uid: str = ""


@dataclass(slots=True)
class _Work:
    """A batch on its way. Each entry of ``order`` becomes one report."""

    order: list[Loaded]
    reports: dict[int, FileReport] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    refused: list[Result] = field(default_factory=list)
    stored: Future[None] | None = None


def receive(
    files: Iterable[IncomingFile],
    *,
    case: Case | None,
    organisation: Organisation,
    principal: Principal | None,
    progress: Callable[[FileReport], None] | None = None,
    store: BlobStore | None = None,
) -> Iterator[FileReport]:
    """Take files into ``case``, or (None) into an untitled case for each patient; report on each.

    The caller has fetched ``case`` or ``organisation`` through the door with the right to upload;
    no principal is a command of ours. Reports come in the order of the files, batch by batch, when
    the batch is durable. Raises what stops all files alike: StoreUnavailable, a database that is
    away; what was reported before stays.
    """
    target = Target(organisation, case, principal)
    receiving = _Receiving(target, store or default_store())
    for report in receiving.run(files):
        if progress:
            progress(report)
        yield report


class _Receiving:
    """One run of :func:`receive`."""

    def __init__(self, target: Target, store: BlobStore) -> None:
        self._target = target
        self._store = store
        self._readers = ThreadPoolExecutor(_READ_THREADS, thread_name_prefix="ingest-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ingest-write")
        # Asked now: the case in hand may have been fetched before its first file came.
        patient = Patient.objects.filter(cases=target.case).first() if target.case else None
        self._identity = Identity.of_row(patient) if patient else None

    def run(self, files: Iterable[IncomingFile]) -> Iterator[FileReport]:
        before: _Work | None = None
        try:
            for batch in self._batches(files):
                work = self._parsed(batch)
                if before is not None:
                    yield from self._finished(before)
                before = work
            if before is not None:
                yield from self._finished(before)
        finally:
            self._readers.shutdown(cancel_futures=True)
            self._writer.shutdown(cancel_futures=True)

    def _batches(self, files: Iterable[IncomingFile]) -> Iterator[list[Loaded]]:
        """Yield files with their bytes, batches bounded in number and bytes, reading ahead."""
        staging = self._store.staging
        most = settings.MAX_UPLOAD_BYTES
        coming = iter(files)
        ahead: deque[Future[Loaded]] = deque()
        batch: list[Loaded] = []
        size = 0
        while True:
            for file in islice(coming, _READ_AHEAD - len(ahead)):
                ahead.append(self._readers.submit(load, file, staging, most))
            if not ahead:
                break
            loaded = ahead.popleft().result()
            batch.append(loaded)
            size += loaded.bytes_in_memory
            if len(batch) >= BATCH_FILES or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _parsed(self, batch: list[Loaded]) -> _Work:
        """Sort a batch out, and start to keep what is to be kept."""
        work = _Work(batch)
        digests = {one.sha256 for one in batch if one.sha256 and not one.refused_because}
        known = already_received(self._target, digests) if digests else {}
        seen: set[str] = set()
        for place, loaded in enumerate(batch):
            self._sort_out(work, place, loaded, known, seen)
        blobs = [(one.loaded.stored_sha256, one.loaded.source) for one in work.candidates]
        if blobs:
            work.stored = self._writer.submit(self._store.put_many, blobs)
        return work

    def _sort_out(
        self,
        work: _Work,
        place: int,
        loaded: Loaded,
        known: dict[str, ReceivedFile],
        seen: set[str],
    ) -> None:
        file = loaded.file
        if file.left_out_because:
            work.reports[place] = FileReport(file.name, "", LEFT_OUT, file.left_out_because)
            return
        if file.missing_because:
            work.reports[place] = FileReport(file.name, "", MISSING, file.missing_because)
            return
        if loaded.refused_because:
            work.refused.append(Result(loaded, Outcome.REFUSED, loaded.refused_because))
            return
        if row := known.get(loaded.sha256):
            work.reports[place] = replace(
                _report(Result(loaded, Outcome.DUPLICATE, ALREADY_HERE)),
                instance_id=row.instance_id,
                case_id=row.case_id,
            )
            return
        if loaded.sha256 in seen:
            work.reports[place] = _report(Result(loaded, Outcome.DUPLICATE, ALREADY_HERE))
            return
        seen.add(loaded.sha256)
        found = parse(loaded)
        if isinstance(found, Candidate):
            found = self._of_this_patient(found)
        if isinstance(found, str):
            work.refused.append(Result(loaded, Outcome.REFUSED, found))
        else:
            work.candidates.append(found)

    def _of_this_patient(self, candidate: Candidate) -> Candidate | str:
        """Return the candidate, or why it is not the case's patient's: before its bytes are kept.

        The rows are written under a lock that checks this again.
        """
        if self._target.case is None:
            return candidate
        if self._identity is None:
            self._identity = candidate.identity
        return why_other(self._identity, candidate.identity) or candidate

    def _finished(self, work: _Work) -> list[FileReport]:
        """Write a batch's rows once its blobs are durable; return its reports in order."""
        try:
            if work.stored is not None:
                work.stored.result()
            results = self._written(work)
        finally:
            for loaded in work.order:
                loaded.discard()
        uids = {id(one.loaded): one.parsed.study_instance_uid for one in work.candidates}
        made = {id(one.loaded): one for one in [*results, *work.refused]}
        return [
            work.reports.get(place)
            or replace(_report(made[id(one)]), study_instance_uid=uids.get(id(one), ""))
            for place, one in enumerate(work.order)
        ]

    def _written(self, work: _Work) -> list[Result]:
        if not work.candidates and not work.refused:
            return []
        try:
            return write(self._target, work.candidates, work.refused)
        except (DataError, IntegrityError, ValueError, TypeError) as error:
            logger.warning("a batch failed by %s; its files go one by one", type(error).__name__)
        results = write(self._target, [], work.refused)
        for candidate in work.candidates:
            try:
                results.extend(write(self._target, [candidate], []))
            except (DataError, IntegrityError, ValueError, TypeError) as error:
                logger.error("file %s: %s", candidate.loaded.sha256, type(error).__name__)
                results.append(Result(candidate.loaded, Outcome.REFUSED, INTERNAL))
        return results


def _report(result: Result) -> FileReport:
    return FileReport(
        name=result.loaded.file.name,
        sha256=result.loaded.sha256,
        outcome=result.outcome.value,
        reason=result.reason,
        size=result.loaded.size,
        instance_id=result.instance_id,
        case_id=result.case_id,
    )
