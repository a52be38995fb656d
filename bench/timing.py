"""The time of a call, told apart from what else the machine does meanwhile."""

import time
from collections.abc import Callable

SECONDS_PER_FIGURE = 0.5


def least_ms(work: Callable[[], object]) -> float:
    """Return the least time of a call, in milliseconds."""
    work()
    least, stop = float("inf"), time.perf_counter() + SECONDS_PER_FIGURE
    while time.perf_counter() < stop:
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least * 1e3
