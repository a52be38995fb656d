"""The whole way from a frame's stored values to a file for the browser.

crop, reduce (before any window), look up in the one table, encode. Everything here is a function of
its arguments; caches are the caller's.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from telerad.errors import Unsupported
from viewer.pixels.auto import sampled
from viewer.pixels.choice import FromFile, VoiChoice, resolve
from viewer.pixels.color import to_rgb
from viewer.pixels.deep import encode_deep
from viewer.pixels.grid import Grid, Rect
from viewer.pixels.levels import LevelValues, block_means, level_values, source_part
from viewer.pixels.png import encode_gray, encode_rgb
from viewer.pixels.scratch import buffer
from viewer.pixels.table import apply_table, display_direct, display_table, modality_table
from viewer.pixels.types import DisplayPixels, FrameHeader, StoredPixels, VoiPreset
from viewer.pixels.voi import apply_voi

# Part of every tile's ETag and cache key: raise it when any byte of an answer changes.
RENDER_VERSION = 1
THUMBNAIL_LONGEST = 160
_MAX_LEVEL = 7
_FROM_FILE = FromFile()
_MODALITY_BITS = 16


class NoDeepTile(Unsupported):
    """The frame's values do not fit a deep tile; its preview tiles serve."""


class Frame(Protocol):
    """A decoded frame: ``pixels`` and the colour space they are in now."""

    @property
    def pixels(self) -> StoredPixels:
        """(rows, columns) or (rows, columns, 3)."""

    @property
    def photometric(self) -> str:
        """A defined term of (0028,0004)."""


@dataclass(frozen=True, slots=True)
class TileRequest:
    """Which tile (0-based, see :mod:`viewer.pixels.grid`), and what it is to show."""

    level: int = 0
    column: int = 0
    row: int = 0
    choice: VoiChoice = _FROM_FILE
    invert: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LevelPixels:
    """A whole level of a frame, ready to be cut into tiles of any window.

    ``values`` is 8-bit RGB (rows, columns, 3) of a colour frame, else as in
    :class:`viewer.pixels.levels.LevelValues`. ``sample`` is what an automatic window is made from;
    ``grid`` is the frame's.
    """

    grid: Grid
    level: int
    values: StoredPixels
    are_modality: bool
    sample: StoredPixels

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return int(self.values.nbytes) + (int(self.sample.nbytes) if self.level else 0)


# A level kept, tiles cut from it.


def prepare_level(frame: Frame, header: FrameHeader, level: int) -> LevelPixels:
    """Return a level of a frame; level 0 of a gray or 8-bit RGB frame is not copied.

    Raises NoSuchTile, UnknownColor.
    """
    grid = Grid.of(*frame.pixels.shape[:2])
    grid.level_size(level)
    if header.is_color:
        return LevelPixels(grid, level, _rgb_level(frame, header, level, None), False, frame.pixels)
    reduced = level_values(frame.pixels, header, level)
    sample = frame.pixels if level == 0 else sampled(frame.pixels).copy()
    return LevelPixels(grid, level, reduced.values, reduced.are_modality, sample)


def window_in_use(level: LevelPixels, header: FrameHeader, choice: VoiChoice) -> VoiPreset | None:
    """Return the window or VOI LUT that tiles of ``choice`` show, None for a colour frame.

    Raises BadChoice, BadWindow.
    """
    return None if header.is_color else resolve(choice, header, level.sample)


def level_tile_png(level: LevelPixels, header: FrameHeader, request: TileRequest) -> bytes:
    """Return a preview tile cut from a level; ``request.level`` is the level's.

    Raises NoSuchTile, BadChoice, BadWindow.
    """
    rect = level.grid.tile_rect(level.level, request.column, request.row)
    values = _cut(level.values, rect)
    if header.is_color:
        return encode_rgb(_inverted(values, request.invert))
    voi = resolve(request.choice, header, level.sample)
    return _gray_png(LevelValues(values, level.are_modality), header, voi, request.invert)


def level_tile_deep(level: LevelPixels, header: FrameHeader, request: TileRequest) -> bytes:
    """Return a deep tile cut from a level; ``choice`` and ``invert`` have no part in it.

    Raises NoSuchTile, NoDeepTile.
    """
    _check_deep(header)
    rect = level.grid.tile_rect(level.level, request.column, request.row)
    return _deep(LevelValues(_cut(level.values, rect), level.are_modality), header)


# One tile straight from the frame: only the pixels that it covers are read.


def tile_pixels(frame: Frame, header: FrameHeader, request: TileRequest) -> DisplayPixels:
    """Return a tile as it is shown, uint8 (rows, columns) or (rows, columns, 3) for colour.

    Raises NoSuchTile, BadChoice, BadWindow, UnknownColor.
    """
    rect = _tile_rect(frame, request)
    if header.is_color:
        return _inverted(_rgb_level(frame, header, request.level, rect), request.invert)
    voi = resolve(request.choice, header, frame.pixels)
    values = level_values(frame.pixels, header, request.level, rect)
    return _shown(values, header, voi, request.invert)


def tile_png(frame: Frame, header: FrameHeader, request: TileRequest) -> bytes:
    """Return a preview tile, PNG. Raises NoSuchTile, BadChoice, BadWindow, UnknownColor."""
    rect = _tile_rect(frame, request)
    if header.is_color:
        rgb = _rgb_level(frame, header, request.level, rect)
        return encode_rgb(_inverted(rgb, request.invert))
    voi = resolve(request.choice, header, frame.pixels)
    values = level_values(frame.pixels, header, request.level, rect)
    return _gray_png(values, header, voi, request.invert)


