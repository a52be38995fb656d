"""The audit: who did what, when, from where, with what outcome. Appended only, chained by hash.

Each event carries the SHA-256 of the event before it, and one row holds the newest. A row that is
edited, removed or moved breaks the chain at that row; a cut tail disagrees with the newest. The
newest is also written to the log stream, which someone who can rewrite the database cannot reach.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from functools import partial

from django.db import transaction
from django.utils import timezone

from consults.access import Principal
from consults.models import AuditEvent, AuditHead, Case

logger = logging.getLogger("telerad.audit")

FIRST_PREVIOUS = "0" * 64


def _digest(event: AuditEvent) -> str:
    """Return the SHA-256 of everything an event says, the hash before it included."""
    said = {
        "sequence": event.sequence,
        "at": event.at.isoformat(timespec="microseconds"),
        "actor": [event.actor_kind, event.actor_id],
        "action": event.action,
        "object": [event.object_kind, event.object_id],
        "organisation": event.organisation_id,
        "case": event.case_id,
        "outcome": event.outcome,
        "address": event.address,
        "details": event.details,
        "previous": event.previous_sha256,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _storable(value: object) -> str | int | bool | None:
    """Return a detail in a form that both databases give back unchanged."""
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).replace("\x00", "")[:1000]


def _actor_kind(principal: Principal | None, address: str) -> str:
    if principal is not None:
        return principal.kind
    # Nobody is signed in: a caller from outside has an address, a command of ours has none.
    return "anonymous" if address else "system"


def record(  # noqa: PLR0913, one argument per column of the event
    action: str,
    *,
    principal: Principal | None,
    object_kind: str = "",
    object_id: object = "",
    case: Case | None = None,
    outcome: str = "success",
    address: str = "",
    **details: object,
) -> AuditEvent:
    """Append one event, in the caller's transaction if there is one.

    ``details`` are ids, counts and words of ours, never a patient's data. The head row is locked
    until the transaction ends, so two events never share a number.
    """
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(id=1)
        event = AuditEvent(
            sequence=head.sequence + 1,
            at=timezone.now(),
            actor_kind=_actor_kind(principal, address),
            actor_id=str(principal.id) if principal else "",
            action=action,
            object_kind=object_kind,
            object_id=str(object_id),
            organisation_id=str(case.organisation_id) if case else "",
            case_id=str(case.id) if case else "",
            outcome=outcome,
            address=address[:64],
            details={name: _storable(value) for name, value in details.items()},
            previous_sha256=head.sha256,
        )
        event.sha256 = _digest(event)
        event.save(force_insert=True)
        head.sequence, head.sha256 = event.sequence, event.sha256
        head.save(update_fields=["sequence", "sha256"])
        transaction.on_commit(
            partial(logger.info, "audit %d %s %s %s", event.sequence, event.sha256, action, outcome)
        )
    return event


def _events() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000)


def verify(known: tuple[int, str] | None = None) -> int | None:
    """Return the sequence number of the first event that is not as it was written, or None.

    ``known`` is a (sequence, sha256) pair kept elsewhere, for instance in the log stream; it shows
    a chain that was rewritten as a whole.
    """
    previous, expected = FIRST_PREVIOUS, 1
    for event in _events():
        if event.sequence != expected:
            return expected
        if event.previous_sha256 != previous or event.sha256 != _digest(event):
            return event.sequence
        if known and known[0] == event.sequence and known[1] != event.sha256:
            return event.sequence
        previous, expected = event.sha256, expected + 1
    head = AuditHead.objects.filter(id=1).first() or AuditHead(sequence=0, sha256=FIRST_PREVIOUS)
    if (head.sequence, head.sha256) != (expected - 1, previous):
        return min(head.sequence, expected - 1) + 1
    return expected if known and known[0] >= expected else None
