"""Bounds on what a file may make us do. Each is checked before memory or time is spent."""

from dataclasses import dataclass

MEBI, GIBI = 1 << 20, 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file. The defaults lie far above real files and far below harm."""

    max_element_bytes: int = 64 * MEBI  # outside pixel data: a 16-bit palette has 128 KiB
    max_depth: int = 64  # sequences inside sequences; deep SR trees reach about 20
    max_elements: int = 1_000_000  # in the whole header: 10,000 enhanced frames of 100 elements
    max_elements_in_data_set: int = 65_536  # real data sets and items have at most some hundreds
    max_inflated_bytes: int = GIBI  # PS3.5 A.5
    max_inflated_ratio: int = 100  # beyond the first free_inflated_bytes
    free_inflated_bytes: int = 64 * MEBI  # a blank image inflates 1000:1, which is no attack yet
    max_rows: int = 65_535  # (0028,0010) is US
    max_columns: int = 65_535
    max_frames: int = 250_000  # a slide of 100,000 x 100,000 pixels has 152,000 tiles of 256
    max_frame_bytes: int = GIBI  # after decoding
    max_fragments: int = 4_000_000


DEFAULT_LIMITS = Limits()
