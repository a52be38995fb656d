"""Look-up tables from tags: descriptor rules, 8- and 16-bit entries, segmented palettes."""

import numpy as np
from numpy.typing import NDArray

from viewer.dicom.elements import Elements
from viewer.dicom.notes import Notes
from viewer.dicom.scan import tag_text
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.types import LookupTable, Palette

_DESCRIPTOR, _DATA, _EXPLANATION = 0x00283002, 0x00283006, 0x00283003
_PALETTE_DESCRIPTORS = (0x00281101, 0x00281102, 0x00281103)
_PALETTE_DATA = (0x00281201, 0x00281202, 0x00281203)
_SEGMENTED_DATA = (0x00281221, 0x00281222, 0x00281223)
_MOST_ENTRIES = 65_536


def lut_of_item(item: Elements, *, signed: bool, notes: Notes) -> LookupTable | None:
    """Return a Modality or VOI LUT item's table (PS3.3 C.11.1.1, C.11.2.1.1); None if unusable.

    ``signed`` says that the first mapped value is a signed 16-bit number.
    """
    name = item.text(_EXPLANATION, 64)
    return _table(item, (_DESCRIPTOR, _DATA), signed=signed, notes=notes, name=name)


def palette_of(top: Elements, *, signed: bool, notes: Notes) -> Palette | None:
    """Return the palette of a PALETTE COLOR image (C.7.6.3.1.5, C.7.9); None if incomplete."""
    tables = []
    for descriptor, data, segmented in zip(
        _PALETTE_DESCRIPTORS, _PALETTE_DATA, _SEGMENTED_DATA, strict=True
    ):
        source = data if top.has_value(data) else segmented
        table = _table(top, (descriptor, source), signed=signed, notes=notes)
        if table is None:
            return None
        tables.append(table)
    return Palette(*tables)


def _table(
    elements: Elements, tags: tuple[int, int], *, signed: bool, notes: Notes, name: str = ""
) -> LookupTable | None:
    descriptor = elements.words(tags[0])
    if len(descriptor) < 3 or not elements.has_value(tags[1]):
        notes.add(f"A look-up table without descriptor or data, {tag_text(tags[1])}, is not used.")
        return None
    entries = descriptor[0] or _MOST_ENTRIES  # 0 stands for 2**16
    first = descriptor[1]
    first = first - 0x10000 if signed and first >= 0x8000 else first
    bits = descriptor[2] & 0xFF
    segmented = tags[1] in _SEGMENTED_DATA
    values = _values(elements, tags[1], 0 if segmented else entries, bits)
    if segmented:
        values = _expanded(values, entries, bits)
    if not len(values):
        notes.add(f"A look-up table without entries, {tag_text(tags[1])}, is not used.")
        return None
    if len(values) < entries:
        notes.add(f"{tag_text(tags[1])} has {len(values)} of {entries} look-up table entries.")
    data = np.ascontiguousarray(values[:entries], dtype=np.uint16)
    # A bits figure that the entries exceed is wrong; taking it would clip them.
    bits = max(bits if 1 <= bits <= 16 else 8, int(data.max()).bit_length())
    return lookup_table(first, bits, data, name)


def _values(elements: Elements, tag: int, entries: int, bits: int) -> NDArray[np.uint16]:
    """Return the entries; two to a word where their number shows it (C.7.6.3.1.6).

    ``entries`` 0 means that their number is not known and ``bits`` alone decides.
    """
    raw = elements.raw(tag)[: 8 * _MOST_ENTRIES]
    words = np.frombuffer(raw[: len(raw) // 2 * 2], ">u2" if elements.big_endian else "<u2")
    words = words.astype("<u2")
    in_bytes = bits <= 8 and (len(raw) < 2 * entries or entries == 0)
    if not in_bytes:
        return words.astype(np.uint16)
    leaf = elements.leaf(tag)
    if elements.big_endian and leaf and leaf[0] == b"OW":
        raw = words.tobytes()
    return np.frombuffer(raw, np.uint8).astype(np.uint16)


def _expanded(codes: NDArray[np.uint16], entries: int, bits: int) -> NDArray[np.uint16]:
    """Expand segments (C.7.9.2): 0 discrete, 1 linear, 2 indirect; stop at what makes no sense."""
    expansion = _Expansion(codes.tolist(), entries, bits)
    expansion.run(0, len(codes), None)
    return np.array(expansion.out[:entries], dtype=np.uint16)


class _Expansion:
    def __init__(self, codes: list[int], entries: int, bits: int) -> None:
        self.codes = codes
        self.entries = entries
        self.bytes_per_code = 1 if bits <= 8 else 2
        self.out: list[int] = []
        self.steps = 4 * _MOST_ENTRIES  # references to empty segments could go on for hours

    def run(self, position: int, end: int, segments: int | None) -> None:
        """Expand from ``position``; ``segments`` of them when an indirect segment asks."""
        left = -1 if segments is None else segments
        while position + 2 <= end and left and self.steps and len(self.out) < self.entries:
            self.steps -= 1
            opcode, count = self.codes[position : position + 2]
            if opcode == 0:
                self.out += self.codes[position + 2 : position + 2 + count]
                position += 2 + count
            elif opcode == 1 and position + 3 <= end and self.out:
                self._linear(count, self.codes[position + 2])
                position += 3
            elif opcode == 2 and segments is None:
                position = self._indirect(position, count)
            else:
                return
            left -= 1

    def _linear(self, count: int, last: int) -> None:
        """Append ``count`` values, the last of them ``last``, on a line from the value before."""
        before = self.out[-1]
        line = before + (last - before) * np.arange(1, count + 1) / max(count, 1)
        self.out += np.floor(line + 0.5).astype(int).tolist()

    def _indirect(self, position: int, count: int) -> int:
        """Repeat ``count`` segments at a byte offset, given in parts, the lowest first."""
        parts = 4 // self.bytes_per_code
        offset = 0
        for index, part in enumerate(self.codes[position + 2 : position + 2 + parts]):
            offset |= part << (8 * self.bytes_per_code * index)
        self.run(offset // self.bytes_per_code, len(self.codes), count)
        return position + 2 + parts
