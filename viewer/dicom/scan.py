"""A bounded walk over a file's elements: the first thing that happens to foreign bytes.

One pass finds each top-level element and each sequence item without copying values, and checks
every length, depth and count against :class:`Limits` on the way. What comes later reads values
from the spans found here, so nothing after this module meets an unchecked length.
"""

from dataclasses import dataclass
from mmap import mmap
from struct import Struct

from pydicom._dicom_dict import DicomDictionary

from telerad.errors import Invalid
from viewer.dicom.elements import Buffer, Elements, Leaf
from viewer.dicom.errors import BeyondLimit, BrokenDataSet, NotDicom, TruncatedHeader
from viewer.dicom.inflate import inflate
from viewer.dicom.limits import DEFAULT_LIMITS, Limits

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
GE_IMPLICIT_BIG_PIXELS = "1.2.840.113619.5.2"  # GE private: implicit header, big-endian pixels

PIXEL_TAGS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD

# PS3.5 table 7.1-1 and 7.1-2: a 32-bit length after two reserved bytes, or a 16-bit length.
_LONG_VRS = frozenset(
    vr.encode()
    for vr in "OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()  # noqa: SIM905
)
_SHORT_VRS = frozenset(
    vr.encode()
    for vr in "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()  # noqa: SIM905
)
_VRS = _LONG_VRS | _SHORT_VRS
# How much of a file has_preamble looks at: preamble, prefix, the group of what follows.
PREAMBLE_AND_MORE = 134
# Data sets open with group 0008, in either byte order.
_FIRST_GROUPS = (b"\x08\x00", b"\x00\x08")
_BYTE_VRS = frozenset((b"OB", b"OW", b"OF", b"OD", b"OL", b"OV"))
_SEQUENCE_TAGS = frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")


def tag_text(tag: int) -> str:
    """Return ``(gggg,eeee)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixel element is: ``length`` None when undefined (encapsulated, PS3.5 A.4)."""

    tag: int
    vr: str
    offset: int  # of the value, in FileLayout.elements.buffer
    length: int | None
    available: int  # bytes from offset to the end of the file


@dataclass(frozen=True, slots=True)
class FileLayout:
    """What a walk found.

    ``transfer_syntax_uid`` is how the file is really written; ``stated_syntax_uid`` what its meta
    information says. Offsets count in ``elements.buffer``: the file, or, when ``deflate_offset`` is
    set, the inflated data set.
    """

    elements: Elements
    meta: Elements
    transfer_syntax_uid: str
    stated_syntax_uid: str
    pixels: PixelElement | None
    data_set_offset: int
    deflate_offset: int = 0
    notes: tuple[str, ...] = ()


