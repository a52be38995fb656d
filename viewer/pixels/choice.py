"""What a request asks to be shown: a preset of the file, a window by hand, or an automatic one.

Query grammar: ``window=CENTER,WIDTH[,FUNCTION]`` or ``voi-lut=K`` (0-based index into the frame's
presets) or ``auto=1`` or none of them; with any, ``invert=1``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from telerad.errors import Invalid
from viewer.pixels.auto import auto_window
from viewer.pixels.types import FrameHeader, StoredPixels, VoiFunction, VoiPreset, Window
from viewer.pixels.voi import BadWindow, check_window

# Beyond any modality value, and far from where doubles overflow.
_LARGEST = 1e30
_MEMBERS = ("window", "voi-lut", "auto")


class BadChoice(Invalid):
    """A query does not say what to show."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """The file's first usable preset, or an automatic window if it has none."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A window or VOI LUT of the frame's header, by its 0-based index."""

    index: int


@dataclass(frozen=True, slots=True)
class Manual:
    """A window that a person has set."""

    window: Window


@dataclass(frozen=True, slots=True)
class Auto:
    """A window from the frame's own values."""


VoiChoice = FromFile | Preset | Manual | Auto


def parse_choice(query: Mapping[str, str]) -> tuple[VoiChoice, bool]:
    """Return what a query asks for, and whether to invert; other members are not looked at.

    Raises BadChoice, or BadWindow if the window's width is not one its function allows.
    """
    asked = [member for member in _MEMBERS if query.get(member)]
    if len(asked) > 1:
        raise BadChoice(f"{' and '.join(asked)} were given; one of them is accepted")
    invert = _flag(query, "invert")
    if query.get("window"):
        return Manual(_window(query["window"])), invert
    if query.get("voi-lut"):
        return Preset(_index(query["voi-lut"])), invert
    return (Auto() if _flag(query, "auto") else FromFile()), invert


def resolve(choice: VoiChoice, header: FrameHeader, stored: StoredPixels) -> VoiPreset:
    """Return the window or VOI LUT to apply; an automatic one is made from ``stored``, 2-D.

    Raises BadChoice if the header has no such preset, BadWindow if the preset cannot be applied.
    """
    if isinstance(choice, Manual):
        return choice.window
    if isinstance(choice, Preset):
        return _preset(header, choice.index)
    if isinstance(choice, FromFile):
        for preset in header.presets:
            if _usable(preset):
                return preset
    return auto_window(stored, header)


def _preset(header: FrameHeader, index: int) -> VoiPreset:
    if index >= len(header.presets):
        raise BadChoice(f"voi-lut is {index}; this frame has {len(header.presets)} presets")
    preset = header.presets[index]
    if isinstance(preset, Window):
        check_window(preset)
    return preset


def _usable(preset: VoiPreset) -> bool:
    if not isinstance(preset, Window):
        return True
    try:
        check_window(preset)
    except BadWindow:
        return False
    return True


def _flag(query: Mapping[str, str], member: str) -> bool:
    text = query.get(member, "")
    if text not in {"", "0", "1"}:
        raise BadChoice(f"{member} is {text[:40]!r}; 0 or 1 is accepted")
    return text == "1"


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadChoice(f"voi-lut is {text[:40]!r}; a whole number from 0 is accepted")
    return int(text)


def _window(text: str) -> Window:
    parts = text.split(",")
    if len(parts) not in {2, 3}:
        raise BadChoice(f"window is {text[:80]!r}; CENTER,WIDTH[,FUNCTION] is accepted")
    function = parts[2].upper() if len(parts) == 3 else "LINEAR"
    if function not in get_args(VoiFunction):
        accepted = ", ".join(get_args(VoiFunction))
        raise BadChoice(f"window function is {function[:40]!r}; {accepted} are accepted")
    window = Window(_decimal(parts[0]), _decimal(parts[1]), cast(VoiFunction, function))
    check_window(window)
    return window


def _decimal(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    # NaN fails the comparison as well.
    if not abs(number) <= _LARGEST:
        raise BadChoice(f"{text[:40]!r} in window; a decimal number is accepted")
    return number
