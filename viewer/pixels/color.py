"""Colour frames to 8-bit RGB (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5, C.7.9.2)."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Unsupported
from viewer.pixels.table import apply_table
from viewer.pixels.types import DisplayPixels, FrameHeader, LookupTable, Palette, StoredPixels
from viewer.pixels.voi import lut_to_display

# Full range: the inverse of the matrix in C.7.6.3.1.2, as ITU-R BT.601 gives its weights.
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114
_CR_TO_R = 2 * (1 - _RED)
_CB_TO_B = 2 * (1 - _BLUE)
_CB_TO_G = -_CB_TO_B * _BLUE / _GREEN
_CR_TO_G = -_CR_TO_R * _RED / _GREEN
# Partial range: Y has 219 steps from 16, chroma 224 steps around 128.
_PARTIAL_Y = 255 / 219
_PARTIAL_CHROMA = 255 / 224


class UnknownColor(Unsupported):
    """The colour space is none that Telerad can show."""


def to_rgb(stored: StoredPixels, photometric: str, header: FrameHeader) -> DisplayPixels:
    """Return uint8 (rows, columns, 3) RGB of a colour frame.

    ``stored`` is (rows, columns) palette indexes or (rows, columns, 3) samples with chroma at full
    size; ``photometric`` is the colour space that the array is in now, which after decoding may not
    be the one in the file. 8-bit RGB is returned as it is, not copied. Raises UnknownColor.
    """
    if photometric == "PALETTE COLOR" and header.palette is not None and stored.ndim == 2:
        return _through_palette(stored, header.palette)
    if stored.ndim != 3 or stored.shape[2] != 3 or stored.dtype.kind not in "iu":
        raise UnknownColor(
            f"(0028,0004) Photometric Interpretation is {photometric!r} with samples of shape"
            f" {stored.shape[2:]}; 3 integer samples a pixel, or a palette, are accepted"
        )
    if photometric == "RGB":
        return _rgb_to_8_bit(stored, header.bits_stored)
    if photometric == "YBR_RCT":
        return _rgb_to_8_bit(_undo_rct(stored, header.bits_stored), header.bits_stored)
    if photometric.startswith("YBR_FULL") or photometric == "YBR_ICT":
        if stored.dtype == np.uint8 and header.bits_stored == 8:
            return _full_range_8_bit(stored)
        return _matrix(stored, header.bits_stored, partial=False)
    if photometric.startswith("YBR_PARTIAL"):
        return _matrix(stored, header.bits_stored, partial=True)
    raise UnknownColor(
        f"(0028,0004) Photometric Interpretation is {photometric!r}; RGB, YBR_FULL, YBR_FULL_422,"
        " YBR_PARTIAL_422, YBR_PARTIAL_420, YBR_ICT, YBR_RCT and PALETTE COLOR are accepted"
    )


def _through_palette(stored: StoredPixels, palette: Palette) -> DisplayPixels:
    table = _palette_table(palette, stored.dtype.kind == "i")
    rgb: DisplayPixels = table[stored.astype(np.intp) & 0xFFFF]
    return rgb


def _rgb_to_8_bit(stored: StoredPixels, bits_stored: int) -> DisplayPixels:
    if bits_stored == 8 and stored.dtype == np.uint8:
        shown: DisplayPixels = stored
        return shown
    if stored.dtype.itemsize <= 2:
        # Colour samples are unsigned, whatever a codestream says (C.7.6.3.1.2).
        unsigned = np.ascontiguousarray(stored).view(f"u{stored.dtype.itemsize}")
        lines = unsigned.reshape(stored.shape[0], -1)
        shown = apply_table(lines, _scale_table(bits_stored))
        return shown.reshape(shown.shape[0], -1, 3)
    scaled = stored.astype(np.float64) * 255 / (2.0**bits_stored - 1)
    return _to_bytes(scaled)


def _to_bytes(values: NDArray[np.float64]) -> DisplayPixels:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _scale_table(bits_stored: int) -> DisplayPixels:
    return _to_bytes(np.arange(65_536, dtype=np.float64) * 255 / (2**bits_stored - 1))


def _full_range_8_bit(stored: StoredPixels) -> DisplayPixels:
    """Convert by tables, exactly: Y is whole, so floor(Y + x + 1/2) is Y + floor(x + 1/2)."""
    to_red, to_green, to_blue = _chroma_tables()
    luma, cb, cr = (np.ascontiguousarray(stored[:, :, sample]) for sample in range(3))
    both = cb.astype(np.uint16) << 8 | cr
    rgb = np.empty(stored.shape, np.uint8)
    for sample, added in enumerate(
        (np.take(to_red, cr), np.take(to_green, both), np.take(to_blue, cb))
    ):
        added += luma
        np.clip(added, 0, 255, out=added)
        rgb[:, :, sample] = added
    return rgb


@lru_cache(maxsize=1)
def _chroma_tables() -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """Return what Cr adds to red (256,), Cb << 8 | Cr to green (65536,), Cb to blue (256,)."""
    chroma = np.arange(256) - 128.0
    green = (_CB_TO_G * chroma[:, None] + _CR_TO_G * chroma).reshape(-1)
    red, green, blue = (
        np.floor(values + 0.5).astype(np.int16)
        for values in (_CR_TO_R * chroma, green, _CB_TO_B * chroma)
    )
    return red, green, blue


def _matrix(stored: StoredPixels, bits_stored: int, *, partial: bool) -> DisplayPixels:
    unit = 2.0 ** (bits_stored - 8)  # one step of 8 bits
    samples = stored.astype(np.float64)
    luma, cb, cr = (samples[:, :, index] for index in range(3))
    # Chroma lies around the middle of its range: 128 of 8 bits, 2048 of 12.
    cb, cr = cb - 128 * unit, cr - 128 * unit
    if partial:
        luma = (luma - 16 * unit) * _PARTIAL_Y
        cb, cr = cb * _PARTIAL_CHROMA, cr * _PARTIAL_CHROMA
    samples[:, :, 0] = luma + _CR_TO_R * cr
    samples[:, :, 1] = luma + _CB_TO_G * cb + _CR_TO_G * cr
    samples[:, :, 2] = luma + _CB_TO_B * cb
    # Partial range ends at 255 steps of 8 bits, full range at all bits set.
    samples *= 1 / unit if partial else 255 / (2.0**bits_stored - 1)
    return _to_bytes(samples)


def _undo_rct(stored: StoredPixels, bits_stored: int) -> NDArray[np.int64]:
    """Undo the reversible transform: G = Y - floor((Cb + Cr) / 4), R = Cr + G, B = Cb + G."""
    samples = stored.astype(np.int64)
    offset = 0 if stored.dtype.kind == "i" else 1 << (bits_stored - 1)
    cb, cr = samples[:, :, 1] - offset, samples[:, :, 2] - offset
    green = samples[:, :, 0] - ((cb + cr) >> 2)
    return np.stack((cr + green, green, cb + green), axis=2)


@lru_cache(maxsize=16)
def _palette_table(palette: Palette, signed: bool) -> DisplayPixels:
    """Return RGB (65536, 3) for each stored pattern."""
    stored = np.arange(65_536)
    if signed:
        stored[32_768:] -= 65_536
    table = np.empty((65_536, 3), np.uint8)
    bits = _palette_bits(palette)
    for sample, lut in enumerate((palette.red, palette.green, palette.blue)):
        shown = lut_to_display(LookupTable(lut.first_mapped, bits, lut.data))
        table[:, sample] = np.take(shown, stored - lut.first_mapped, mode="clip")
    return table


def _palette_bits(palette: Palette) -> int:
    """Return the bits that the entries use, which is where 255 lies.

    Files exist that declare 16 bits and fill 8; their picture would be black. A true 16-bit palette
    without any entry above 255 would be black as well, so nothing is lost by reading it as 8 bits.
    """
    luts = (palette.red, palette.green, palette.blue)
    declared = max(lut.bits for lut in luts)
    return 8 if max(int(lut.data.max()) for lut in luts) <= 255 else declared
