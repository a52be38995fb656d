"""Frames that share a slice position are times, echoes or b-values: the tags say which."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewer.dicom.facts import FrameFacts, Vector3
from viewer.stacking.geometry import levels, slice_mm

# More parts than this are not a list that anybody reads: they stay one stack, part after part.
_MOST_PARTS = 30
# A gated run at a slice is looked at as a loop from this many phases on.
_LOOP_PHASES = 8


@dataclass(frozen=True, slots=True)
class Part:
    """Frames that one stack will show.

    ``key`` and ``words`` say what sets it apart. ``ordered`` tells that the frames are in their
    final order already; else they are sorted by position. ``note`` is a doubt in words.
    """

    frames: tuple[FrameFacts, ...]
    key: str = ""
    words: tuple[str, ...] = ()
    ordered: bool = False
    note: tuple[str, str] | None = None
    frame_time_ms: float | None = None


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    value: Callable[[FrameFacts], Any]
    words: Callable[[Any, int, int], str]  # value, which one from 1, of how many


def _number(value: float) -> str:
    return f"{value:g}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _plain(before: str, after: str = "") -> Callable[[Any, int, int], str]:
    def words(value: Any, index: int, count: int) -> str:  # noqa: ANN401 - any tag's value
        if value is None or value == "":
            return ""
        return f"{before}{_number(value) if isinstance(value, float) else value}{after}"

    return words


def _counted(before: str) -> Callable[[Any, int, int], str]:
    return lambda value, index, count: f"{before} {index} of {count}"


_ECHO = _Tag("echo", lambda frame: frame.echo_number, _plain("echo "))
_B_VALUE = _Tag("b", lambda frame: _rounded(frame.b_value, 0), _plain("b "))
_SEGMENT = _Tag("segment", lambda frame: frame.segment_number, _plain("segment "))
_COMPONENT = _Tag(
    "component",
    lambda frame: frame.complex_component,
    lambda value, index, count: str(value).lower(),
)
# These set frames apart even where no position repeats, so that the parts of a half-received series
# have the keys that they will have when it is complete.
_ALWAYS = (_ECHO, _B_VALUE, _SEGMENT, _COMPONENT)

_TRIGGER = _Tag("trigger", lambda frame: _rounded(frame.trigger_time_ms, 1), _counted("phase"))
_CARDIAC = _Tag(
    "cardiac", lambda frame: _rounded(frame.cardiac_phase_percent, 1), _plain("phase ", " %")
)
# Asked in this order when positions repeat: what the scanner counts before what a clock says.
_WHEN_REPEATED = (
    _Tag("te", lambda frame: _rounded(frame.echo_time_ms, 2), _plain("TE ", " ms")),
    _Tag("ti", lambda frame: _rounded(frame.inversion_time_ms, 1), _plain("TI ", " ms")),
    _Tag("type", lambda frame: "\\".join(frame.image_type), _counted("image type")),
    _Tag("time", lambda frame: frame.temporal_position, _counted("time")),
    _CARDIAC,
    _TRIGGER,
    _Tag(
        "direction",
        lambda frame: (
            frame.diffusion_direction
            and tuple(round(part, 3) for part in frame.diffusion_direction)
        ),
        _counted("direction"),
    ),
    _Tag("acquisition", lambda frame: frame.acquisition_number, _counted("acquisition")),
    _Tag("dimensions", lambda frame: _other_dimensions(frame), _counted("part")),
)
# Ranked at each position: a clock runs on from slice to slice.
_CLOCKS = (
    _TRIGGER,
    _Tag("clock", lambda frame: frame.acquisition_time or None, _counted("time")),
)
# PS3.3 C.7.6.16.2.2: what counts slices and stacks says nothing about times and kinds.
_SPATIAL_POINTERS = frozenset({"0020,9056", "0020,9057", "0020,0032", "0020,9113", "0020,9301"})


def _other_dimensions(frame: FrameFacts) -> tuple[int, ...] | None:
    if len(frame.dimension_pointers) != len(frame.dimension_indices):
        return None
    return tuple(
        index
        for pointer, index in zip(frame.dimension_pointers, frame.dimension_indices, strict=True)
        if pointer not in _SPATIAL_POINTERS
    )


def split_frames(frames: Sequence[FrameFacts], normal: Vector3) -> list[Part]:
    """Return the parts of parallel frames, in a stable order; every frame is in exactly one.

    ``frames`` are in their canonical order, by instance number.
    """
    places = levels(frames, normal)
    if len(places) == 1:
        return [_one_place(tuple(frames))]
    parts = [Part(tuple(frames))]
    for tag in _ALWAYS:
        parts = [piece for part in parts for piece in _always(part, tag)]
    return [piece for part in parts for piece in _resolved(part, normal)]


def _groups(frames: Sequence[FrameFacts], tag: _Tag) -> list[tuple[Any, list[FrameFacts]]]:
    found: dict[Hashable, list[FrameFacts]] = defaultdict(list)
    for frame in frames:
        found[tag.value(frame)].append(frame)
    # Frames without the value come first.
    return sorted(found.items(), key=lambda item: () if item[0] is None else (item[0],))


def _always(part: Part, tag: _Tag) -> list[Part]:
    groups = _groups(part.frames, tag)
    # A value an image sets nothing apart; but a segment is a thing of its own even in one slice.
    if len(groups) > 1 and len(part.frames) < 2 * len(groups) and tag is not _SEGMENT:
        return [part]
    pieces = []
    for index, (value, members) in enumerate(groups, 1):
        key = part.key if value in (None, "") else f"{part.key}|{tag.name}={value}"
        words = part.words
        if len(groups) > 1:
            words = (*words, tag.words(value, index, len(groups)))
        pieces.append(replace(part, frames=tuple(members), key=key, words=words))
    return pieces


def _most_at_one_place(frames: Sequence[FrameFacts], normal: Vector3) -> int:
    return max(len(level) for level in levels(frames, normal))


def _resolved(part: Part, normal: Vector3) -> list[Part]:
    """Return the part split until no position repeats, or with the doubt said."""
    places = levels(part.frames, normal)
    most = max(len(place) for place in places)
    if most == 1:
        return [part]
    loops = _loops(part, places, most, normal)
    if loops:
        return loops
    for tag in (*_ALWAYS, *_WHEN_REPEATED):
        groups = _groups(part.frames, tag)
        # A tag that has more values than a position has frames does not explain the repeats.
        if not 2 <= len(groups) <= most:
            continue
        if max(_most_at_one_place(members, normal) for _, members in groups) < most:
            return _split(part, tag, groups, normal)
    return _by_volume(part, most, normal) or _by_clock(part, places, normal) or [_unexplained(part)]


def _split(
    part: Part, tag: _Tag, groups: list[tuple[Any, list[FrameFacts]]], normal: Vector3
) -> list[Part]:
    if len(groups) > _MOST_PARTS:
        return [_one_after_another(part, [members for _, members in groups], normal)]
    pieces: list[Part] = []
    for index, (value, members) in enumerate(groups, 1):
        # The first part keeps the key of the whole: it is the stack that was there before frames of
        # a second part arrived.
        key = part.key if index == 1 else f"{part.key}|{tag.name}={_short(value)}"
        words = (*part.words, tag.words(value, index, len(groups)))
        piece = replace(part, frames=tuple(members), key=key, words=words)
        pieces.extend(_resolved(piece, normal))
    return pieces


def _short(value: Any) -> str:  # noqa: ANN401 - any tag's value
    return str(value)[:80]


def _by_volume(part: Part, most: int, normal: Vector3) -> list[Part]:
    """Return a part a multi-frame instance, if each of them is a volume of its own."""
    tag = _Tag("instance", lambda frame: frame.instance_uid, _counted("volume"))
    found: dict[str, list[FrameFacts]] = defaultdict(list)
    for frame in part.frames:  # in instance number order
        found[frame.instance_uid].append(frame)
    groups: list[tuple[Any, list[FrameFacts]]] = list(found.items())
    if not 2 <= len(groups) <= most or min(len(members) for _, members in groups) < 2:
        return []
    if max(_most_at_one_place(members, normal) for _, members in groups) == most:
        return []
    return _split(part, tag, groups, normal)


def _by_clock(part: Part, places: list[list[FrameFacts]], normal: Vector3) -> list[Part]:
    """Return a part a time point, by the rank of the time at each position.

    Positions with fewer frames than others would shift the ranks silently: then nothing is split.
    """
    count = len(places[0])
    if any(len(place) != count for place in places):
        return []
    for tag in _CLOCKS:
        ranks: list[list[FrameFacts]] = [[] for _ in range(count)]
        for place in places:
            if _distinct(place, tag):
                for rank, frame in enumerate(sorted(place, key=tag.value)):
                    ranks[rank].append(frame)
        if all(len(rank) == len(places) for rank in ranks):
            return _split(part, tag, list(enumerate(ranks, 1)), normal)
    return []


def _distinct(place: Sequence[FrameFacts], tag: _Tag) -> bool:
    values = [tag.value(frame) for frame in place]
    return None not in values and len(set(values)) == len(values)


def _loops(part: Part, places: list[list[FrameFacts]], most: int, normal: Vector3) -> list[Part]:
    """Return a part a slice position, in the order of the heart's phases, for gated loops.

    A doctor looks at a short-axis run slice by slice, moving; at a few phases of many slices phase
    by phase.
    """
    if most < _LOOP_PHASES or most < len(places) or len(places) > _MOST_PARTS:
        return []
    for tag in (_TRIGGER, _CARDIAC):
        if all(_distinct(place, tag) for place in places):
            break
    else:
        return []
    pieces = []
    for index, place in enumerate(places, 1):
        phases = tuple(sorted(place, key=tag.value))
        pieces.append(
            replace(
                part,
                frames=phases,
                key=f"{part.key}|loop={slice_mm(phases[0], normal):.1f}",
                words=(*part.words, f"cine {index} of {len(places)}"),
                ordered=True,
                frame_time_ms=_frame_time(phases),
            )
        )
    return pieces


def _frame_time(phases: Sequence[FrameFacts]) -> float | None:
    first, last = phases[0].trigger_time_ms, phases[-1].trigger_time_ms
    if first is None or last is None or len(phases) < 2 or last <= first:
        return None
    return (last - first) / (len(phases) - 1)


def _one_after_another(part: Part, groups: list[list[FrameFacts]], normal: Vector3) -> Part:
    frames = [frame for members in groups for place in levels(members, normal) for frame in place]
    text = f"This stack holds {len(groups)} passes over the same slices, one after another."
    return replace(part, frames=tuple(frames), ordered=True, note=("passes", text))


def _one_place(frames: tuple[FrameFacts, ...]) -> Part:
    """Return the one part of frames at a single position: in the order of what tells them apart."""
    if len(frames) == 1:
        return Part(frames)
    for tag in (*_ALWAYS, *_WHEN_REPEATED, *_CLOCKS):
        if _distinct(frames, tag):
            ordered = tuple(sorted(frames, key=tag.value))
            gated = tag in (_TRIGGER, _CARDIAC)
            return Part(
                ordered, ordered=True, frame_time_ms=_frame_time(ordered) if gated else None
            )
    return replace(_unexplained(Part(frames)), ordered=True)


def _unexplained(part: Part) -> Part:
    text = "Some slices lie at the same position twice, and no tag says why."
    return replace(part, note=("same-position", text))
