"""Reading values from the spans that a scan found. Nothing here raises for a malformed value.

A value that is absent, empty or cannot be read is None, "" or (): the caller says what that means
for the picture. Values are read when asked for, so a header costs what is looked at.
"""

from __future__ import annotations

import math
from mmap import mmap
from struct import iter_unpack
from typing import Final

from pydicom._dicom_dict import DicomDictionary

from viewer.dicom.charset import CharacterSets, clean

Buffer = bytes | mmap | memoryview
Leaf = tuple[bytes | None, int, int]  # VR if the file says one, offset and length of the value

CHARACTER_SET: Final = 0x00080005
_BINARY: Final = {
    "US": "H",
    "SS": "h",
    "UL": "L",
    "SL": "l",
    "UV": "Q",
    "SV": "q",
    "FL": "f",
    "FD": "d",
    "AT": "HH",
    "OW": "H",
    "OF": "f",
    "OD": "d",
    "OL": "L",
}
_DECIMAL: Final = frozenset(("DS", "IS"))
_OVERLAY_VRS: Final = {
    0x0010: "US", 0x0011: "US", 0x0015: "IS", 0x0050: "SS", 0x0051: "US", 0x0100: "US",
    0x0102: "US",
}  # fmt: skip
_MOST_NUMBERS: Final = 65_536  # of one element; a Frame Time Vector is the longest that is read
_MOST_CODE_BYTES: Final = 4096
_MOST_TEXT_BYTES: Final = 65_536
_NUMBER_BYTES: Final = 18  # DS has 16 (PS3.5 6.2); writers pad and exceed a little


