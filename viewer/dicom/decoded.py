"""What a decoder hands out, and how a frame says that it has no picture."""

from dataclasses import dataclass

from telerad.errors import Unsupported
from viewer.pixels.types import StoredPixels


class FrameFailed(Unsupported):
    """One frame has no picture; the text says why, and other frames are not touched by it."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """A frame's stored values and the colour space that they are in *now*.

    ``photometric`` is "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL" or
    "YBR_PARTIAL": chroma is at full size, JPEG 2000's colour transform is undone. ``pixels`` may be
    a read-only view of a file. ``note`` is what the screen has to say about the picture
    ("incomplete: ..."), "" when there is nothing to say.
    """

    pixels: StoredPixels
    photometric: str
    note: str = ""


def joined(*notes: str) -> str:
    """Return the notes that say something, as one text."""
    return "; ".join(note for note in notes if note)
