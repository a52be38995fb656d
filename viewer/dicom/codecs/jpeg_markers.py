"""What a JPEG says about itself: size, precision, components, colour, and whether it is whole.

libjpeg makes a picture of a damaged stream and says nothing: what is cut off stays grey. So the
markers are read here first, and a scan that ends early is named (ITU-T T.81 Annex B).
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from viewer.dicom.decoded import FrameFailed

_SOI, _EOI, _SOS, _DRI, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xDD, 0xE0, 0xEE
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOF_JPEG_LS = 0xF7
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_PROCESSES = {0: "baseline", 1: "extended", 2: "progressive", 3: "lossless"}

Coding = Literal["baseline", "extended", "progressive", "lossless", "other"]


@dataclass(frozen=True, slots=True)
class Component:
    """A component of the frame header: its identifier and sampling factors."""

    identifier: int
    horizontal: int
    vertical: int


@dataclass(slots=True)
class JpegFacts:
    """The frame header, the colour markers, and ``damage``: "" or what is missing, in words."""

    coding: Coding = "other"
    process: int = -1  # the SOF marker's number
    precision: int = 0
    rows: int = 0
    columns: int = 0
    components: tuple[Component, ...] = ()
    jfif: bool = False
    adobe_transform: int | None = None
    restart_interval: int = 0
    scans: list[int] = field(default_factory=list)  # where each scan's entropy-coded data starts
    damage: str = ""


def read_markers(stream: bytes) -> JpegFacts:
    """Return what the markers of a JPEG or JPEG-LS stream say.

    Raises FrameFailed when the stream does not start as one or has no frame header.
    """
    if stream[:2] != b"\xff\xd8":
        raise FrameFailed("the frame does not start as a JPEG (FFD8)")
    facts = JpegFacts()
    if not _walk(stream, facts):
        facts.damage = "incomplete: the JPEG has no end marker"
    if not facts.components:
        raise FrameFailed(facts.damage or "the JPEG has no frame header")
    if not facts.scans:
        raise FrameFailed("incomplete: the JPEG ends before its first scan")
    if not facts.damage:
        facts.damage = _missing_restarts(stream, facts)
    return facts


def _walk(stream: bytes, facts: JpegFacts) -> bool:
    """Read marker after marker; return whether the end marker was met."""
    at = stream.find(b"\xff", 2)
    while 0 <= at < len(stream) - 1:
        marker = stream[at + 1]
        if marker == _EOI:
            return True
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0 or marker in _ALONE:
            at += 2
        else:
            length = int.from_bytes(stream[at + 2 : at + 4], "big")
            _segment(facts, marker, stream[at + 4 : at + 2 + length])
            at += 2 + length
            if marker == _SOS:
                facts.scans.append(at)
                at = _end_of_scan(stream, at)
        at = stream.find(b"\xff", at)
    return False


def _segment(facts: JpegFacts, marker: int, body: bytes) -> None:
    if (marker in _SOF or marker == _SOF_JPEG_LS) and len(body) >= 6:
        facts.process = marker - 0xC0
        facts.coding = _PROCESSES.get(facts.process, "other")  # type: ignore[assignment]
        facts.precision = body[0]
        facts.rows = int.from_bytes(body[1:3], "big")
        facts.columns = int.from_bytes(body[3:5], "big")
        described = body[6 : 6 + 3 * body[5]]
        facts.components = tuple(
            Component(described[k], described[k + 1] >> 4, described[k + 1] & 15)
            for k in range(0, len(described) - 2, 3)
        )
    elif marker == _APP0 and body[:5] == b"JFIF\0":
        facts.jfif = True
    elif marker == _APP14 and body[:5] == b"Adobe" and len(body) >= 12:
        facts.adobe_transform = body[11]
    elif marker == _DRI and len(body) >= 2:
        facts.restart_interval = int.from_bytes(body[:2], "big")


def _end_of_scan(stream: bytes, start: int) -> int:
    """Return where the first marker after ``start`` is that is no stuffing and no restart."""
    data = np.frombuffer(stream, np.uint8, offset=min(start, len(stream)))
    if len(data) < 2:
        return len(stream)
    at = np.flatnonzero(data[:-1] == 0xFF)
    after = data[at + 1]
    ends = at[(after != 0) & (after != 0xFF) & ((after < 0xD0) | (after > 0xD7))]
    return start + int(ends[0]) if len(ends) else len(stream)


def _missing_restarts(stream: bytes, facts: JpegFacts) -> str:
    """Return what restart markers say is lost in a single-scan stream."""
    if not facts.restart_interval or len(facts.scans) != 1 or facts.coding == "lossless":
        return ""
    widest = max(component.horizontal for component in facts.components)
    highest = max(component.vertical for component in facts.components)
    if len(facts.components) == 1:
        widest = highest = 1
    units = -(-facts.columns // (8 * widest)) * -(-facts.rows // (8 * highest))
    expected = (units - 1) // facts.restart_interval
    start = facts.scans[0]
    data = np.frombuffer(stream[start : _end_of_scan(stream, start)], np.uint8)
    at = np.flatnonzero(data[:-1] == 0xFF)
    found = int(np.count_nonzero((data[at + 1] >= 0xD0) & (data[at + 1] <= 0xD7)))
    if found >= expected:
        return ""
    return f"incomplete: {found + 1} of {expected + 1} parts of the JPEG are there"