class _Walk:
    """One walk; counts what is left of the allowance."""

    __slots__ = ("big_endian", "buffer", "limits", "pixels", "remaining", "size", "u32", "unpack")

    def __init__(self, buffer: Buffer, limits: Limits, *, big_endian: bool) -> None:
        self.buffer = buffer
        self.size = len(buffer)
        self.limits = limits
        self.remaining = limits.max_elements
        self.big_endian = big_endian
        self.unpack = Struct(">HH2sH" if big_endian else "<HH2sH").unpack_from
        self.u32 = Struct(">L" if big_endian else "<L").unpack_from
        self.pixels: PixelElement | None = None

    def data_set(
        self, start: int, end: int, *, implicit: bool, depth: int, group: int | None = None
    ) -> tuple[Elements, int]:
        """Read elements from ``start`` up to ``end`` or a delimiter; with ``group``, only its own.

        Returns them and where the next byte is. Raises BrokenDataSet, TruncatedHeader, BeyondLimit.
        """
        buffer, unpack, u32 = self.buffer, self.unpack, self.u32
        allowance = self.limits.max_elements_in_data_set
        # A delimiter ends an item; (0000,0000) is padding of zeros after the last element.
        ends = (0xFFFE,) if group == 0 else (0xFFFE, 0)
        entries: dict[int, Leaf | list[Elements]] = {}
        position = start
        while position + 8 <= end and allowance >= 0:
            high, low, vr, length = unpack(buffer, position)
            if high in ends or (group is not None and high != group):
                if high and low == _ITEM_END & 0xFFFF and depth:
                    position += 8
                break
            tag = high << 16 | low
            value = position + 8
            if implicit:
                vr, length = None, u32(buffer, position + 4)[0]
            elif vr not in _SHORT_VRS:
                vr, length, value = self._long_head(position, end, vr, length)
            if not depth and tag in PIXEL_TAGS:
                self._found_pixels(tag, vr, value, length)
                position = value
                break
            entries[tag], position = self._value((tag, vr, value, length), end, implicit, depth)
            allowance -= 1
        else:
            self._check_tail(start, position, end, allowance)
        self._count(self.limits.max_elements_in_data_set - allowance)
        return Elements(buffer, entries, self.big_endian, (start, position)), position

    def _value(
        self, head: tuple[int, bytes | None, int, int], end: int, implicit: bool, depth: int
    ) -> tuple[Leaf | list[Elements], int]:
        """Return what an element holds, and where the next one starts."""
        tag, vr, value, length = head
        if length == UNDEFINED:
            return self._undefined(tag, vr, value, end, implicit, depth)
        after = value + length
        if after > end or length > self.limits.max_element_bytes:
            raise self._bad_length(tag, value, length, end)
        if length and (vr == b"SQ" or (vr is None and tag in _SEQUENCE_TAGS)):
            return self._defined_sequence(tag, vr, value, length, depth), after
        return (vr, value, length), after

    def _count(self, elements: int) -> None:
        self.remaining -= elements
        if self.remaining < 0:
            raise BeyondLimit(
                f"the header has more than {self.limits.max_elements} elements; not read further"
            )

    def _long_head(
        self, position: int, end: int, vr: bytes, length: int
    ) -> tuple[bytes | None, int, int]:
        """Return VR, length and value offset of an element that has none of the short VRs."""
        if vr in _LONG_VRS:
            if position + 12 > end:
                raise TruncatedHeader(f"the file ends inside the element at byte {position}")
            return vr, self.u32(self.buffer, position + 8)[0], position + 12
        if vr.isalpha() and vr.isupper():  # a VR from a later edition, or a wrong one
            return vr, length, position + 8
        # Some writers switch to implicit VR inside an explicit data set.
        return None, self.u32(self.buffer, position + 4)[0], position + 8

    def _found_pixels(self, tag: int, vr: bytes | None, value: int, length: int) -> None:
        stated = None if length == UNDEFINED else length
        name = vr.decode("ascii", "replace") if vr else "OW"  # implicit is OW, PS3.5 A.1
        self.pixels = PixelElement(tag, name, value, stated, max(0, self.size - value))

    def _bad_length(self, tag: int, value: int, length: int, end: int) -> Invalid | BeyondLimit:
        if value + length <= end:
            return BeyondLimit(
                f"{tag_text(tag)} at byte {value} has {length} bytes; "
                f"at most {self.limits.max_element_bytes} are accepted"
            )
        if end == self.size:
            return TruncatedHeader(
                f"{tag_text(tag)} at byte {value} says it has {length} bytes, "
                f"but the file ends after {max(0, end - value)} of them"
            )
        return BrokenDataSet(
            f"{tag_text(tag)} at byte {value} says it has {length} bytes, "
            f"but its item ends after {max(0, end - value)} of them"
        )

    def _check_tail(self, start: int, position: int, end: int, allowance: int) -> None:
        """Refuse too many elements and a cut element head; some zero padding is no element."""
        if allowance < 0:
            raise BeyondLimit(
                f"the data set at byte {start} has more than "
                f"{self.limits.max_elements_in_data_set} elements"
            )
        if position < end and any(bytes(self.buffer[position:end])):
            if end == self.size:
                raise TruncatedHeader(f"the file ends inside the element at byte {position}")
            raise BrokenDataSet(f"an item ends inside the element at byte {position}")

    def _defined_sequence(
        self, tag: int, vr: bytes | None, value: int, length: int, depth: int
    ) -> Leaf | list[Elements]:
        """Return a sequence's items; its bytes alone when they are not items.

        Where the next element lies is known, so damage inside stays inside.
        """
        try:
            return self.items(
                tag, (value, value + length), undefined=False, implicit=vr is None, depth=depth
            )[0]
        except BrokenDataSet:
            return (vr, value, length)

    def _undefined(
        self, tag: int, vr: bytes | None, value: int, end: int, implicit: bool, depth: int
    ) -> tuple[Leaf | list[Elements], int]:
        if vr in _BYTE_VRS or tag in PIXEL_TAGS:
            after = self._skip_fragments(tag, value, end)
            return (vr, value, after - 8 - value), after
        # UN of undefined length holds items in implicit VR (PS3.5 6.2.2), though not all do.
        return self.items(
            tag, (value, end), undefined=True, implicit=implicit or vr is None, depth=depth
        )

    def _skip_fragments(self, tag: int, position: int, end: int) -> int:
        while position + 8 <= end:
            found, length = self._item_head(position)
            position += 8
            if found == _SEQUENCE_END:
                return position
            if found != _ITEM:
                raise BrokenDataSet(
                    f"{tag_text(tag)} has {tag_text(found)} at byte {position - 8} "
                    "where an item (FFFE,E000) is expected"
                )
            position += length
            self._count(1)
        raise TruncatedHeader(f"the file ends inside {tag_text(tag)}")

    def _item_head(self, position: int) -> tuple[int, int]:
        high, low, _, _ = self.unpack(self.buffer, position)
        return high << 16 | low, self.u32(self.buffer, position + 4)[0]

    def items(
        self, tag: int, span: tuple[int, int], *, undefined: bool, implicit: bool, depth: int
    ) -> tuple[list[Elements], int]:
        """Read a sequence's items in ``span``, up to its delimiter or the end."""
        position, end = span
        if depth >= self.limits.max_depth:
            raise BeyondLimit(
                f"{tag_text(tag)} at byte {position} is nested deeper than "
                f"{self.limits.max_depth} sequences"
            )
        items: list[Elements] = []
        while position + 8 <= end:
            found, length = self._item_head(position)
            position += 8
            if found == _SEQUENCE_END:
                return items, position
            if found == _ITEM_END:
                continue
            if found != _ITEM:
                raise BrokenDataSet(
                    f"{tag_text(tag)} has {tag_text(found)} at byte {position - 8} "
                    "where an item (FFFE,E000) is expected"
                )
            stop = end if length == UNDEFINED else position + length
            if stop > end:
                raise self._bad_length(tag, position, length, end)
            item, after = self.data_set(
                position,
                stop,
                implicit=self._item_implicit(position, stop, implicit),
                depth=depth + 1,
            )
            items.append(item)
            position = after if length == UNDEFINED else stop
            self._count(1)
        if undefined and end == self.size:
            raise TruncatedHeader(f"the file ends inside {tag_text(tag)}, before its delimiter")
        return items, end

    def _item_implicit(self, position: int, stop: int, implicit: bool) -> bool:
        """Tell whether an item is in implicit VR; its first element shows it."""
        if position + 6 > stop:
            return implicit
        looks_explicit = bytes(self.buffer[position + 4 : position + 6]) in _VRS
        return not looks_explicit


