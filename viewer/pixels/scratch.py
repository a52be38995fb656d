"""Buffers that a thread uses again: a fresh one costs more in page faults than in work."""

import threading

import numpy as np
from numpy.typing import NDArray

# A buffer that large is rare, and would be held for good.
_KEPT_BYTES = 4 << 20
_kept = threading.local()


def buffer(name: str, size: int) -> NDArray[np.uint8]:
    """Return ``size`` uninitialised bytes, this thread's alone until it asks for ``name`` again.

    Nothing that leaves the caller may refer to them.
    """
    if size > _KEPT_BYTES:
        return np.empty(size, np.uint8)
    kept: NDArray[np.uint8] | None = getattr(_kept, name, None)
    if kept is None or kept.size < size:
        kept = np.empty(size, np.uint8)
        setattr(_kept, name, kept)
    return kept[:size]
