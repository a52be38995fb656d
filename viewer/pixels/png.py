"""PNG files for the screen: one filter for all rows, ``isal`` level 1, and no colour chunks.

A gAMA or iCCP chunk would let a browser change the gray values, so none is written. Pillow's writer
gives files 10 % smaller and takes 15 times as long.
"""

import struct

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from viewer.pixels.scratch import buffer
from viewer.pixels.types import DisplayPixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_GRAY, _RGB = 0, 2  # colour types of the IHDR chunk
_FILTER_UP = 2
_LEVEL = 1


def encode_gray(pixels: DisplayPixels) -> bytes:
    """Return an 8-bit gray PNG of ``pixels``, uint8 (rows, columns), each side at least 1."""
    return _encode(pixels, _GRAY)


def encode_rgb(pixels: DisplayPixels) -> bytes:
    """Return an 8-bit RGB PNG of ``pixels``, uint8 (rows, columns, 3), each side at least 1."""
    rows, columns, samples = pixels.shape
    return _encode(np.ascontiguousarray(pixels).reshape(rows, columns * samples), _RGB, samples)


def encode_mask(mask: NDArray[np.bool_]) -> bytes:
    """Return a PNG that is white where ``mask`` (rows, columns) holds and transparent elsewhere."""
    rows, columns = mask.shape
    bits = np.packbits(mask, axis=1)
    lines = np.zeros((rows, bits.shape[1] + 1), np.uint8)
    lines[:, 1:] = bits
    # tRNS names the gray sample, here of 1 bit, that is transparent.
    return b"".join((
        _SIGNATURE,
        _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 1, _GRAY, 0, 0, 0)),
        _chunk(b"tRNS", b"\x00\x00"),
        _chunk(b"IDAT", isal_zlib.compress(lines, _LEVEL)),
        _END,
    ))  # fmt: skip


def _encode(lines: NDArray[np.uint8], color_type: int, samples: int = 1) -> bytes:
    rows, line_bytes = lines.shape
    filtered = buffer("png", rows * (line_bytes + 1)).reshape(rows, line_bytes + 1)
    filtered[:, 0] = _FILTER_UP
    # The row above the first one counts as zeros.
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", line_bytes // samples, rows, 8, color_type, 0, 0, 0)
    data = isal_zlib.compress(filtered, _LEVEL)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", data), _END))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return b"".join((len(data).to_bytes(4, "big"), kind, data, checksum.to_bytes(4, "big")))
