"""What a request to the pixel door asks for: closed types, parsed from the raw path and query.

No Django, and no pattern that can backtrack: this runs for every tile.

``/pixels/v1/cases/{case}/instances/{instance}/frames/{n}/`` and then one of
``tiles/{level}/{column}/{row}.png``, ``tiles/{level}/{column}/{row}.deep``, ``thumbnail.png``,
``stored.jpg``, ``overlays/{group}.png``; or a batch,
``/pixels/v1/cases/{case}/stacks/{stack}/frames?range=12-27&kind=deep&revision=R``.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl

from telerad.errors import Invalid, NotFound, TooLarge
from viewer.pixels.choice import VoiChoice, parse_choice

PictureKind = Literal["preview", "deep", "thumbnail", "stored", "overlay"]
BatchKind = Literal["deep", "png"]

MAX_PATH_BYTES = 400
MAX_QUERY_BYTES = 400
MAX_BATCH_FRAMES = 64
# Enough for (0028,0008) Number of Frames, an IS of at most 2**31 - 1 (PS3.5 6.2).
MAX_DIGITS = 10

# Fixed length, so matching is one pass.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks to be shown. ``text`` is the same for all queries that ask the same."""

    choice: VoiChoice
    invert: bool
    text: str


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One picture of one frame; ``frame_number`` counts from 1.

    ``case`` and ``instance`` are UUIDs in their canonical form.
    ``level``, ``column``, ``row`` are a tile's place on the grid; ``group`` is an overlay's (60xx).
    """

    case: str
    instance: str
    frame_number: int
    kind: PictureKind
    level: int
    column: int
    row: int
    group: int
    asked: Asked


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Frames ``first`` to ``last`` (counted from 1, both included) of a stack, in one answer."""

    case: str
    stack: str
    first: int
    last: int
    kind: BatchKind
    revision: str
    asked: Asked


def parse(raw_path: bytes, raw_query: bytes) -> PictureRequest | BatchRequest:
    """Parse a request.

    Raises NotFound for a path that is no route of the door, Invalid for a number or a query that is
    not of the accepted form, TooLarge for more bytes or frames than the door reads.
    """
    if len(raw_path) > MAX_PATH_BYTES or len(raw_query) > MAX_QUERY_BYTES:
        raise TooLarge(
            f"the address is longer than {MAX_PATH_BYTES} bytes of path "
            f"or {MAX_QUERY_BYTES} bytes of query"
        )
    try:
        parts = raw_path.decode("ascii").split("/")
    except UnicodeDecodeError:
        raise NotFound("no such address") from None
    if len(parts) < 8 or parts[:4] != ["", "pixels", "v1", "cases"]:
        raise NotFound("no such address")
    case = _uuid(parts[4])
    if parts[5] == "instances" and len(parts) >= 10 and parts[7] == "frames":
        return _picture(case, parts, raw_query)
    if parts[5] == "stacks" and parts[7:] == ["frames"]:
        return _batch(case, _uuid(parts[6]), raw_query)
    raise NotFound("no such address")


def parse_query(raw: bytes) -> dict[str, str]:
    """Return the query's fields. Raises Invalid if one is given twice or the text is not UTF-8."""
    if not raw:
        return {}
    try:
        if b"%" in raw or b"+" in raw:
            pairs = parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
            )
        else:
            texts = (item.partition("=") for item in raw.decode("ascii").split("&"))
            pairs = [(name, value) for name, _, value in texts]
    except ValueError:  # UnicodeDecodeError among them
        raise Invalid("the query is not percent-encoded UTF-8 of at most 20 fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Invalid("a field of the query is given twice")
    return fields


# A stack of slices is asked for in one window: the query is read once.
@lru_cache(maxsize=1024)
def asked_by(raw_query: bytes) -> Asked:
    """Return what a query asks to be shown. Raises Invalid."""
    choice, invert = parse_choice(parse_query(raw_query))
    return Asked(choice, invert, f"{choice!r} {invert}")


def _picture(case: str, parts: list[str], raw_query: bytes) -> PictureRequest:
    instance = _uuid(parts[6])
    frame_number = _number(parts[8], "the frame number", least=1)
    kind, level, column, row, group = _place(parts[9:])
    asked = asked_by(raw_query)
    return PictureRequest(case, instance, frame_number, kind, level, column, row, group, asked)


def _place(rest: list[str]) -> tuple[PictureKind, int, int, int, int]:
    """Return kind, level, column, row, group of what follows the frame number."""
    if rest[0] == "tiles" and len(rest) == 4:
        name, _, ending = rest[3].partition(".")
        if ending not in {"png", "deep"}:
            raise NotFound("a tile ends in .png or .deep")
        level = _number(rest[1], "the level")
        column = _number(rest[2], "the column")
        row = _number(name, "the row")
        return ("preview" if ending == "png" else "deep"), level, column, row, 0
    if rest == ["thumbnail.png"]:
        return "thumbnail", 0, 0, 0, 0
    if rest == ["stored.jpg"]:
        return "stored", 0, 0, 0, 0
    if rest[0] == "overlays" and len(rest) == 2 and rest[1].endswith(".png"):
        return "overlay", 0, 0, 0, _number(rest[1][:-4], "the overlay group")
    raise NotFound("no such address")


def _batch(case: str, stack: str, raw_query: bytes) -> BatchRequest:
    query = parse_query(raw_query)
    text = query.get("range", "")
    low, dash, high = text.partition("-")
    if not dash:
        raise Invalid("range is not of the form FIRST-LAST")
    first = _number(low, "the first position", least=1)
    last = _number(high, "the last position", least=1)
    if last < first:
        raise Invalid(f"range {first}-{last} ends before it begins")
    if last - first >= MAX_BATCH_FRAMES:
        raise TooLarge(f"range {first}-{last} has more than {MAX_BATCH_FRAMES} frames")
    kind = query.get("kind", "deep")
    if kind not in get_args(BatchKind):
        raise Invalid("kind is neither deep nor png")
    revision = query.get("revision", "")
    if not revision:
        raise Invalid("revision is missing; it is in the stack's description")
    return BatchRequest(
        case, stack, first, last, cast(BatchKind, kind), revision, asked_by(raw_query)
    )


def _uuid(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise NotFound("no such address")
    return text


def _number(text: str, what: str, *, least: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Invalid(f"{what} is not a whole number of at most {MAX_DIGITS} digits")
    number = int(text)
    if number < least:
        raise Invalid(f"{what} is {number}; it counts from {least}")
    return number
