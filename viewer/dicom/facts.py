"""What a parsed file says, as frozen values: what ingest writes and stacking sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from telerad.errors import Invalid
from viewer.dicom.table import FrameTable
from viewer.pixels.types import FrameHeader

NO_FRAMES = FrameTable("none")

Vector3 = tuple[float, float, float]
Orientation = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """What sorts and splits a frame in its series; from functional groups where those speak.

    Lengths are millimetres and vectors are in the patient's LPS axes. A field is None (or "", or
    ()) when the file does not say it or says something that cannot be true (a spacing of 0, an
    orientation that is no pair of unit vectors).
    """

    instance_uid: str
    frame_number: int  # from 1
    modality: str = ""
    instance_number: int | None = None
    rows: int = 0
    columns: int = 0
    image_type: tuple[str, ...] = ()  # (0008,0008), or Frame Type (0008,9007)
    orientation: Orientation | None = None  # (0020,0037): row direction, then column direction
    position: Vector3 | None = None  # (0020,0032): centre of the first pixel
    patient_orientation: tuple[str, str] | None = None  # (0020,0020): rows run to, columns run to
    frame_of_reference_uid: str = ""
    row_spacing_mm: float | None = None
    column_spacing_mm: float | None = None
    slice_thickness_mm: float | None = None
    spacing_between_slices_mm: float | None = None  # may be negative in NM, C.8.4.15
    slice_location: float | None = None
    gantry_tilt_deg: float | None = None
    echo_number: int | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    b_value: float | None = None  # s/mm2
    diffusion_direction: Vector3 | None = None
    temporal_position: int | None = None  # (0020,0100) or (0020,9128)
    trigger_time_ms: float | None = None
    cardiac_phase_percent: float | None = None  # (0020,9241)
    acquisition_number: int | None = None
    acquisition_time: str = ""  # "hh:mm:ss.ffffff", or (0018,9074) as far as the clock goes
    content_time: str = ""
    complex_component: str = ""  # (0008,9208): MAGNITUDE, PHASE, REAL, IMAGINARY, MIXED
    stack_id: str = ""  # (0020,9056)
    in_stack_position: int | None = None  # (0020,9057)
    dimension_pointers: tuple[str, ...] = ()  # what the indices count: "0020,9057", ...
    dimension_indices: tuple[int, ...] = ()  # (0020,9157), or NM's vectors, C.8.4.8
    segment_number: int | None = None  # (0062,000B)
    tile_row: int | None = None  # (0048,021F): from 1, in the slide's total pixel matrix
    tile_column: int | None = None  # (0048,021E)
    laterality: str = ""  # R, L, B, U
    view_position: str = ""
    frame_time_ms: float | None = None  # this frame's time after the one before it


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Whose it is. ``name`` is "alphabetic=ideographic=phonetic", groups at the end left out."""

    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""  # ISO 8601 or ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """The study's own tags; date and time in ISO 8601 or ""."""

    date: str = ""
    time: str = ""
    description: str = ""
    accession_number: str = ""


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """The series' own tags."""

    modality: str = ""
    number: int | None = None
    description: str = ""
    body_part: str = ""
    laterality: str = ""


@dataclass(frozen=True, slots=True)
class Lossy:
    """Lossy compression that the pixels have gone through (PS3.3 C.7.6.1.1.5)."""

    ratio: float | None = None  # (0028,2112), the stages multiplied
    method: str = ""  # in words


@dataclass(frozen=True, slots=True)
class Cine:
    """How a multi-frame is meant to run (PS3.3 C.7.6.5, C.7.6.6)."""

    frame_time_ms: float | None = None
    frame_times_ms: tuple[float, ...] | None = None  # per frame, the time after the one before
    rate: float | None = None  # frames per second to show, when the file recommends one
    source: str = ""  # which tag says so, in words
    autoplay: bool = False
    sweep: bool = False  # (0018,1244) = 1: forward, then backward

    def to_json(self) -> dict[str, Any]:
        """Return the form that the stack's JSON carries."""
        times = None if self.frame_times_ms is None else list(self.frame_times_ms)
        return {
            "frameTimeMs": self.frame_time_ms,
            "frameTimesMs": times,
            "rate": self.rate,
            "source": self.source,
            "autoplay": self.autoplay,
            "sweep": self.sweep,
        }


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the screen has to say about an instance (design.md 1.4)."""

    lossy: Lossy | None = None
    incomplete: str | None = None
    charset: str | None = None
    burned_in: bool = False
    cine: Cine | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that is stored with the instance."""
        lossy = self.lossy and {"ratio": self.lossy.ratio, "method": self.lossy.method}
        return {
            "lossy": lossy,
            "incomplete": self.incomplete,
            "charset": self.charset,
            "burned_in": self.burned_in,
            "cine": self.cine.to_json() if self.cine else None,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class ParsedInstance:
    """A DICOM file, read once. Nothing of pydicom travels past this type.

    ``not_displayed_because`` is "" when the frames can be drawn, else a sentence for people; then
    ``headers``, ``header_index`` and ``facts`` are empty and the table is of kind "none".
    ``headers`` holds the distinct frame headers, ``header_index[n - 1]`` says which one frame
    ``n`` has.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    instance_number: int | None
    patient: PatientFacts
    study: StudyFacts
    series: SeriesFacts
    not_displayed_because: str = ""
    headers: tuple[FrameHeader, ...] = ()
    header_index: tuple[int, ...] = ()
    facts: tuple[FrameFacts, ...] = ()
    table: FrameTable = NO_FRAMES
    remarks: Remarks = Remarks()

    @property
    def frame_count(self) -> int:
        """How many frames can be asked for."""
        return len(self.header_index)


_NAMES = tuple(field.name for field in fields(FrameFacts))
_TUPLES = frozenset(
    {
        "image_type",
        "orientation",
        "position",
        "patient_orientation",
        "diffusion_direction",
        "dimension_pointers",
        "dimension_indices",
    }
)
_DEFAULTS = {
    field.name: field.default for field in fields(FrameFacts) if field.name not in _NAMES[:2]
}


def facts_to_json(facts: Sequence[FrameFacts]) -> dict[str, Any]:
    """Return facts by column: a value that all frames share once, others as lists, defaults not."""
    columns: dict[str, Any] = {"count": len(facts), "same": {}, "each": {}}
    for name in _NAMES if facts else ():
        values = [getattr(one, name) for one in facts]
        first = values[0]
        if any(value != first for value in values):
            columns["each"][name] = values
        elif name not in _DEFAULTS or first != _DEFAULTS[name]:
            columns["same"][name] = first
    return columns


def facts_from_json(columns: dict[str, Any]) -> tuple[FrameFacts, ...]:
    """Return the facts whose :func:`facts_to_json` is ``columns``.

    Raises Invalid when a column is missing, too long, or of a name that does not exist.
    """
    try:
        same = {name: _restored(name, value) for name, value in columns["same"].items()}
        names = tuple(columns["each"])
        lists = [
            [_restored(name, value) for value in values] for name, values in columns["each"].items()
        ]
        rows = zip(*lists, strict=True) if names else ((),) * columns["count"]
        return tuple(FrameFacts(**same, **dict(zip(names, row, strict=True))) for row in rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("stored frame facts are not in the form that facts_to_json writes") from error


def _restored(name: str, value: Any) -> Any:  # noqa: ANN401 - a column holds any of the types
    """Return a tuple where JSON made a list of one."""
    return tuple(value) if name in _TUPLES and value is not None else value
