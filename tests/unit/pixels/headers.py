"""Headers and frames for the tests of pixel code; made up, no patient."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewer.pixels.types import FrameHeader

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pixels"


@dataclass(frozen=True)
class Decoded:
    """What a decoded frame is to the pixel code."""

    pixels: NDArray
    photometric: str = "MONOCHROME2"


def gray_header(bits: int = 16, *, signed: bool = False, **facts) -> FrameHeader:
    """A MONOCHROME2 header of 4 x 4 pixels, with ``facts`` instead of the defaults."""
    values = {
        "rows": 4,
        "columns": 4,
        "samples": 1,
        "photometric": "MONOCHROME2",
        "bits_allocated": 8 * (1 + (bits > 8)) if bits <= 16 else 32,
        "bits_stored": bits,
        "high_bit": bits - 1,
        "signed": signed,
    }
    return FrameHeader(**values | facts)


def color_header(photometric: str = "RGB", bits: int = 8, **facts) -> FrameHeader:
    """A header of 4 x 4 colour pixels."""
    samples = 1 if photometric == "PALETTE COLOR" else 3
    return gray_header(bits, photometric=photometric, samples=samples, **facts)


def every_value(*, signed: bool) -> NDArray:
    """Every 16-bit value once, (256, 256)."""
    patterns = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    return patterns.view(np.int16) if signed else patterns
