"""JPEG 2000 and High-Throughput JPEG 2000 (PS3.5 8.2.4, 8.2.14, A.4.4).

OpenJPEG for both; OpenJPH (imagecodecs) where it is there for reversible high throughput, at half
the time. Not for irreversible: there imagecodecs 2026.3.6 lets samples beyond the range wrap round
(256 becomes 0), which shows as black dots in white.
"""

import struct
from dataclasses import dataclass

import numpy as np
from openjpeg.utils import decode as decode_with_openjpeg

from viewer.dicom.codecs.samples import Samples, must_match, optional_library
from viewer.dicom.decoded import FrameFailed
from viewer.pixels.types import FrameHeader

imagecodecs = optional_library("imagecodecs", "htj2k_decode")

_SIZ, _COD, _CAP, _SOT, _EOC = b"\xff\x51", 0xFF52, 0xFF50, 0xFF90, b"\xff\xd9"
_REVERSIBLE_5_3 = 1  # 15444-1 table A.20
_JP2_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"


@dataclass(slots=True)
class CodestreamFacts:
    """The main header of a codestream (ISO/IEC 15444-1 A.5, A.6), and what is missing of it."""

    rows: int = 0
    columns: int = 0
    components: int = 0
    precision: int = 0
    signed: bool = False
    color_transform: bool = False
    high_throughput: bool = False
    reversible: bool = False
    damage: str = ""


def decode(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples; YBR_ICT and YBR_RCT are undone by the decoder, so they come as RGB.

    Raises FrameFailed for a size that is not the data set's and for damage.
    """
    stream = codestream(encoded)
    facts = read_codestream(stream)
    must_match(facts.rows, facts.columns, facts.components, header)
    if facts.high_throughput and facts.reversible and imagecodecs is not None:
        values = imagecodecs.htj2k_decode(stream, planar=False)
    else:
        values = _with_openjpeg(stream, facts)
    note = facts.damage
    photometric = header.photometric
    if facts.components == 3 and (facts.color_transform or photometric in ("YBR_ICT", "YBR_RCT")):
        photometric = "RGB"
    return Samples(values, facts.precision, photometric, facts.signed, note)


def codestream(encoded: bytes) -> bytes:
    """Return the codestream itself: a JP2 file around it is against PS3.5 A.4.4, but is met."""
    if encoded[:12] != _JP2_SIGNATURE:
        return encoded
    at = 0
    while at + 8 <= len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, at)
        head = 8
        if length == 1 and at + 16 <= len(encoded):
            length, head = struct.unpack_from(">Q", encoded, at + 8)[0], 16
        if kind == b"jp2c":
            return encoded[at + head : at + length if length else None]
        if length < head:
            break
        at += length
    raise FrameFailed("the frame is a JP2 file without a codestream")


def read_codestream(stream: bytes) -> CodestreamFacts:
    """Return the main header, having walked the tile parts to see whether the stream is whole.

    Raises FrameFailed when there is no main header.
    """
    if stream[:2] != b"\xff\x4f" or stream[2:4] != _SIZ or len(stream) < 43:
        raise FrameFailed("the frame does not start as a JPEG 2000 codestream (FF4F FF51)")
    x1, y1, x0, y0 = struct.unpack_from(">4I", stream, 8)
    components, depth = struct.unpack_from(">HB", stream, 40)
    facts = CodestreamFacts(
        rows=y1 - y0,
        columns=x1 - x0,
        components=components,
        precision=(depth & 0x7F) + 1,
        signed=bool(depth & 0x80),
    )
    at = 2
    while at + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, at)
        if marker == _SOT:
            break
        if marker == _COD and at + 14 <= len(stream):
            facts.color_transform = bool(stream[at + 8])
            facts.reversible = stream[at + 13] == _REVERSIBLE_5_3
        facts.high_throughput |= marker == _CAP
        at += 2 + length
    facts.damage = _damage(stream, at)
    return facts


def _damage(stream: bytes, at: int) -> str:
    """Return what the chain of tile parts from ``at`` on says is missing (15444-1 A.4.2)."""
    while at + 12 <= len(stream) and stream[at : at + 2] == b"\xff\x90":
        length = int.from_bytes(stream[at + 6 : at + 10], "big")
        if length == 0:  # up to the end of the codestream
            at = max(at, stream.rfind(_EOC))
            break
        if length < 12:
            return "incomplete: a tile part of the JPEG 2000 codestream has no length"
        if at + length > len(stream):
            missing = at + length - len(stream)
            return f"incomplete: {missing} bytes of the JPEG 2000 codestream are missing"
        at += length
    if stream[at : at + 2] == _EOC:
        return ""
    return "incomplete: the JPEG 2000 codestream has no end marker"


def _with_openjpeg(stream: bytes, facts: CodestreamFacts) -> np.ndarray[tuple[int, ...], np.dtype]:
    try:
        return decode_with_openjpeg(stream, j2k_format=0)
    except RuntimeError as error:
        raise FrameFailed(facts.damage or str(error)) from error
