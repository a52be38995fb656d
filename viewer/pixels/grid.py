"""Levels and tiles: which pixels of a frame a tile covers. Index arithmetic, no arrays.

Level 0 is full resolution and each level halves, rounding up, until one tile holds the frame. A
frame of at most 1024 x 1024 is one tile on one level.
"""

from dataclasses import dataclass

from telerad.errors import NotFound

TILE = 512
SINGLE_TILE_SIDE = 1024


class NoSuchTile(NotFound):
    """The level, column or row is not on the frame's grid."""


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels ``row0 <= row < row1`` and ``column0 <= column < column1`` of some level, 0-based."""

    row0: int
    column0: int
    row1: int
    column1: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) inside."""
        return self.row1 - self.row0, self.column1 - self.column0


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid of a frame of ``rows`` x ``columns`` pixels at level 0."""

    rows: int
    columns: int
    tile: int
    levels: int

    @classmethod
    def of(cls, rows: int, columns: int) -> "Grid":
        """Return the grid of a frame; both sides are at least 1."""
        longest = max(rows, columns)
        if longest <= SINGLE_TILE_SIDE:
            return cls(rows, columns, SINGLE_TILE_SIDE, 1)
        levels = 1
        while ceil_shift(longest, levels - 1) > TILE:
            levels += 1
        return cls(rows, columns, TILE, levels)

    def level_size(self, level: int) -> tuple[int, int]:
        """Return (rows, columns) of a level. Raises NoSuchTile."""
        if not 0 <= level < self.levels:
            raise NoSuchTile(f"level {level}; this frame has levels 0 to {self.levels - 1}")
        return ceil_shift(self.rows, level), ceil_shift(self.columns, level)

    def tile_counts(self, level: int) -> tuple[int, int]:
        """Return (tile rows, tile columns) of a level. Raises NoSuchTile."""
        rows, columns = self.level_size(level)
        return -(-rows // self.tile), -(-columns // self.tile)

    def tile_rect(self, level: int, column: int, row: int) -> Rect:
        """Return what a tile covers, in pixels of its level, cut at the edge. Raises NoSuchTile."""
        rows, columns = self.level_size(level)
        row0, column0 = row * self.tile, column * self.tile
        if not (0 <= row0 < rows and 0 <= column0 < columns):
            raise NoSuchTile(
                f"tile column {column}, row {row} of level {level}; the level has"
                f" {-(-columns // self.tile)} columns and {-(-rows // self.tile)} rows of tiles"
            )
        return Rect(row0, column0, min(row0 + self.tile, rows), min(column0 + self.tile, columns))


def ceil_shift(length: int, level: int) -> int:
    """Return ``length / 2**level``, rounded up."""
    return -(-length >> level)