def scan(buffer: bytes | mmap | memoryview, limits: Limits = DEFAULT_LIMITS) -> FileLayout:
    """Walk a DICOM file, with or without preamble and meta information (PS3.10 7).

    The pixel data is found, not read; that it is cut short is no error here. Raises NotDicom,
    BrokenDataSet, TruncatedHeader or BeyondLimit with tag, byte offset and what is accepted.
    """
    start = _start(buffer)
    meta, position = _meta(_Walk(buffer, limits, big_endian=False), start)
    stated = meta.uid(0x00020010)
    if not _plausible(buffer, position, stated):
        raise NotDicom("the file is not DICOM: no data set starts where one is expected")
    deflate_offset = 0
    notes: list[str] = []
    data: Buffer = buffer
    if stated == DEFLATED_LITTLE:
        data, damage = inflate(buffer, position, limits)
        deflate_offset, position = position, 0
        notes += [damage] if damage else []
    implicit, big_endian = _encoding(data, position, stated)
    walk = _Walk(data, limits, big_endian=big_endian)
    elements, _ = walk.data_set(position, len(data), implicit=implicit, depth=0)
    actual = _actual_syntax(stated, implicit=implicit, big_endian=big_endian)
    if stated and actual != stated:
        notes.append(f"The file says transfer syntax {stated} but is written as {actual}.")
    return FileLayout(
        elements=elements,
        meta=meta,
        transfer_syntax_uid=actual,
        stated_syntax_uid=stated,
        pixels=walk.pixels,
        data_set_offset=position,
        deflate_offset=deflate_offset,
        notes=tuple(notes),
    )