class Elements:
    """The elements of a data set or an item, by tag."""

    __slots__ = ("around", "big_endian", "buffer", "entries", "sets", "span")

    def __init__(
        self,
        buffer: Buffer,
        entries: dict[int, Leaf | list[Elements]],
        big_endian: bool,
        span: tuple[int, int],
    ) -> None:
        self.buffer = buffer
        self.entries = entries
        self.big_endian = big_endian
        self.span = span
        self.sets: CharacterSets | None = None
        self.around: Elements | None = None  # of an item: the data set that it was taken from

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def has_value(self, tag: int) -> bool:
        """Tell whether the element is there and not empty."""
        entry = self.entries.get(tag)
        return bool(entry) and (isinstance(entry, list) or entry[2] > 0)  # type: ignore[index]

    def bytes_of_all(self) -> bytes:
        """Return the bytes that all elements take, to compare two items by."""
        return bytes(self.buffer[self.span[0] : self.span[1]])

    def leaf(self, tag: int) -> Leaf | None:
        """Return VR, offset and length of an element that is no sequence."""
        entry = self.entries.get(tag)
        return entry if isinstance(entry, tuple) else None

    def raw(self, tag: int) -> bytes:
        """Return the value's bytes as stored."""
        leaf = self.leaf(tag)
        return bytes(self.buffer[leaf[1] : leaf[1] + leaf[2]]) if leaf else b""

    def items(self, tag: int) -> list[Elements]:
        """Return a sequence's items; [] when there are none."""
        entry = self.entries.get(tag)
        if not isinstance(entry, list):
            return []
        for item in entry:
            item.around = self
        return entry

    def item(self, tag: int) -> Elements | None:
        """Return a sequence's first item."""
        items = self.items(tag)
        return items[0] if items else None

    # Text that has no character set: codes, UIDs, numbers in decimal.

    def codes(self, tag: int) -> tuple[str, ...]:
        """Return the values of a CS, UI, AS, DA, TM or DT element, stripped of padding."""
        raw = self.raw(tag)[:_MOST_CODE_BYTES]
        if not raw:
            return ()
        text = raw.decode("ascii", "replace").rstrip(" \0")
        return tuple(clean(value.strip(" \0")) for value in text.split("\\"))

    def code(self, tag: int) -> str:
        """Return the first value, or ""."""
        codes = self.codes(tag)
        return codes[0] if codes else ""

    def uid(self, tag: int) -> str:
        """Return a UID as far as it is digits and dots, or ""."""
        text = self.code(tag)
        return text if text.replace(".", "").isdigit() and text.isascii() else ""

    # Text in the data set's character sets.

    def text(self, tag: int, longest: int = 400) -> str:
        """Return an LO, SH, LT, ST, UT or UC element for people: decoded, cleaned, cut."""
        raw = self.raw(tag)[:_MOST_TEXT_BYTES]
        if not raw:
            return ""
        return clean(self.character_sets().decode(raw)).strip()[:longest]

    def character_sets(self) -> CharacterSets:
        """Return what (0008,0005) says, an item's own or that around it (PS3.5 7.5.3)."""
        if self.sets is None:
            if self.around is not None and CHARACTER_SET not in self.entries:
                return self.around.character_sets()
            self.sets = CharacterSets(self.codes(CHARACTER_SET))
        return self.sets

    # Numbers.

    def floats(self, tag: int) -> tuple[float, ...]:
        """Return the values as floats, NaN where one is no number; infinities stay."""
        numbers = self._binary(tag)
        if numbers is not None:
            return tuple(map(float, numbers))
        return tuple(_to_float(value) for value in _split(self.raw(tag)))

    def number(self, tag: int) -> float | None:
        """Return the first value when it is a finite number."""
        floats = self.floats(tag)
        return floats[0] if floats and math.isfinite(floats[0]) else None

    def vector(self, tag: int, size: int) -> tuple[float, ...] | None:
        """Return exactly ``size`` finite numbers, or None."""
        floats = self.floats(tag)
        return floats if len(floats) == size and all(map(math.isfinite, floats)) else None

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return the values as integers within 64 bits; () when any of them is none."""
        binary = self._binary(tag)
        text = _split(self.raw(tag)) if binary is None else []
        numbers = tuple(map(_to_float, text)) if binary is None else binary
        if all(math.isfinite(n) and n == int(n) and abs(n) < 2**63 for n in numbers):
            return tuple(int(number) for number in numbers)
        return ()

    def integer(self, tag: int) -> int | None:
        """Return the first value when the element holds integers."""
        integers = self.integers(tag)
        return integers[0] if integers else None

    def int32(self, tag: int) -> int | None:
        """Return the first value within what IS may hold: -2**31 to 2**31 - 1 (PS3.5 6.2)."""
        value = self.integer(tag)
        return value if value is not None and -(2**31) <= value < 2**31 else None

    def words(self, tag: int) -> tuple[int, ...]:
        """Return a US, SS or US-or-SS element as unsigned 16-bit words, whatever it says it is.

        Sign is Pixel Representation's to say (PS3.3 C.11.2.1.1), and writers mix US with SS.
        """
        raw = self.raw(tag)
        leaf = self.leaf(tag)
        if leaf and leaf[0] in (b"IS", b"DS"):
            return tuple(value & 0xFFFF for value in self.integers(tag))
        return tuple(int(word) for word in self._unpacked("H", raw))

    def _binary(self, tag: int) -> tuple[float, ...] | None:
        """Return the numbers of an element that is stored in binary, None for decimal text."""
        leaf = self.leaf(tag)
        if leaf is None:
            return ()
        stated = leaf[0].decode("latin_1") if leaf[0] else "UN"
        vr = stated if stated in _BINARY or stated in _DECIMAL else _known_vr(tag)
        form = _BINARY.get(vr[:2])
        return None if form is None else self._unpacked(form, self.raw(tag))

    def _unpacked(self, form: str, raw: bytes) -> tuple[float, ...]:
        size = {"H": 2, "h": 2, "L": 4, "l": 4, "f": 4, "d": 8, "Q": 8, "q": 8, "HH": 4}[form]
        order = ">" if self.big_endian else "<"
        whole = raw[: min(len(raw), _MOST_NUMBERS * size) // size * size]
        return tuple(number for row in iter_unpack(order + form, whole) for number in row)


def _known_vr(tag: int) -> str:
    """Return the dictionary's VR of a tag; of "US or SS" the first."""
    entry = DicomDictionary.get(tag)
    if entry is None and tag >> 24 == 0x60:
        # Overlay groups repeat 6000 (PS3.6 5); the dictionary lists them apart.
        return _OVERLAY_VRS.get(tag & 0xFFFF, "UN")
    return entry[0] if entry else "UN"


def _split(raw: bytes) -> list[bytes]:
    return raw.rstrip(b" \0").split(b"\\", _MOST_NUMBERS)[:_MOST_NUMBERS] if raw else []


def _to_float(value: bytes) -> float:
    """Return a DS or IS value; NaN for what is none (Python's 1_0 and long digits included)."""
    value = value.strip(b" \0")
    if len(value) > _NUMBER_BYTES * 2 or b"_" in value:
        return math.nan
    try:
        return float(value)
    except ValueError:
        return math.nan
