"""Stacks of a series, planned again whenever frames were added, in the adding transaction."""

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Max

from viewer.dicom.facts import FrameFacts, facts_from_json
from viewer.models import Instance, Series, Stack
from viewer.stackbody import pack
from viewer.stacking import StackPlan, plan_stacks

# Facts of recently changed series are kept, so that a study that arrives file by file does not read
# the whole series again for each file. About 1 KiB a frame.
_MOST_FRAMES_KEPT = 30_000


class _Version(NamedTuple):
    """Tells whether kept facts are all of a series: instances are added, never changed."""

    instances: int
    newest: datetime | None


class _SeriesFacts(NamedTuple):
    version: _Version
    instance_ids: dict[str, UUID]
    frames: tuple[FrameFacts, ...]


class _Kept:
    """Facts by series, least recently used out first; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: OrderedDict[UUID, _SeriesFacts] = OrderedDict()

    def get(self, series_id: UUID) -> _SeriesFacts | None:
        with self._lock:
            return self._series.get(series_id)

    def put(self, series_id: UUID, facts: _SeriesFacts) -> None:
        with self._lock:
            self._series[series_id] = facts
            self._series.move_to_end(series_id)
            total = sum(len(kept.frames) for kept in self._series.values())
            while total > _MOST_FRAMES_KEPT and self._series:
                _, dropped = self._series.popitem(last=False)
                total -= len(dropped.frames)


_kept = _Kept()


def versions(series_ids: Iterable[UUID]) -> dict[UUID, _Version]:
    """Return what the series hold now. One query. Ask before instances are added."""
    rows = (
        Instance.objects.filter(series_id__in=list(series_ids))
        .values_list("series_id")
        .annotate(count=Count("id"), newest=Max("received_at"))
        .order_by()
    )
    return {series_id: _Version(count, newest) for series_id, count, newest in rows}


def restack(
    added: Mapping[Series, list[tuple[Instance, tuple[FrameFacts, ...]]]],
    before: Mapping[UUID, _Version],
) -> None:
    """Plan the stacks of the series again; ``added`` are the instances that are new in each.

    Runs inside the transaction that added them, so that no instance is without its stack. A stack
    whose key is planned again keeps its id.
    """
    after = versions(series.id for series in added)
    for series, instances in added.items():
        kept = _kept.get(series.id)
        if series.id not in before:
            kept = _SeriesFacts(_Version(0, None), {}, ())
        elif kept is None or kept.version != before[series.id]:
            new = {instance.id for instance, _ in instances}
            kept = _read(series.id, new)
        ids = {**kept.instance_ids, **{i.sop_instance_uid: i.id for i, _ in instances}}
        frames = kept.frames + tuple(frame for _, facts in instances for frame in facts)
        _write(series, plan_stacks(frames), ids)
        # If this transaction fails, the version does not fit what the database then holds.
        _kept.put(series.id, _SeriesFacts(after[series.id], ids, frames))


def stored_facts(packed: bytes | memoryview) -> tuple[FrameFacts, ...]:
    """Return the facts of an instance from their column."""
    return facts_from_json(json.loads(zlib.decompress(bytes(packed)))) if packed else ()


def _read(series_id: UUID, leave_out: set[UUID]) -> _SeriesFacts:
    ids: dict[str, UUID] = {}
    frames: list[FrameFacts] = []
    rows = Instance.objects.filter(series_id=series_id).values_list(
        "id", "sop_instance_uid", "facts"
    )
    for instance_id, uid, packed in rows.iterator(chunk_size=500):
        if instance_id not in leave_out:
            ids[uid] = instance_id
            frames.extend(stored_facts(packed))
    return _SeriesFacts(_Version(len(ids), None), ids, tuple(frames))


def _write(series: Series, plans: list[StackPlan], ids: Mapping[str, UUID]) -> None:
    known = {stack.key: stack for stack in Stack.objects.filter(series=series).defer("body")}
    new: list[Stack] = []
    for position, plan in enumerate(plans):
        packed = pack(plan, ids)
        stack = known.pop(plan.key, None)
        if stack is None:
            stack = Stack(series=series, key=plan.key)
            new.append(stack)
        stack.position = position
        stack.label = plan.label[:300]
        stack.frame_count = len(plan.frames)
        stack.revision = packed.revision
        stack.body = packed.body
        if stack not in new:
            stack.save()
    Stack.objects.bulk_create(new)
    if known:
        Stack.objects.filter(id__in=[stack.id for stack in known.values()]).delete()
