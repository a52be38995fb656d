"""Whether a stored JPEG frame may go to a browser untouched: would it show the stored colours?

A browser decides by markers, the file by (0028,0004). The bytes are passed on only where both say
the same and nothing in them (EXIF rotation, a colour profile) makes a browser change the picture.
"""

from dataclasses import dataclass, field

from telerad.errors import Unsupported
from viewer.pixels.types import FrameHeader

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

_SOI, _EOI, _SOS, _SOF0 = 0xD8, 0xD9, 0xDA, 0xC0
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Every other SOFn: extended, progressive, lossless, arithmetic.
_OTHER_FRAMES = frozenset({0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
# What stands before the scan of a real frame is tables and a comment or two.
_MAX_SEGMENTS = 200


class NotForBrowsers(Unsupported):
    """The stored bytes would not be shown as they are meant, or not at all."""


@dataclass(slots=True)
class _Markers:
    """What the segments before the first scan say."""

    precision: int = 0
    rows: int = 0
    columns: int = 0
    component_ids: bytes = b""
    jfif: bool = False
    adobe_transform: int | None = None
    frames: int = 0
    apps: list[int] = field(default_factory=list)


def check_browser_safe(data: bytes, header: FrameHeader) -> None:
    """Raise NotForBrowsers unless ``data`` is a whole baseline JPEG in ``header``'s colours."""
    if not header.is_color or header.samples != 3:
        raise NotForBrowsers("the frame is not in colour; a gray one needs its window")
    if not data.rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise NotForBrowsers("the stored JPEG does not end with an end marker")
    markers = _read(data)
    if markers.frames != 1 or markers.precision != 8 or len(markers.component_ids) != 3:
        raise NotForBrowsers("the stored JPEG is not a baseline JPEG of three 8-bit components")
    if (markers.rows, markers.columns) != (header.rows, header.columns):
        raise NotForBrowsers("the stored JPEG has another size than the frame")
    if _APP1 in markers.apps or _APP2 in markers.apps:
        # EXIF may rotate the picture and a profile may recolour it.
        raise NotForBrowsers("the stored JPEG carries EXIF or a colour profile")
    if _reads_as_ycbcr(markers) != header.photometric.startswith("YBR_FULL"):
        raise NotForBrowsers("the stored JPEG's markers and (0028,0004) name different colours")


def _reads_as_ycbcr(markers: _Markers) -> bool:
    """Return whether a browser takes the three components for YCbCr, as libjpeg decides it."""
    if markers.jfif:
        return True
    if markers.adobe_transform is not None:
        return markers.adobe_transform == 1
    return markers.component_ids != b"RGB"


def _read(data: bytes) -> _Markers:
    if data[:2] != bytes((0xFF, _SOI)):
        raise NotForBrowsers("the stored frame does not start as a JPEG")
    markers = _Markers()
    place = 2
    for _ in range(_MAX_SEGMENTS):
        while data[place : place + 2] == b"\xff\xff":  # fill bytes
            place += 1
        marker = data[place + 1] if len(data) > place + 1 else _EOI
        if data[place : place + 1] != b"\xff" or marker in _WITHOUT_LENGTH:
            break
        if marker in {_SOS, _EOI}:
            return markers
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if length < 2 or place + 2 + length > len(data):
            break
        _note(markers, marker, data[place + 4 : place + 2 + length])
        place += 2 + length
    raise NotForBrowsers("the stored JPEG's markers cannot be read")


def _note(markers: _Markers, marker: int, body: bytes) -> None:
    if marker == _SOF0 and len(body) >= 6:
        markers.frames += 1
        markers.precision = body[0]
        markers.rows = int.from_bytes(body[1:3], "big")
        markers.columns = int.from_bytes(body[3:5], "big")
        markers.component_ids = body[6 : 6 + 3 * body[5] : 3]
    elif marker in _OTHER_FRAMES:
        raise NotForBrowsers("the stored JPEG is not a baseline JPEG")
    elif marker == _APP0 and body[:5] == b"JFIF\x00":
        markers.jfif = True
    elif marker == _APP14 and body[:5] == b"Adobe" and len(body) >= 12:
        markers.adobe_transform = body[11]
    elif marker in {_APP1, _APP2}:
        markers.apps.append(marker)