def tile_deep(frame: Frame, header: FrameHeader, request: TileRequest) -> bytes:
    """Return a deep tile (docs/deep-tile.md). Raises NoSuchTile, NoDeepTile."""
    _check_deep(header)
    rect = _tile_rect(frame, request)
    return _deep(level_values(frame.pixels, header, request.level, rect), header)


def frame_pixels(
    frame: Frame, header: FrameHeader, choice: VoiChoice, *, invert: bool = False
) -> DisplayPixels:
    """Return a whole frame at full resolution as it is shown, uint8.

    Raises BadChoice, BadWindow, UnknownColor.
    """
    if header.is_color:
        return _inverted(to_rgb(frame.pixels, frame.photometric, header), invert)
    voi = resolve(choice, header, frame.pixels)
    return _shown(LevelValues(frame.pixels, are_modality=False), header, voi, invert)


def frame_png(
    frame: Frame, header: FrameHeader, choice: VoiChoice, *, invert: bool = False
) -> bytes:
    """Return a whole frame at full resolution, PNG. Raises BadChoice, BadWindow, UnknownColor."""
    return _png(frame_pixels(frame, header, choice, invert=invert))


def thumbnail_png(
    frame: Frame, header: FrameHeader, choice: VoiChoice, longest: int = THUMBNAIL_LONGEST
) -> bytes:
    """Return a PNG whose longer side is at most ``longest``, with square pixels; never enlarged.

    Raises BadChoice, BadWindow, UnknownColor.
    """
    rows, columns = frame.pixels.shape[:2]
    width, height = _thumbnail_size(rows, columns, header.spacing.aspect, longest)
    level = 0
    while level < _MAX_LEVEL and rows >> level + 1 >= height and columns >> level + 1 >= width:
        level += 1
    if header.is_color:
        shown = _rgb_level(frame, header, level, None)
    else:
        voi = resolve(choice, header, frame.pixels)
        shown = _shown(level_values(frame.pixels, header, level), header, voi, invert=False)
    picture = Image.fromarray(np.ascontiguousarray(shown))
    # Pillow's bilinear filter widens when it reduces, so every pixel of the level counts.
    return _png(np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR)))


def _thumbnail_size(rows: int, columns: int, aspect: float, longest: int) -> tuple[int, int]:
    """Return (width, height); ``aspect`` is a pixel's height over its width."""
    width, height = float(columns), float(rows)
    # The longer direction of a pixel is not stretched: it is the other one that is reduced.
    if aspect > 1:
        width /= aspect
    elif 0 < aspect < 1:
        height *= aspect
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _tile_rect(frame: Frame, request: TileRequest) -> Rect:
    rows, columns = frame.pixels.shape[:2]
    return Grid.of(rows, columns).tile_rect(request.level, request.column, request.row)


def _cut(values: StoredPixels, rect: Rect) -> StoredPixels:
    return values[rect.row0 : rect.row1, rect.column0 : rect.column1]


def _rgb_level(frame: Frame, header: FrameHeader, level: int, rect: Rect | None) -> DisplayPixels:
    rgb = to_rgb(source_part(frame.pixels, level, rect), frame.photometric, header)
    if level == 0:
        return rgb
    samples = [block_means(np.ascontiguousarray(rgb[:, :, sample]), level) for sample in range(3)]
    return np.stack(samples, axis=2)


def _inverted(shown: DisplayPixels, invert: bool) -> DisplayPixels:
    return np.subtract(255, shown) if invert else shown


def _shown(
    level: LevelValues,
    header: FrameHeader,
    voi: VoiPreset,
    invert: bool,
    out: DisplayPixels | None = None,
) -> DisplayPixels:
    """Take values to the screen; ``out`` receives them where a table does it."""
    if level.values.dtype.kind in "iu" and level.values.dtype.itemsize <= 2:
        build = modality_table if level.are_modality else display_table
        return apply_table(level.values, build(header, voi, invert=invert), out)
    if not level.are_modality:
        return display_direct(level.values, header, voi, invert=invert)
    shown = apply_voi(level.values, voi)
    if header.inverted != invert:
        np.subtract(255, shown, out=shown)
    # NaN is all that is left of a block of padding.
    shown[np.isnan(level.values)] = 0
    return shown


def _gray_png(level: LevelValues, header: FrameHeader, voi: VoiPreset, invert: bool) -> bytes:
    shape = level.values.shape
    out = buffer("shown", level.values.size).reshape(shape)
    return encode_gray(_shown(level, header, voi, invert, out))


def _png(shown: DisplayPixels) -> bytes:
    return encode_rgb(shown) if shown.ndim == 3 else encode_gray(shown)


def _check_deep(header: FrameHeader) -> None:
    if not header.has_deep_tiles:
        raise NoDeepTile(
            f"this frame has {header.samples} samples a pixel, {header.number} numbers of"
            f" {header.bits_stored} bits; a deep tile takes one integer sample of at most 16 bits"
        )


def _deep(level: LevelValues, header: FrameHeader) -> bytes:
    bits = _MODALITY_BITS if level.are_modality else header.bits_stored
    return encode_deep(
        level.values,
        bits_stored=bits,
        signed=level.values.dtype.kind == "i",
        modality_values=level.are_modality,
    )
