"""Text values: Specific Character Set (0008,0005), ISO 2022, and making text safe to show.

PS3.3 C.12.1.1.2, PS3.5 6.1.2 and annexes H to K. Values are decoded whole and split afterwards,
because a byte that looks like ``\\``, ``^`` or ``=`` may be half of a Chinese character.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

_ESCAPE: Final = 0x1B
_ASCII: Final = "ascii"

# Defined term -> Python codec of the upper half (G1) or of the whole (stand-alone sets).
_SINGLE_BYTE: Final = {
    "6": _ASCII,
    "13": "shift_jis",  # JIS X 0201: its single bytes are a subset
    "100": "latin_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "126": "iso8859_7",
    "127": "iso8859_6",
    "138": "iso8859_8",
    "144": "iso8859_5",
    "148": "iso8859_9",
    "166": "iso8859_11",
    "203": "iso8859_15",
}
_MULTI_BYTE: Final = {"87": "jisx0208", "159": "jisx0212", "149": "euc_kr", "58": "gb2312"}
_ALONE: Final = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}
# Terms that are not DICOM's and yet leave no doubt.
_OTHER_NAMES: Final = {
    "UTF-8": "ISO_IR 192",
    "UTF8": "ISO_IR 192",
    "ISO 2022 GBK": "GBK",
    "ISO 2022 58": "ISO 2022 IR 58",
    "LATIN1": "ISO_IR 100",
    "ISO8859-1": "ISO_IR 100",
    "ISO_8859-1": "ISO_IR 100",
}
_TERM: Final = re.compile(r"ISO[ _-]?(?:2022)?[ _-]?IR[ _-]?(\d+)")

# Escape sequences (PS3.3 tables C.12-3 and C.12-4) -> (code element, set).
_DESIGNATORS: Final = {
    b"(B": ("G0", _ASCII), b"(J": ("G0", "shift_jis"), b"$B": ("G0", "jisx0208"),
    b"$@": ("G0", "jisx0208"), b"$(D": ("G0", "jisx0212"), b")I": ("G1", "shift_jis"),
    b"-A": ("G1", "latin_1"), b"-B": ("G1", "iso8859_2"), b"-C": ("G1", "iso8859_3"),
    b"-D": ("G1", "iso8859_4"), b"-F": ("G1", "iso8859_7"), b"-G": ("G1", "iso8859_6"),
    b"-H": ("G1", "iso8859_8"), b"-L": ("G1", "iso8859_5"), b"-M": ("G1", "iso8859_9"),
    b"-T": ("G1", "iso8859_11"), b"-b": ("G1", "iso8859_15"), b"$)C": ("G1", "euc_kr"),
    b"$)A": ("G1", "gb2312"),
}  # fmt: skip
_TWO_BYTE_G0: Final = {
    "jisx0208": (b"\x1b$B", "iso2022_jp"),
    "jisx0212": (b"\x1b$(D", "iso2022_jp_2"),
}
_LINE_ENDS: Final = b"\t\n\f\r"
_RUNS: Final = re.compile(rb"[\x00-\x7f]+|[\x80-\xff]+")

# Format characters that reorder or hide text: bidi controls, zero-width space, joiners of words,
# soft hyphen, byte order mark, tags. ZWJ and ZWNJ stay: Persian and Indic spelling needs them.
_HIDDEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]+")
_SAFE: Final = re.compile(r"[ -~]*")


def clean(text: str) -> str:
    """Return text that is safe to show: controls become a space, hidden direction marks vanish."""
    if _SAFE.fullmatch(text):
        return text
    return _HIDDEN.sub("", _CONTROLS.sub(" ", text))


class CharacterSets:
    """What one data set's (0008,0005) says, and the doubts that arose while decoding by it."""

    __slots__ = ("codec", "doubts", "g0", "g1")

    def __init__(self, terms: Iterable[str]) -> None:
        self.doubts: dict[str, None] = {}  # in order of appearance
        self.codec = ""  # of a stand-alone set
        self.g0, self.g1 = _ASCII, ""
        names = [self._name(term) for term in islice(terms, 8)]
        if names and names[0] in _ALONE:
            self.codec = _ALONE[names[0]]
        elif names:
            first = names[0].rpartition(" ")[2]
            self.g1 = _SINGLE_BYTE.get(first, "") or _MULTI_BYTE.get(first, "")
            self.g1 = "" if self.g1 in (_ASCII, *_TWO_BYTE_G0) else self.g1
            self.g0 = "shift_jis" if first == "13" else _ASCII

    def _name(self, term: str) -> str:
        """Return a term in DICOM's spelling; "" for none, with a doubt for an unknown one."""
        upper = term.strip().upper()
        upper = _OTHER_NAMES.get(upper, upper)
        if not upper or upper in _ALONE:
            return upper
        match = _TERM.fullmatch(upper)
        if match and (match[1] in _SINGLE_BYTE or match[1] in _MULTI_BYTE or match[1] == "192"):
            return f"ISO_IR {match[1]}"
        self.doubts[f"The character set {clean(term)[:40]!r} is unknown."] = None
        return ""

    def decode(self, value: bytes, delimiters: bytes = b"\\") -> str:
        """Return the text of a whole value, delimiters included.

        ``delimiters`` and line ends reset the sets to the first ones (PS3.5 6.1.2.5.3); for
        person names they are ``\\``, ``^`` and ``=``.
        """
        if value.isascii() and _ESCAPE not in value:
            return value.decode(_ASCII)
        if self.codec:
            return self._strictly(value, self.codec)
        if _ESCAPE not in value:
            return self._upper_half(value, self.g1)
        return self._switching(value, delimiters + _LINE_ENDS)

    def _switching(self, value: bytes, resets: bytes) -> str:
        """Decode ISO 2022: runs between escape sequences, each in the sets that hold there."""
        out: list[str] = []
        g0, g1 = self.g0, self.g1
        for index, part in enumerate(value.split(b"\x1b")):
            rest = part
            if index:
                element, name, rest = _designated(part)
                if element == "G0":
                    g0 = name
                elif element == "G1":
                    g1 = name
                else:
                    self._doubt_escape()
            if g0 in _TWO_BYTE_G0:
                # Two bytes a character: no delimiter can be told from half of one.
                out.append(self._two_bytes(rest, g0))
                continue
            for piece in _pieces(rest, resets):
                out.append(self._upper_half(piece, g1))
                if piece[-1:] and piece[-1] in resets:
                    g0, g1 = self.g0, self.g1
        return "".join(out)

    def _two_bytes(self, value: bytes, name: str) -> str:
        prefix, codec = _TWO_BYTE_G0[name]
        out = []
        for run in _RUNS.findall(value):
            upper = run[0] > 0x7F
            out.append(
                self._upper_half(run, self.g1) if upper else self._strictly(prefix + run, codec)
            )
        return "".join(out)

    def _upper_half(self, value: bytes, g1: str) -> str:
        """Decode ASCII with an upper half; guess, and say so, where no set is declared for it."""
        if value.isascii():
            return value.decode(_ASCII)
        if g1:
            return self._strictly(value, g1)
        try:
            text = value.decode("utf_8")
            guess = "UTF-8"
        except UnicodeDecodeError:
            text = value.decode("latin_1")
            guess = "Latin-1 (ISO 8859-1)"
        self.doubts[
            f"Text has letters that the file declares no character set for; shown as {guess}, "
            "which is a guess."
        ] = None
        return text

    def _strictly(self, value: bytes, codec: str) -> str:
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            self.doubts[
                "Text has bytes that its character set does not define; they are shown as \ufffd."
            ] = None
            return value.decode(codec, "replace")

    def _doubt_escape(self) -> None:
        self.doubts["Text switches to a character set that is unknown."] = None


def _designated(part: bytes) -> tuple[str, str, bytes]:
    """Return (code element, set, what follows) of bytes after an ESC; ("", "", all) if unknown."""
    for size in (2, 3):
        found = _DESIGNATORS.get(part[:size])
        if found:
            return found[0], found[1], part[size:]
    return "", "", part


def _pieces(value: bytes, resets: bytes) -> list[bytes]:
    """Split after each delimiter, which stays at the end of its piece."""
    pieces = []
    start = 0
    for position, byte in enumerate(value):
        if byte in resets:
            pieces.append(value[start : position + 1])
            start = position + 1
    pieces.append(value[start:])
    return [piece for piece in pieces if piece]
