"""Overlay planes to masks over a frame (PS3.3 C.9.2)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Invalid
from viewer.pixels.types import FrameHeader, Overlay

Mask = NDArray[np.bool_]


class BadOverlay(Invalid):
    """An overlay plane's data do not hold what its header says."""


def shows_on(overlay: Overlay, frame_number: int) -> bool:
    """Return whether the overlay belongs to a frame, counted from 1.

    One plane that starts at frame 1 belongs to the image, so to every frame; else (60xx,0051) Image
    Frame Origin and (60xx,0015) Number of Frames in Overlay say which.
    """
    if overlay.frames <= 1 and overlay.frame_origin <= 1:
        return True
    return 0 <= frame_number - overlay.frame_origin < max(overlay.frames, 1)


def plane_mask(
    value: bytes | memoryview, overlay: Overlay, header: FrameHeader, frame_number: int
) -> Mask:
    """Return where an overlay of its own (60xx,3000) Overlay Data is set: bool (rows, columns).

    ``value`` is the element's value, ``frame_number`` the image frame from 1. The plane is placed
    at its origin and cut at the frame's edges; on a frame it does not belong to nothing is set.
    Raises BadOverlay if the value is too short.
    """
    if not shows_on(overlay, frame_number):
        return np.zeros((header.rows, header.columns), np.bool_)
    index = frame_number - overlay.frame_origin if overlay.frames > 1 else 0
    return place(_unpack(value, overlay, index), overlay, header)


def _unpack(value: bytes | memoryview, overlay: Overlay, index: int) -> Mask:
    """Return plane ``index`` of the value, bool (overlay rows, overlay columns)."""
    pixels = overlay.rows * overlay.columns
    first_bit = index * pixels
    # Planes follow one another without padding: one may start inside a byte, so bytes from the one
    # that holds its first bit; words are swapped whole.
    first_byte = first_bit // 16 * 2
    stop_byte = -(-(first_bit + pixels) // 16) * 2
    data = np.frombuffer(value[first_byte:stop_byte], np.uint8)
    if overlay.big_endian_words:
        data = data[: data.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
    skip = first_bit - 8 * first_byte
    bits = np.unpackbits(data, bitorder="little")[skip : skip + pixels]
    if bits.size < pixels:
        raise BadOverlay(
            f"({overlay.group:04X},3000) Overlay Data has {len(value)} bytes; plane {index + 1} of"
            f" {overlay.rows} x {overlay.columns} needs {-(-(first_bit + pixels) // 8)}"
        )
    return bits.view(np.bool_).reshape(overlay.rows, overlay.columns)


def embedded_mask(words: NDArray[Any], overlay: Overlay, header: FrameHeader) -> Mask:
    """Return where an overlay in bit (60xx,0102) of the pixel words is set: bool (rows, columns).

    ``words`` are the frame's words as stored, before masking to Bits Stored, (rows, columns).
    Raises BadOverlay if the overlay has no bit in words of this size.
    """
    bit = overlay.embedded_bit
    if bit is None or not 0 <= bit < 8 * words.dtype.itemsize:
        raise BadOverlay(
            f"({overlay.group:04X},0102) Overlay Bit Position is {bit}; 0 to"
            f" {8 * words.dtype.itemsize - 1} are accepted"
        )
    plane = (words.view(f"u{words.dtype.itemsize}") >> bit & 1).astype(np.bool_)
    return place(plane[: overlay.rows, : overlay.columns], overlay, header)


def place(plane: Mask, overlay: Overlay, header: FrameHeader) -> Mask:
    """Return ``plane`` put at the overlay's origin over a frame, cut at the frame's edges.

    (60xx,0050) Overlay Origin is row\\column of the plane's first pixel, 1\\1 being the frame's
    first; values below 1 lie above and left of it.
    """
    mask = np.zeros((header.rows, header.columns), np.bool_)
    row, column = overlay.origin_row - 1, overlay.origin_column - 1
    row0, column0 = max(row, 0), max(column, 0)
    row1 = min(row + plane.shape[0], header.rows)
    column1 = min(column + plane.shape[1], header.columns)
    if row0 < row1 and column0 < column1:
        mask[row0:row1, column0:column1] = plane[
            row0 - row : row1 - row, column0 - column : column1 - column
        ]
    return mask
