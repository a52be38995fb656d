"""What a frame's numbers mean, as frozen values: the description that all pixel code works from.

A value of these types is made once, from a data set, in :mod:`viewer.dicom.header`; it is stored
and sent to the browser in the JSON form of :mod:`viewer.pixels.descriptor`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# (rows, columns) as decoded, masked to Bits Stored and sign-extended, before any rescale; or
# (rows, columns, 3) for colour. dtype: u1, i1, u2, i2, u4, i4, f4, f8.
StoredPixels = NDArray[Any]
# (rows, columns) or (rows, columns, 3), ready for the screen.
DisplayPixels = NDArray[np.uint8]

VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]  # (0028,1056)
NumberForm = Literal["integer", "float", "double"]  # (7FE0,0010), (7FE0,0008), (7FE0,0009)
SpacingSource = Literal[
    "pixel-spacing",  # (0028,0030) of a cross-sectional image: millimetres in the patient
    "calibrated",  # (0028,0030) of a projection, calibrated: (0028,0A02)
    "at-detector",  # (0018,1164) Imager Pixel Spacing: millimetres at the detector
    "magnification-corrected",  # (0018,1164) divided by (0018,1114)
    "ultrasound-regions",  # (0018,6011): millimetres hold inside a region only
    "none",
]


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A LUT (PS3.3 C.11.1.1, C.11.2.1.1): ``data[i]`` is the output for ``first_mapped + i``.

    Inputs below the first take the first entry, inputs beyond the last take the last.
    ``data`` is uint16 of shape (entries,); the output range is 0 to ``2**bits - 1``.
    """

    first_mapped: int
    bits: int
    data: NDArray[np.uint16] = field(compare=False, repr=False)
    name: str = ""
    digest: str = ""  # SHA-256 of data: what equality and caches go by


@dataclass(frozen=True, slots=True)
class Window:
    """A window (PS3.3 C.11.2.1.2, C.11.2.1.3) in modality units."""

    center: float
    width: float
    function: VoiFunction = "LINEAR"
    name: str = ""


VoiPreset = Window | LookupTable


@dataclass(frozen=True, slots=True)
class Modality:
    """Stored value to modality value: ``slope * stored + intercept``, or through ``lut``.

    ``unit`` is what a reader may call the result ("HU", "Bq/ml", "" where nothing says so).
    ``note`` says, in words, why a transform in the file is not used (XA/XRF, PS3.3 C.8.7.1.1.2)
    or what else the screen has to say.
    """

    slope: float = 1.0
    intercept: float = 0.0
    lut: LookupTable | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Padding:
    """Stored values ``low <= v <= high`` are not image (PS3.3 C.7.5.1.1.2); ordered already."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Palette:
    """Red, green and blue LUTs (PS3.3 C.7.6.3.1.5, C.7.9.2), segmented ones already expanded."""

    red: LookupTable
    green: LookupTable
    blue: LookupTable


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay plane of group 60xx (PS3.3 C.9.2).

    ``origin_row`` and ``origin_column`` are 1-based and may be below 1. ``embedded_bit`` is the bit
    of the pixel word that holds an old embedded overlay; else the plane's bits are at
    ``value_offset`` in the file (``value_length`` bytes, low bit first, frames one after another
    without row padding).
    """

    group: int
    rows: int
    columns: int
    origin_row: int = 1
    origin_column: int = 1
    frame_origin: int = 1  # (60xx,0051)
    frames: int = 1  # (60xx,0015)
    embedded_bit: int | None = None
    value_offset: int = 0
    value_length: int = 0
    big_endian_words: bool = False
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class UltrasoundRegion:
    """One calibrated region (PS3.3 C.8.5.5), in 0-based pixels, both ends inclusive.

    ``delta_x`` and ``delta_y`` are signed physical units per pixel in ``unit_x``, ``unit_y``
    (UCUM-like texts: "cm", "s", "cm/s", "Hz", "%", "dB", "cm2", "ml", "" for none).
    """

    x0: int
    y0: int
    x1: int
    y1: int
    unit_x: str
    unit_y: str
    delta_x: float
    delta_y: float
    kind: str = ""  # "tissue", "colour flow", "spectral", ...
    reference_x: int | None = None
    reference_y: int | None = None


@dataclass(frozen=True, slots=True)
class Spacing:
    """Millimetres between the centres of adjacent rows and of adjacent columns, and what says so.

    Row spacing is vertical and comes first (PS3.3 10.7.1.3). Both are None when nothing valid is
    given: then the viewer says "uncalibrated". ``aspect`` is vertical over horizontal size of a
    pixel, from the spacing or else from Pixel Aspect Ratio (0028,0034).
    """

    row_mm: float | None = None
    column_mm: float | None = None
    source: SpacingSource = "none"
    aspect: float = 1.0
    regions: tuple[UltrasoundRegion, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """All that is needed to turn a frame's bytes into a picture, and nothing about whose it is.

    ``photometric`` is (0028,0004) as stored. ``bits_stored``, ``high_bit``, ``bits_allocated`` and
    ``planar_configuration`` are as stored; for a colour frame ``signed`` is always False
    (C.7.6.3.1.2).
    ``inverted`` is the polarity of the file: MONOCHROME1, or Presentation LUT Shape INVERSE.
    ``presets`` holds the file's windows and VOI LUTs in their order, VOI LUTs first.
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    number: NumberForm = "integer"
    planar_configuration: int = 0
    modality: Modality = Modality()
    presets: tuple[VoiPreset, ...] = ()
    inverted: bool = False
    padding: Padding | None = None
    palette: Palette | None = None
    overlays: tuple[Overlay, ...] = ()
    spacing: Spacing = Spacing()

    @property
    def is_color(self) -> bool:
        """True for RGB, YBR_* and PALETTE COLOR frames, which no window applies to."""
        return self.samples == 3 or self.photometric == "PALETTE COLOR"

    @property
    def has_deep_tiles(self) -> bool:
        """True if the stored values fit the deep tile's 16 bits (docs/deep-tile.md)."""
        return not self.is_color and self.number == "integer" and self.bits_stored <= 16
