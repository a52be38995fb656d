"""DICOM Person Names for people: three component groups, read aloud and searched. Pure."""

import unicodedata

# Alphabetic, ideographic, phonetic (PS3.5 6.2.1.1).
GROUPS = ("alphabetic", "ideographic", "phonetic")
# Explicit bidirectional controls: a name must not reorder the text around it.
_BIDI_CONTROLS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def fold(text: str) -> str:
    """Return the text without case, accents and separators, for searching."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.casefold().replace("^", " ").replace("=", " ").replace(",", " ").split())


def readable(group: str) -> str:
    """Return one component group for a person to read.

    ``family^given^middle^prefix^suffix`` becomes ``Family, Prefix Given Middle, Suffix``.
    """
    parts = [part.strip() for part in group.translate(_BIDI_CONTROLS).split("^")]
    family, given, middle, prefix, suffix = (*parts, "", "", "", "", "")[:5]
    first = " ".join(part for part in (prefix, given, middle) if part)
    return ", ".join(part for part in (family, first, suffix) if part)


def name_groups(name: str) -> dict[str, str]:
    """Return the groups of a Person Name value, each readable; an absent group is empty."""
    groups = [readable(group) for group in name.split("=")][:3]
    return dict(zip(GROUPS, (*groups, "", "", "")[:3], strict=True))
