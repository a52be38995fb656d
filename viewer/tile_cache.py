"""Caches bounded in bytes, for values of very different sizes.

An entry count would bound nothing here: a tile of a phantom is 2 KB, a mammogram's level 27 MB.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Least recently used out first, once the sizes that were stated exceed ``max_bytes``.

    Safe between threads. ``on_evict`` is called under the lock with each key that leaves, replaced
    keys not among them; it must not call back.
    """

    def __init__(self, max_bytes: int, on_evict: Callable[[K, V], None] | None = None) -> None:
        self._max_bytes = max_bytes
        self._on_evict = on_evict
        self._entries: dict[K, tuple[V, int]] = {}
        self._bytes = 0
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """The sum of the stated sizes of what is kept now."""
        return self._bytes

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return the value and make it the newest, or None."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is None:
                return None
            self._entries[key] = entry
            return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep ``value`` of ``size`` bytes as the newest; one over the bound is not kept."""
        with self._lock:
            self._remove(key)
            if size > self._max_bytes:
                return
            self._entries[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                oldest = next(iter(self._entries))
                evicted = self._entries[oldest][0]
                self._remove(oldest)
                if self._on_evict is not None:
                    self._on_evict(oldest, evicted)

    def discard(self, key: K) -> None:
        """Forget ``key`` if it is there."""
        with self._lock:
            self._remove(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _remove(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]
