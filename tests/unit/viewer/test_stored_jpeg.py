"""Which stored JPEG frames a browser would show as they are meant."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from viewer.pixels.types import FrameHeader
from viewer.stored_jpeg import NotForBrowsers, check_browser_safe

YBR = FrameHeader(
    rows=16,
    columns=24,
    samples=3,
    photometric="YBR_FULL_422",
    bits_allocated=8,
    bits_stored=8,
    high_bit=7,
    signed=False,
)


def header(**changes: object) -> FrameHeader:
    """YBR with some fields changed."""
    fields = {name: getattr(YBR, name) for name in YBR.__slots__}
    return FrameHeader(**{**fields, **changes})


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    """A JPEG of 16 rows and 24 columns made by Pillow: JFIF, YCbCr for three components."""
    pixels = np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)
    image = Image.fromarray(pixels).convert(mode)
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def without_jfif(data: bytes) -> bytes:
    """The same JPEG without its first segment, APP0."""
    length = int.from_bytes(data[4:6], "big")
    assert data[2:4] == b"\xff\xe0"
    return data[:2] + data[4 + length :]


def adobe(transform: int) -> bytes:
    """An APP14 segment."""
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def test_a_jfif_picture_in_ycbcr_passes() -> None:
    check_browser_safe(jpeg(), YBR)
    check_browser_safe(jpeg() + b"\x00", header(photometric="YBR_FULL"))


def test_three_components_without_markers_are_read_as_ycbcr() -> None:
    check_browser_safe(without_jfif(jpeg()), YBR)


def test_adobes_transform_1_is_ycbcr_and_0_is_rgb() -> None:
    bare = without_jfif(jpeg())
    check_browser_safe(bare[:2] + adobe(1) + bare[2:], YBR)
    check_browser_safe(bare[:2] + adobe(0) + bare[2:], header(photometric="RGB"))


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        pytest.param(jpeg(), header(photometric="RGB"), id="jfif is ycbcr, the file says rgb"),
        pytest.param(jpeg(), header(photometric="YBR_PARTIAL_422"), id="another ycbcr"),
        pytest.param(
            jpeg()[:2] + adobe(0) + without_jfif(jpeg())[2:], YBR, id="adobe says rgb, the file not"
        ),
        pytest.param(jpeg("L"), header(samples=1, photometric="MONOCHROME2"), id="gray"),
        pytest.param(jpeg("L"), YBR, id="one component"),
        pytest.param(jpeg(progressive=True), YBR, id="progressive"),
        pytest.param(jpeg()[:2] + segment(0xE1, b"Exif\0\0") + jpeg()[2:], YBR, id="exif"),
        pytest.param(jpeg()[:2] + segment(0xE2, b"ICC_PROFILE\0") + jpeg()[2:], YBR, id="profile"),
        pytest.param(jpeg()[:-2], YBR, id="cut"),
        pytest.param(jpeg()[:40], YBR, id="cut in the markers"),
        pytest.param(jpeg(), header(rows=8), id="another size"),
        pytest.param(b"", YBR, id="nothing"),
        pytest.param(b"GIF89a" + jpeg(), YBR, id="not a jpeg"),
        pytest.param(b"\xff\xd8" + b"\xff" * 5000 + b"\xff\xd9", YBR, id="fill bytes only"),
        pytest.param(
            b"\xff\xd8" + segment(0xFE, b"") * 5000 + b"\xff\xd9", YBR, id="comments only"
        ),
    ],
)
def test_what_a_browser_would_show_otherwise_is_refused(data: bytes, frame: FrameHeader) -> None:
    with pytest.raises(NotForBrowsers):
        check_browser_safe(data, frame)
