"""Building the frame table: native frames by arithmetic, others by offset tables or a walk.

PS3.5 8.1.1 and A.4; PS3.3 C.7.6.3.1.8 (Extended Offset Table). That fewer or other frames are found
than Number of Frames says is damage to tell, not an error: what is there can be shown.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from viewer.dicom.elements import Buffer
from viewer.dicom.errors import BeyondLimit
from viewer.dicom.image import PixelFormat, Refused
from viewer.dicom.limits import Limits
from viewer.dicom.notes import Notes
from viewer.dicom.scan import GE_IMPLICIT_BIG_PIXELS, FileLayout, PixelElement
from viewer.dicom.table import FrameTable
from viewer.dicom.transfer import is_encapsulated

_EXTENDED_OFFSETS: Final = 0x7FE00001
_ITEM, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
# How a frame's first fragment starts: JPEG and JPEG-LS SOI, JPEG 2000 SOC with SIZ, JP2 box,
# JPEG XL codestream and box.
_STARTS: Final = (
    b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  ", b"\xff\x0a",
    b"\x00\x00\x00\x0cJXL ",
)  # fmt: skip
# A file that declares ten times the frames that it has holds none of the rest back: it lies.
_FREE_FRAMES, _MOST_DECLARED_PER_FOUND = 10_000, 10


def build_table(layout: FileLayout, form: PixelFormat, limits: Limits, notes: Notes) -> FrameTable:
    """Return where the frames are. Raises Refused when there is nothing that could be shown."""
    pixels = layout.pixels
    if pixels is None or pixels.available == 0 or pixels.length == 0:
        raise Refused("The file has no pixel data.")
    encapsulated = is_encapsulated(layout.transfer_syntax_uid)
    if pixels.length is None:
        if not encapsulated:
            raise Refused(
                "The pixel data is compressed, but the transfer syntax "
                f"{layout.stated_syntax_uid or '(none stated)'} does not say how."
            )
        return _encapsulated(layout, pixels, form, limits, notes)
    if encapsulated:
        if pixels.length * 8 < form.bits_per_frame * (form.frames or 1):
            raise Refused(
                "The transfer syntax says that the pixel data is compressed, but it is neither in "
                "fragments nor long enough to be uncompressed."
            )
        notes.add("The pixel data is not compressed, though the transfer syntax says so.")
    return _native(layout, pixels, form, notes)


def _native(
    layout: FileLayout, pixels: PixelElement, form: PixelFormat, notes: Notes
) -> FrameTable:
    stated = pixels.length or 0
    length = min(stated, pixels.available)
    bits = form.bits_per_frame
    frames = form.frames
    if frames is None:
        frames = max(1, stated * 8 // bits)
        notes.add(f"{frames} frames are found by the length of the pixel data.")
    elif stated * 8 // bits > frames:
        notes.add(
            f"The pixel data has room for {stated * 8 // bits} frames; Number of Frames is "
            f"{frames}, and so many are shown."
        )
    complete = min(frames, length * 8 // bits)
    _refuse_empty_promise(frames, complete)
    damage = ""
    if complete < frames:
        damage = (
            f"The pixel data is cut short: {length} of {(bits * frames + 7) // 8} bytes, "
            f"{complete} of {frames} frames whole."
        )
    return FrameTable(
        kind="deflated" if layout.deflate_offset else "native",
        expected_frames=frames,
        complete_frames=complete,
        damage=damage,
        offset=pixels.offset,
        length=length,
        bits_per_frame=bits,
        vr=pixels.vr if len(pixels.vr) == 2 and pixels.vr.isascii() else "OW",
        big_endian=layout.elements.big_endian or layout.stated_syntax_uid == GE_IMPLICIT_BIG_PIXELS,
        deflate_offset=layout.deflate_offset,
    )


def _refuse_empty_promise(frames: int, found: int) -> None:
    if frames > _FREE_FRAMES and frames > _MOST_DECLARED_PER_FOUND * max(found, 1):
        raise Refused(
            f"(0028,0008) Number of Frames is {frames}, but the pixel data has {found} of them."
        )


@dataclass(frozen=True, slots=True)
class _Fragments:
    offset_table: bytes
    base: int  # what offset tables count from: the first item after the Basic Offset Table
    starts: NDArray[np.uint64]
    lengths: NDArray[np.uint64]
    is_closed: bool  # the sequence delimiter was reached

    def __len__(self) -> int:
        return len(self.starts)


def _encapsulated(
    layout: FileLayout, pixels: PixelElement, form: PixelFormat, limits: Limits, notes: Notes
) -> FrameTable:
    buffer = layout.elements.buffer
    fragments = _walk(buffer, pixels.offset, limits)
    if not len(fragments):
        raise Refused("The compressed pixel data has no fragments.")
    first = _first_fragments(layout, fragments, form.frames, notes)
    found = len(first)
    frames = form.frames or found
    damage = "" if fragments.is_closed else "The pixel data is cut short, or its end is missing. "
    _refuse_empty_promise(frames, found)
    if found != frames:
        damage += f"{found} frames are found; Number of Frames is {frames}. "
    complete = min(found, frames) - (0 if fragments.is_closed or found > frames else 1)
    bounds = np.full(frames + 1, len(fragments), np.uint32)
    used = min(found, frames + 1)
    bounds[:used] = first[:used]
    return FrameTable(
        kind="encapsulated",
        expected_frames=frames,
        complete_frames=max(complete, 0),
        damage=damage.strip(),
        vr="OB",
        fragment_starts=fragments.starts,
        fragment_lengths=fragments.lengths,
        first_fragment=bounds,
    )


def _walk(buffer: Buffer, position: int, limits: Limits) -> _Fragments:
    """Find all items up to the delimiter, the end of the file or the first thing that is none."""
    size = len(buffer)
    starts: list[int] = []
    lengths: list[int] = []
    is_closed = False
    while position + 8 <= size:
        head = bytes(buffer[position : position + 8])
        if head[:4] != _ITEM:
            is_closed = head[:4] == _SEQUENCE_END
            break
        length = int.from_bytes(head[4:], "little")
        position += 8
        starts.append(position)
        lengths.append(min(length, size - position))
        if len(starts) > limits.max_fragments:
            raise BeyondLimit(f"the pixel data has more than {limits.max_fragments} fragments")
        position += length
    table = b""
    base = 0
    if starts:
        table = bytes(buffer[starts[0] : starts[0] + lengths[0]])
        base = starts[0] + lengths[0]
    return _Fragments(
        table,
        base,
        np.array(starts[1:], np.uint64),
        np.array(lengths[1:], np.uint64),
        is_closed,
    )


def _first_fragments(
    layout: FileLayout, fragments: _Fragments, frames: int | None, notes: Notes
) -> NDArray[np.uint32]:
    """Return each frame's first fragment, by an offset table that holds, else by a search.

    A table whose entries all lead to fragments, but to fewer or more frames than there should be,
    gives way to a search that finds the right number.
    """
    by_table, is_wrong = _by_offset_tables(layout, fragments)
    if by_table is not None and len(by_table) == (frames or len(by_table)):
        return by_table
    by_content = _by_content(layout.elements.buffer, fragments, frames)
    if by_table is not None and (len(by_content) != frames or not fragments.is_closed):
        return by_table
    if is_wrong or by_table is not None:
        notes.add("The offset table of the pixel data is wrong; frames are found by a search.")
    return by_content


def _by_offset_tables(
    layout: FileLayout, fragments: _Fragments
) -> tuple[NDArray[np.uint32] | None, bool]:
    """Return first fragments by the extended or the basic table, and whether one is wrong."""
    is_wrong = False
    for raw, form in (
        (layout.elements.raw(_EXTENDED_OFFSETS), "<u8"),
        (fragments.offset_table, "<u4"),
    ):
        size = int(form[2])
        offsets = np.frombuffer(raw[: len(raw) // size * size], form).astype(np.uint64)
        if not len(offsets):
            continue
        first = _fragments_at(offsets, fragments)
        if first is not None:
            return first, is_wrong
        is_wrong = True
    return None, is_wrong


def _fragments_at(offsets: NDArray[np.uint64], fragments: _Fragments) -> NDArray[np.uint32] | None:
    """Return which fragment starts at each offset; None when one does not, or order is wrong.

    Where the file was cut short, offsets beyond its end are left out.
    """
    heads = offsets + np.uint64(fragments.base + 8)  # offsets are those of item tags
    at = np.searchsorted(fragments.starts, heads)
    beyond = np.flatnonzero(at >= len(fragments))
    if len(beyond) and not fragments.is_closed:
        at = at[: beyond[0]]
    if not len(at) or at[0] != 0 or at.max() >= len(fragments):
        return None
    is_rising = bool(np.all(at[1:] > at[:-1]))
    if not is_rising or not np.array_equal(fragments.starts[at], heads[: len(at)]):
        return None
    return at.astype(np.uint32)


def _by_content(buffer: Buffer, fragments: _Fragments, frames: int | None) -> NDArray[np.uint32]:
    """Return each frame's first fragment: one each, all for one, or where a codestream starts.

    ``frames`` is None when the file does not say how many there are.
    """
    count = len(fragments)
    if count == frames:
        return np.arange(count, dtype=np.uint32)
    heads = (bytes(buffer[start : start + 8]) for start in fragments.starts.tolist())
    opening = [index for index, head in enumerate(heads) if head.startswith(_STARTS)]
    if opening and opening[0] == 0 and (frames != 1 or len(opening) > 1):
        return np.array(opening, np.uint32)
    if frames == 1:
        return np.zeros(1, np.uint32)
    # RLE and deflated frames are one fragment each (PS3.5 A.4.2, A.4.12), as far as there are any.
    return np.arange(count, dtype=np.uint32)
