"""Deflated Image Frame Compression: raw deflate around one native frame (PS3.5 A.4.12)."""

import zlib

from viewer.dicom.decoded import DecodedFrame, FrameFailed
from viewer.dicom.native import frame_bits, frame_of
from viewer.pixels.types import FrameHeader


def decode(encoded: bytes, header: FrameHeader) -> DecodedFrame:
    """Return the inflated frame; never more is inflated than a frame of this header takes.

    A stream that ends early gives what it has, and a note; FrameFailed when that is nothing.
    """
    needed = (frame_bits(header) + 7) // 8
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = inflater.decompress(encoded, needed)
    except zlib.error as error:
        raise FrameFailed(f"the deflated frame is damaged: {error}") from error
    if not raw:
        raise FrameFailed("incomplete: the deflated frame is empty")
    return frame_of(raw, header)