def _meta(walk: _Walk, start: int) -> tuple[Elements, int]:
    """Read the file meta information (PS3.10 7.1) and return where the data set starts.

    One that is broken is jumped over by its group length, as far as that leads to a data set.
    """
    try:
        meta, position = walk.data_set(start, walk.size, implicit=False, depth=1, group=2)
    except BrokenDataSet:
        head = bytes(walk.buffer[start : start + 12])
        position = start + 12 + int.from_bytes(head[8:], "little")
        if head[:8] != b"\x02\0\0\0UL\x04\0" or not _plausible(walk.buffer, position, ""):
            raise
        return Elements(walk.buffer, {}, False, (start, position)), position
    # A command group may follow when a network dump was kept (PS3.7 6.3): implicit, to be skipped.
    _, position = walk.data_set(position, walk.size, implicit=True, depth=1, group=0)
    return meta, position


def has_preamble(start: Buffer) -> bool:
    """Tell from a file's first PREAMBLE_AND_MORE bytes whether it opens with a preamble.

    A data set without one may hold the four letters in a value of its own, just there: then its
    first element stands where the preamble would be, and no meta information follows the letters.
    """
    if bytes(start[128:132]) != b"DICM":
        return False
    return bytes(start[:2]) not in _FIRST_GROUPS or bytes(start[132:134]) == b"\x02\x00"


def _start(buffer: Buffer) -> int:
    """Return where the meta information or the data set starts."""
    if has_preamble(buffer):
        return 132
    return 4 if bytes(buffer[:4]) == b"DICM" else 0


def _plausible(buffer: Buffer, position: int, stated: str) -> bool:
    """Tell whether a data set may start here: known syntax, or a first group that opens one."""
    if stated:
        return True
    head = bytes(buffer[position : position + 2])
    return head in _FIRST_GROUPS and len(buffer) - position >= 16


def _encoding(data: Buffer, position: int, stated: str) -> tuple[bool, bool]:
    """Return (implicit VR, big endian) by the first element, which outranks what is stated."""
    head = bytes(data[position : position + 6])
    implicit = head[4:] not in _VRS if len(head) == 6 else stated == IMPLICIT_LITTLE
    # 0008 read in the wrong order is 0800; no data set starts with a group that high.
    big_endian = head[:1] == b"\x00" and head[1:2] != b"\x00" and not implicit
    return implicit, big_endian


def _actual_syntax(stated: str, *, implicit: bool, big_endian: bool) -> str:
    """Return the transfer syntax that the bytes have; encapsulated ones are believed."""
    if big_endian:
        return EXPLICIT_BIG
    if stated in ("", IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG):
        return IMPLICIT_LITTLE if implicit else EXPLICIT_LITTLE
    return stated
