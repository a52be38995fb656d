"""What the values say: one pixel, and the statistics of a region. Always of modality values.

An 8-bit picture is never read: windowing has clipped it (PS3.3 C.11.2.1).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Invalid, NotFound, Unsupported
from viewer.pixels.color import to_rgb
from viewer.pixels.modality import apply_modality, padding_mask
from viewer.pixels.render import Frame
from viewer.pixels.types import FrameHeader, Spacing, UltrasoundRegion

Shape = Literal["rectangle", "ellipse"]
_MM_PER_CM = 10.0
_FARTHEST = 1e6  # pixels; a frame has 65,535


class OutsideFrame(NotFound):
    """The pixel or region does not lie on the frame."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The value at a pixel. ``value`` is the modality value, or (red, green, blue) 0 to 255.

    ``text`` is what to show: "-12 HU". It never says SUV: that needs more than a frame knows.
    Numbers that are not finite are None, because JSON has none.
    """

    stored: tuple[float | None, ...]
    value: float | tuple[int, int, int] | None
    unit: str
    text: str
    padding: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A shape in image coordinates: (0, 0) is the centre of the first pixel, x runs right, y down.

    The corners may come in any order; an ellipse touches the four sides.
    """

    shape: Shape
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class RegionStatistics:
    """Statistics over the pixels whose centres lie in or on the shape.

    Padding, NaN and infinities are left out.

    ``sd`` is the population standard deviation (divided by ``count``): the pixels are the whole
    region, not a sample of it. All are None if ``count`` is 0. ``area_mm2`` is the drawn shape's,
    None where the frame has no valid millimetres.
    """

    count: int
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    unit: str
    area_mm2: float | None


def probe(frame: Frame, header: FrameHeader, x: int, y: int) -> Probe:
    """Return the value at column ``x`` and row ``y``, 0-based.

    Raises OutsideFrame, UnknownColor.
    """
    rows, columns = frame.pixels.shape[:2]
    if not (0 <= x < columns and 0 <= y < rows):
        raise OutsideFrame(f"x {x}, y {y}; the frame has {columns} columns and {rows} rows")
    pixel = frame.pixels[y : y + 1, x : x + 1]
    stored = tuple(_plain(value) for value in pixel.reshape(-1).tolist())
    if header.is_color:
        red, green, blue = to_rgb(pixel, frame.photometric, header).reshape(3).tolist()
        text = f"R {red} G {green} B {blue}"
        return Probe(stored, (red, green, blue), "", text, padding=False)
    unit = header.modality.unit
    if padding_mask(pixel, header.padding) is not None:
        return Probe(stored, None, unit, "padding", padding=True)
    value = float(apply_modality(pixel, header.modality)[0, 0])
    text = value_text(value, unit) if math.isfinite(value) else "infinite"
    return Probe(stored, _plain(value), unit, text, padding=False)


def value_text(value: float, unit: str) -> str:
    """Return a finite value with its unit, whole or with six digits: "-12 HU", "0.25"."""
    whole = value == int(value) and abs(value) < 1e15
    number = str(int(value)) if whole else f"{value:.6g}"
    return f"{number} {unit}".rstrip()


def _plain(value: float) -> float | None:
    """Return an int where the number is whole, as JSON then shows it; None if not finite."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def region_statistics(frame: Frame, header: FrameHeader, region: Region) -> RegionStatistics:
    """Return the statistics of a region of a gray frame; what lies outside the frame is cut off.

    Raises Invalid for corners far beyond any frame, Unsupported for a colour frame.
    """
    if header.is_color:
        raise Unsupported("a colour frame has no single value a pixel to make statistics of")
    x0, x1 = sorted((region.x0, region.x1))
    y0, y1 = sorted((region.y0, region.y1))
    # NaN fails the comparison as well.
    if not all(abs(place) <= _FARTHEST for place in (x0, x1, y0, y1)):
        raise Invalid(f"a region's corners are numbers of at most {_FARTHEST:.0f} pixels")
    area = _area_mm2(Region(region.shape, x0, y0, x1, y1), header.spacing)
    rows, columns = frame.pixels.shape
    column0, column1 = max(math.ceil(x0), 0), min(math.floor(x1), columns - 1) + 1
    row0, row1 = max(math.ceil(y0), 0), min(math.floor(y1), rows - 1) + 1
    if column0 >= column1 or row0 >= row1:
        return RegionStatistics(0, None, None, None, None, header.modality.unit, area)
    stored = frame.pixels[row0:row1, column0:column1]
    chosen = np.ones(stored.shape, np.bool_)
    if region.shape == "ellipse":
        xs, ys = np.arange(column0, column1), np.arange(row0, row1)
        chosen = _unit_offset(xs, x0, x1) ** 2 + _unit_offset(ys, y0, y1)[:, None] ** 2 <= 1
    padding = padding_mask(stored, header.padding)
    if padding is not None:
        chosen &= ~padding
    values = apply_modality(stored[chosen], header.modality)
    return _statistics(values[np.isfinite(values)], header, area)


def _unit_offset(places: NDArray[np.int64], low: float, high: float) -> NDArray[np.float64]:
    """Return where pixel centres lie between two sides, -1 to 1."""
    radius = (high - low) / 2
    if not radius:
        return np.zeros(places.shape)
    return (places.astype(np.float64) - (low + high) / 2) / radius


def _statistics(
    values: NDArray[np.float64], header: FrameHeader, area_mm2: float | None
) -> RegionStatistics:
    unit = header.modality.unit
    if not values.size:
        return RegionStatistics(0, None, None, None, None, unit, area_mm2)
    return RegionStatistics(
        count=int(values.size),
        mean=float(values.mean()),
        sd=float(values.std()),
        minimum=float(values.min()),
        maximum=float(values.max()),
        unit=unit,
        area_mm2=area_mm2,
    )


def _area_mm2(region: Region, spacing: Spacing) -> float | None:
    scale = _mm_per_pixel(region, spacing)
    if scale is None:
        return None
    width_mm, height_mm = (region.x1 - region.x0) * scale[0], (region.y1 - region.y0) * scale[1]
    return width_mm * height_mm * (math.pi / 4 if region.shape == "ellipse" else 1.0)


def _mm_per_pixel(region: Region, spacing: Spacing) -> tuple[float, float] | None:
    """Return (column, row) spacing at the region, None where millimetres do not hold."""
    if spacing.source == "ultrasound-regions" or spacing.regions:
        # Units hold inside one region only (PS3.3 C.8.5.5); elsewhere there is no size.
        for part in spacing.regions:
            if _contains(part, region) and part.unit_x == part.unit_y == "cm":
                return abs(part.delta_x) * _MM_PER_CM, abs(part.delta_y) * _MM_PER_CM
        return None
    if spacing.row_mm is None or spacing.column_mm is None:
        return None
    return spacing.column_mm, spacing.row_mm


def _contains(part: UltrasoundRegion, region: Region) -> bool:
    inside_x = part.x0 <= region.x0 and region.x1 <= part.x1
    return inside_x and part.y0 <= region.y0 and region.y1 <= part.y1
