"""Epochs: what a signed ticket was issued under, and how it is taken back before it expires.

Every subject (``user:<uuid>``, ``case:<uuid>``) has a random epoch in the cache that all web
processes share. A ticket names the epochs it was issued under; changing an epoch ends all of them.
A lost epoch (an emptied cache) also ends them: the holder asks for a new ticket, and is checked.
"""

import secrets
from collections.abc import Iterable

from django.core.cache import cache

from telerad.errors import Unavailable

# Far longer than a ticket lives; a subject that nobody asks about for a day leaves the cache.
EPOCH_SECONDS = 24 * 3600


def _key(subject: str) -> str:
    return f"epoch:{subject}"


def current_epoch(subject: str) -> str | None:
    """Return the subject's epoch, or None if it has none now. One cache read."""
    epoch: str | None = cache.get(_key(subject))
    return epoch


def epoch_of(subject: str) -> str:
    """Return the subject's epoch; make one if it has none. Raises Unavailable without a cache."""
    epoch = current_epoch(subject)
    if epoch is None:
        # add() lets the first of two simultaneous callers win, get() tells both who won.
        cache.add(_key(subject), secrets.token_urlsafe(9), timeout=EPOCH_SECONDS)
        epoch = current_epoch(subject)
    if epoch is None:
        raise Unavailable("The cache did not keep an entry; see the readiness page and the log.")
    return epoch


def epochs_hold(epochs: Iterable[tuple[str, str]]) -> bool:
    """Return whether every (subject, epoch) pair is still the current one. One cache read."""
    wanted = {_key(subject): epoch for subject, epoch in epochs}
    return bool(wanted) and cache.get_many(wanted) == wanted


def revoke(subject: str) -> None:
    """End every ticket issued under the subject's epoch. Raises Unavailable if that failed."""
    before = current_epoch(subject)
    cache.set(_key(subject), secrets.token_urlsafe(9), timeout=EPOCH_SECONDS)
    # The database cache swallows a write error, and a revocation that did not happen must be heard.
    if before is not None and current_epoch(subject) == before:
        raise Unavailable("The cache did not take the revocation; try again.")
