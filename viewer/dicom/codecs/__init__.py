"""One encoded frame to stored values. For decoder children and tests: C libraries live here."""

from collections.abc import Callable

from viewer.dicom.codecs import deflated, jpeg, jpeg2000, jpegls, jpegxl, rle
from viewer.dicom.codecs.samples import Samples, finished
from viewer.dicom.decoded import DecodedFrame, FrameFailed
from viewer.pixels.types import FrameHeader

_Codec = Callable[[bytes, FrameHeader], Samples]

_JPEG = "1.2.840.10008.1.2.4."
# Transfer syntaxes of PS3.6 Table A-1. Video (MPEG) is no frame's business and is not here.
_CODECS: dict[str, tuple[str, _Codec]] = {
    "1.2.840.10008.1.2.5": ("RLE", rle.decode),
    # Huffman-coded, not hierarchical: what libjpeg-turbo reads.
    **{f"{_JPEG}{number}": ("JPEG", jpeg.decode) for number in (50, 51, 53, 55, 57, 70)},
    f"{_JPEG}80": ("JPEG-LS", jpegls.decode),
    f"{_JPEG}81": ("JPEG-LS", jpegls.decode),
    **{f"{_JPEG}{number}": ("JPEG 2000", jpeg2000.decode) for number in (90, 91)},
    **{f"{_JPEG}{number}": ("HTJ2K", jpeg2000.decode) for number in (201, 202, 203)},
    f"{_JPEG}110": ("JPEG XL", jpegxl.decode),
    f"{_JPEG}111": ("JPEG XL", jpegxl.decode_recompressed),
    f"{_JPEG}112": ("JPEG XL", jpegxl.decode),
}
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def decode_frame(encoded: bytes, transfer_syntax_uid: str, header: FrameHeader) -> DecodedFrame:
    """Return the frame that ``encoded`` (its fragments joined) holds.

    Raises FrameFailed, with the codec's own words, for whatever it cannot make a picture of.
    """
    if not encoded:
        raise FrameFailed("incomplete: the file has no bytes of this frame")
    if transfer_syntax_uid == _DEFLATED_FRAMES:
        return deflated.decode(encoded, header)
    if transfer_syntax_uid not in _CODECS:
        raise FrameFailed(f"Transfer Syntax {transfer_syntax_uid} has no decoder here")
    name, codec = _CODECS[transfer_syntax_uid]
    try:
        return finished(codec(encoded, header), header)
    except FrameFailed:
        raise
    except MemoryError as error:
        raise FrameFailed(f"{name}: the frame needs more memory than a decoder may use") from error
    except Exception as error:  # what a C library raises is its own affair; the frame fails by name
        reason = str(error).strip() or type(error).__name__
        raise FrameFailed(f"{name}: {reason}") from error


def codec_names() -> dict[str, str]:
    """Return, for each encapsulated transfer syntax that has a decoder here, its codec's name."""
    return {
        **{uid: name for uid, (name, _) in _CODECS.items()},
        _DEFLATED_FRAMES: "deflate",
    }
