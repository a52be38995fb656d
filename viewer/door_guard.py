"""Who may pass the pixel door: signed tickets, and the epochs that end them early.

A ticket says for at most :data:`consults.tickets.TICKET_SECONDS` what was true when it was issued.
It carries the *epoch* of each subject it rests on (the user, the case); taking a right away gives
that subject another epoch. The door reads epochs again once they are :data:`EPOCH_SECONDS` old, so
a ticket dies at most that long, and one read, after the right did.
"""

import time
from asyncio import Future, ensure_future, shield
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from consults import tickets
from consults.tickets import Ticket
from telerad.errors import Forbidden
from viewer.tile_cache import BoundedCache

EPOCH_SECONDS = 2.0
MAX_TOKEN_BYTES = 4096
REMEMBERED_TICKETS = 4096
REMEMBERED_EPOCHS = 20_000

_SCHEME = b"Ticket "

EpochReader = Callable[[tuple[str, ...]], Awaitable[Mapping[str, str | None]]]


class TicketRefused(Forbidden):
    """The ticket is missing, forged, expired or revoked: another one has to be asked for."""


class Clock(Protocol):
    """Seconds; ``time.time`` for expiry, which the issuer set, ``time.monotonic`` for ages."""

    def __call__(self) -> float:
        """Return now."""
        ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of the door, passed in so that tests need not wait."""

    wall: Clock = time.time
    steady: Clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Pass:
    """A verified ticket; ``case`` is its case in the form in which addresses carry it."""

    ticket: Ticket
    case: str


class Guard:
    """Turns an Authorization header into a pass that is still good."""

    def __init__(self, key: bytes, read_epochs: EpochReader, clocks: Clocks) -> None:
        self._key = key
        self._read_epochs = read_epochs
        self._clocks = clocks
        self._tickets: BoundedCache[bytes, Pass] = BoundedCache(REMEMBERED_TICKETS)
        self._epochs: BoundedCache[str, tuple[str | None, float]] = BoundedCache(REMEMBERED_EPOCHS)
        self._reading: dict[tuple[str, ...], Future[None]] = {}

    def read(self, authorization: bytes | None) -> Pass:
        """Return the pass that the header's value carries. Raises TicketRefused."""
        if authorization is None or not authorization.startswith(_SCHEME):
            raise TicketRefused("a request for pixels carries the header Authorization: Ticket ...")
        now = self._clocks.wall()
        known = self._tickets.get(authorization)
        if known is None:
            ticket = self._verified(authorization, now)
            known = Pass(ticket, str(ticket.case_id))
            self._tickets.put(authorization, known, 1)
        if known.ticket.expires_at <= now:
            self._tickets.discard(authorization)
            raise TicketRefused("the ticket has expired")
        return known

    def stands(self, ticket: Ticket) -> bool:
        """Return True if all epochs were read lately and are the ticket's, False if one is too old.

        Raises TicketRefused if a subject has another epoch now, or none.
        """
        return self._stands(ticket, self._clocks.steady() - EPOCH_SECONDS)

    def _stands(self, ticket: Ticket, oldest: float) -> bool:
        for subject, epoch in ticket.epochs:
            known = self._epochs.get(subject)
            if known is None or known[1] < oldest:
                return False
            if known[0] != epoch:
                raise TicketRefused("what the ticket rests on was revoked")
        return True

    async def check(self, ticket: Ticket) -> None:
        """Make sure that the ticket stands, reading epochs where needed. Raises TicketRefused."""
        if self.stands(ticket):
            return
        began = self._clocks.steady() - EPOCH_SECONDS
        subjects = tuple(subject for subject, _ in ticket.epochs)
        reading = self._reading.get(subjects)
        if reading is None:
            reading = ensure_future(self._read(subjects))
            self._reading[subjects] = reading
            reading.add_done_callback(lambda _: self._reading.pop(subjects, None))
        # One client that leaves must not cancel the read that others wait for.
        await shield(reading)
        if not self._stands(ticket, began):
            raise TicketRefused("what the ticket rests on cannot be confirmed")

    async def _read(self, subjects: tuple[str, ...]) -> None:
        # Aged from before the read: a revocation during it is then seen by the next one.
        began = self._clocks.steady()
        epochs = await self._read_epochs(subjects)
        for subject in subjects:
            self._epochs.put(subject, (epochs.get(subject), began), 1)

    def _verified(self, authorization: bytes, now: float) -> Ticket:
        if len(authorization) > MAX_TOKEN_BYTES:
            raise TicketRefused(f"the ticket is longer than {MAX_TOKEN_BYTES} bytes")
        try:
            token = authorization[len(_SCHEME) :].decode("ascii")
            ticket = tickets.verify(token, self._key, now)
        except (UnicodeDecodeError, Forbidden):
            raise TicketRefused("the ticket is not one of ours, or has expired") from None
        if not ticket.epochs:
            raise TicketRefused("the ticket names nothing that it rests on")
        return ticket
