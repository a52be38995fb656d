"""Bounds on what a folder or an archive may make us read."""

from dataclasses import dataclass

MEBI, GIBI = 1 << 20, 1 << 30


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Far above a real medium, far below harm."""

    max_entries: int = 20_000  # of one archive; a large PET/CT has some thousand images
    max_directory_bytes: int = 4 * MEBI  # of its table of contents, which is held in memory
    max_total_bytes: int = 16 * GIBI  # unpacked, of one archive with those inside it
    max_ratio: int = 200  # unpacked to packed, beyond free_bytes
    free_bytes: int = 64 * MEBI  # blank images pack 1000:1, which is no attack yet
    in_memory_bytes: int = 4 * MEBI  # a larger entry goes to a temporary file


DEFAULT_ARCHIVE_LIMITS = ArchiveLimits()
