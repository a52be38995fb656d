"""What a planned stack is."""

from dataclasses import dataclass

from viewer.dicom.facts import Orientation, Vector3


@dataclass(frozen=True, slots=True)
class StackWarning:
    """A doubt about a stack: a code for programs, a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """A frame in its place.

    ``slice_mm`` is the position projected on the stack's normal; ``orientation`` is an index into
    the stack's orientations.
    """

    instance_uid: str
    frame_number: int  # from 1
    position: Vector3 | None
    slice_mm: float | None
    orientation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """Frames that belong together, in the order the wheel scrolls them.

    ``key`` sets the stack apart in its series and stays the same when more files arrive. An entry
    of ``orientations`` is None for frames without one. ``spacing_mm`` is measured between positions
    (None when there is no one distance); ``expected`` is how many frames there would be without
    gaps, None when nothing tells; ``frame_time_ms`` is the time between the phases of a gated run.
    """

    key: str
    label: str
    frames: tuple[PlannedFrame, ...]
    orientations: tuple[Orientation | None, ...] = (None,)
    patient_orientation: tuple[str, str] | None = None
    frame_of_reference_uid: str = ""
    spacing_mm: float | None = None
    expected: int | None = None
    frame_time_ms: float | None = None
    laterality: str = ""
    view: str = ""
    warnings: tuple[StackWarning, ...] = ()
