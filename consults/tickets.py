"""Tickets: short-lived signed leave to fetch the pictures of one case.

Pure; the clock is passed in. A ticket is checked without the database, so that each of a thousand
tiles costs one HMAC. It is taken back early by changing one of the epochs it names
(:mod:`telerad.revocation`).
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from uuid import UUID

from telerad.errors import Forbidden

TICKET_SECONDS = 60
# A ticket is under 500 characters; what is longer is not one, and is not worth an HMAC.
MAX_TOKEN_CHARACTERS = 2048


@dataclass(frozen=True)
class Ticket:
    """Who may do what in which case, until when (seconds since 1970), under which epochs."""

    principal_kind: str
    principal_id: UUID
    case_id: UUID
    rights: frozenset[str]
    epochs: tuple[tuple[str, str], ...]
    expires_at: float


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _signature(body: bytes, key: bytes) -> bytes:
    return _base64url(hmac.digest(key, body, hashlib.sha256)).encode("ascii")


def sign(ticket: Ticket, key: bytes) -> str:
    """Return the ticket as ``base64url(JSON).base64url(HMAC-SHA256)``, without padding."""
    fields = {
        "k": ticket.principal_kind,
        "i": str(ticket.principal_id),
        "c": str(ticket.case_id),
        "r": sorted(ticket.rights),
        "e": ticket.epochs,
        "x": ticket.expires_at,
    }
    body = _base64url(json.dumps(fields, separators=(",", ":")).encode())
    return f"{body}.{_signature(body.encode('ascii'), key).decode('ascii')}"


def verify(token: str, key: bytes, now: float) -> Ticket:
    """Return the ticket that ``key`` signed and that has not expired at ``now``.

    Raises Forbidden for anything else, in the same words for every kind of forgery. Whether the
    epochs still hold is the caller's question to the cache.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise Forbidden("The ticket is not one of ours.")
    body, _, signature = token.encode("utf-8", "replace").rpartition(b".")
    if not hmac.compare_digest(signature, _signature(body, key)):
        raise Forbidden("The ticket is not one of ours.")
    try:
        fields = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
        ticket = Ticket(
            principal_kind=fields["k"],
            principal_id=UUID(str(fields["i"])),
            case_id=UUID(str(fields["c"])),
            rights=frozenset(fields["r"]),
            epochs=tuple((subject, epoch) for subject, epoch in fields["e"]),
            expires_at=float(fields["x"]),
        )
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        # Signed by this key, yet unreadable: another version of Telerad made it.
        raise Forbidden("The ticket has an old form; ask for a new one.") from error
    # Written so that a NaN is refused as well.
    if not now < ticket.expires_at:
        raise Forbidden("The ticket has expired; ask for a new one.")
    return ticket
