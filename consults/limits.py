"""How often something may fail before it has to wait, counted in the cache all processes share."""

import hashlib
import time

from django.core.cache import cache

WINDOW_SECONDS = 15 * 60


class Tries:
    """The numbered places of one subject in the current window.

    A try takes a free place before it is made; a try that succeeds gives it back. Taking is
    ``cache.add``, which lets one of two simultaneous callers win on every backend.
    """

    def __init__(self, subject: str, places: int, *, now: float | None = None) -> None:
        """Count for ``subject``; its text is hashed, so that the cache holds no address of mail."""
        window = int((time.time() if now is None else now) // WINDOW_SECONDS)
        digest = hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:32]
        self._keys = [f"tries:{digest}:{window}:{place}" for place in range(places)]
        self._taken: str | None = None

    def take(self) -> bool:
        """Take a place; return False if none is left in this window."""
        held = cache.get_many(self._keys)
        for key in self._keys:
            if key not in held and cache.add(key, 1, timeout=WINDOW_SECONDS):
                self._taken = key
                return True
        return False

    def give_back(self) -> None:
        """Give the taken place back: the try succeeded."""
        if self._taken:
            cache.delete(self._taken)
            self._taken = None
