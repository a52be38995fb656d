"""Transfer syntaxes (PS3.5 A, PS3.6 A): which are compressed, lossy or moving pictures."""

from typing import Final

from viewer.dicom.scan import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    GE_IMPLICIT_BIG_PIXELS,
    IMPLICIT_LITTLE,
)

_NATIVE: Final = frozenset(
    (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE, GE_IMPLICIT_BIG_PIXELS)
)
_JPEG: Final = "1.2.840.10008.1.2.4."
# What always loses something; JPEG 2000 and the like may, and then (0028,2110) has to say so.
_LOSSY: Final = {
    **{_JPEG + part: "JPEG" for part in ("50", "51", "52", "53", "54", "55", "56")},
    **{_JPEG + part: "JPEG" for part in ("59", "60", "61", "62", "63", "64")},
    _JPEG + "81": "JPEG-LS near-lossless",
    _JPEG + "111": "JPEG",
}
_MAYBE_LOSSY: Final = {
    _JPEG + "91": "JPEG 2000",
    _JPEG + "93": "JPEG 2000",
    _JPEG + "112": "JPEG XL",
    _JPEG + "203": "High-Throughput JPEG 2000",
}
_VIDEO: Final = {
    **{_JPEG + part: "MPEG-2" for part in ("100", "100.1", "101", "101.1")},
    **{_JPEG + part: "MPEG-4 AVC/H.264" for part in ("102", "102.1", "103", "103.1")},
    **{_JPEG + part: "MPEG-4 AVC/H.264" for part in ("104", "104.1", "105", "105.1")},
    **{_JPEG + part: "MPEG-4 AVC/H.264" for part in ("106", "106.1")},
    **{_JPEG + part: "HEVC/H.265" for part in ("107", "108")},
}
_REFERENCED: Final = {  # pixels are at a URL (JPIP) or elsewhere
    _JPEG + "94", _JPEG + "95", _JPEG + "204", _JPEG + "205",
}  # fmt: skip
_SMPTE: Final = "1.2.840.10008.1.2.7."


def is_encapsulated(uid: str) -> bool:
    """Tell whether pixel data is in fragments; unknown private syntaxes are taken to be."""
    return uid not in _NATIVE


def lossy_method(uid: str) -> str:
    """Return the method of a syntax that always loses something, else ""."""
    return _LOSSY.get(uid, "")


def possibly_lossy_method(uid: str) -> str:
    """Return the method of a syntax that may lose something, else ""."""
    return _MAYBE_LOSSY.get(uid, "")


def not_displayed_syntax(uid: str) -> str:
    """Return why frames of a transfer syntax are not displayed, else ""."""
    if uid in _VIDEO:
        return f"This is a {_VIDEO[uid]} video, which the viewer does not play yet."
    if uid.startswith(_SMPTE):
        return "This is an uncompressed video stream, which the viewer does not play yet."
    if uid in _REFERENCED:
        return "The pixel data is not in the file but on another server."
    return ""
