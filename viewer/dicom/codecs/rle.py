"""RLE Lossless: PackBits per byte plane (PS3.5 Annex G), colour always plane by plane."""

import struct
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rle.rle import decode_frame as decode_with_pylibjpeg  # type: ignore[import-not-found]

from viewer.dicom.codecs.samples import Samples, optional_library
from viewer.dicom.decoded import FrameFailed
from viewer.pixels.types import FrameHeader

imagecodecs = optional_library("imagecodecs", "dicomrle_decode")

_HEAD_BYTES = 64


def decode(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples; a stream that ends early gives what it has, 0 after it, and a note.

    Raises FrameFailed when the number of byte planes does not fit Bits Allocated.
    """
    if header.bits_allocated not in (1, 8, 16, 32):
        raise FrameFailed(
            f"(0028,0100) Bits Allocated is {header.bits_allocated}; RLE accepts 1, 8, 16 and 32"
        )
    segments = _segments(encoded, header)
    pixels = header.rows * header.columns
    plane = (pixels + 7) // 8 if header.bits_allocated == 1 else pixels
    raw = _whole(encoded, header, plane * len(segments))
    note = ""
    if raw is None:
        raw, note = _tolerant(segments, plane, header)
    if header.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), count=pixels, bitorder="little")
        return Samples(bits.reshape(header.rows, header.columns), 1, header.photometric, note=note)
    values = np.frombuffer(raw, f"<u{header.bits_allocated // 8}")
    if header.samples > 1:
        planes = values.reshape(header.samples, header.rows, header.columns)
        values = np.ascontiguousarray(planes.transpose(1, 2, 0))
    else:
        values = values.reshape(header.rows, header.columns)
    return Samples(values, header.bits_allocated, header.photometric, note=note)


def _segments(encoded: bytes, header: FrameHeader) -> list[bytes]:
    if len(encoded) < _HEAD_BYTES:
        raise FrameFailed(
            f"incomplete: {len(encoded)} bytes; an RLE frame starts with {_HEAD_BYTES}"
        )
    count, *offsets = struct.unpack_from("<16I", encoded)
    expected = header.samples * max(header.bits_allocated // 8, 1)
    if count != expected:
        raise FrameFailed(
            f"the RLE frame has {count} segments; (0028,0002) Samples per Pixel"
            f" {header.samples} and (0028,0100) Bits Allocated {header.bits_allocated}"
            f" need {expected}"
        )
    starts = [*offsets[:count], len(encoded)]
    # The last one is not compared with the end: a stream that is cut short is told apart below.
    if starts[0] < _HEAD_BYTES or any(a > b for a, b in pairwise(starts[:-1])):
        raise FrameFailed("the offsets of the RLE segments are not in order")
    return [encoded[a:b] for a, b in pairwise(starts)]


def _whole(encoded: bytes, header: FrameHeader, expected: int) -> bytes | bytearray | None:
    """Return little-endian samples, plane by plane, or None when the stream is not as it should."""
    try:
        if imagecodecs is not None:
            raw: bytes = imagecodecs.dicomrle_decode(
                encoded, np.dtype(f"<u{max(header.bits_allocated // 8, 1)}")
            )
            return raw if len(raw) == expected else None
        if header.bits_allocated > 1:
            plain: bytearray = decode_with_pylibjpeg(
                encoded, header.rows * header.columns, header.bits_allocated, "<"
            )
            return plain
    except (ValueError, RuntimeError):
        pass
    return None


def _tolerant(segments: list[bytes], plane: int, header: FrameHeader) -> tuple[bytes, str]:
    """Return the samples of segments of wrong length, and a note about those that are short."""
    size = max(header.bits_allocated // 8, 1)
    out: NDArray[np.uint8] = np.zeros((header.samples, plane, size), np.uint8)
    missing = 0
    for index, segment in enumerate(segments):
        found = np.frombuffer(unpack_bits(segment, plane), np.uint8)
        sample, byte = divmod(index, size)
        # The most significant byte plane comes first (PS3.5 G.2).
        out[sample, : len(found), size - 1 - byte] = found
        missing += plane - len(found)
    total = plane * len(segments)
    note = f"incomplete: {total - missing} of {total} bytes could be decoded" if missing else ""
    return out.tobytes(), note


def unpack_bits(segment: bytes, limit: int) -> bytearray:
    """Return at most ``limit`` bytes of a PackBits segment, up to where it ends (PS3.5 G.3.2)."""
    out = bytearray()
    at = 0
    while at < len(segment) and len(out) < limit:
        control = segment[at]
        if control < 128:
            out += segment[at + 1 : at + 2 + control]
            at += 2 + control
        elif control > 128 and at + 1 < len(segment):
            out += segment[at + 1 : at + 2] * (257 - control)
            at += 2
        else:
            at += 1
    del out[limit:]
    return out
