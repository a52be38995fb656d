"""The image pixel module (PS3.3 C.7.6.3): how samples are stored, or why they cannot be shown."""

from dataclasses import dataclass
from typing import Final

from viewer.dicom.elements import Elements
from viewer.dicom.limits import Limits
from viewer.dicom.notes import Notes
from viewer.pixels.types import NumberForm, Padding

_SAMPLES, _PHOTOMETRIC, _PLANAR, _FRAMES = 0x00280002, 0x00280004, 0x00280006, 0x00280008
_ROWS, _COLUMNS, _ALLOCATED, _STORED = 0x00280010, 0x00280011, 0x00280100, 0x00280101
_HIGH_BIT, _REPRESENTATION = 0x00280102, 0x00280103
_PADDING, _PADDING_LIMIT = 0x00280120, 0x00280121
_FLOAT_PADDING, _DOUBLE_PADDING = (0x00280122, 0x00280124), (0x00280123, 0x00280125)
FLOAT_PIXELS, DOUBLE_PIXELS = 0x7FE00008, 0x7FE00009

_ONE_SAMPLE: Final = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_THREE_SAMPLES: Final = (
    "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT",
    "XYB",
)  # fmt: skip
_SAMPLES_A_PIXEL: Final = {"YBR_FULL_422": 2.0, "YBR_PARTIAL_422": 2.0, "YBR_PARTIAL_420": 1.5}
# 12: packed without gaps, as files from before 2000 can be (PS3.5 8.1.1); native data only.
_ALLOCATIONS: Final = (1, 8, 12, 16, 32, 64)


class Refused(Exception):
    """The picture cannot be shown; the text is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the samples of all frames of an instance are stored."""

    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    number: NumberForm
    planar_configuration: int
    frames: int | None  # None: (0028,0008) is there but no number

    @property
    def bits_per_frame(self) -> int:
        """How many bits a native frame takes (PS3.5 8.1.1, 8.2)."""
        per_pixel = _SAMPLES_A_PIXEL.get(self.photometric, float(self.samples))
        return int(self.rows * self.columns * per_pixel) * self.bits_allocated


def read_format(top: Elements, pixel_tag: int, limits: Limits, notes: Notes) -> PixelFormat:
    """Read the module. Raises Refused with a sentence naming tag, value and what is accepted."""
    rows = _size(top, _ROWS, "Rows", limits.max_rows)
    columns = _size(top, _COLUMNS, "Columns", limits.max_columns)
    samples, photometric = _colour(top, notes)
    number: NumberForm = "integer"
    if pixel_tag == FLOAT_PIXELS:
        number = "float"
    elif pixel_tag == DOUBLE_PIXELS:
        number = "double"
    allocated, stored, high_bit = _bits(top, number, notes)
    form = PixelFormat(
        rows=rows,
        columns=columns,
        samples=samples,
        photometric=photometric,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high_bit,
        # Colour samples are unsigned whatever the tag says, C.7.6.3.1.2.
        signed=samples == 1 and top.integer(_REPRESENTATION) == 1 and number == "integer",
        number=number,
        planar_configuration=_planar(top, samples, notes),
        frames=_frames(top, limits, notes),
    )
    if form.bits_per_frame // 8 > limits.max_frame_bytes:
        raise Refused(
            f"A frame of {rows} x {columns} pixels takes {form.bits_per_frame // 8} bytes; "
            f"at most {limits.max_frame_bytes} are accepted."
        )
    return form


def _size(top: Elements, tag: int, name: str, largest: int) -> int:
    values = top.integers(tag)
    if len(values) != 1 or not 1 <= values[0] <= largest:
        found = "\\".join(map(str, values[:4])) or ("not a number" if tag in top else "missing")
        raise Refused(
            f"(0028,{tag & 0xFFFF:04X}) {name} is {found}; one number from 1 to {largest} "
            "is accepted."
        )
    return values[0]


def _colour(top: Elements, notes: Notes) -> tuple[int, str]:
    """Return samples per pixel and photometric interpretation, made to agree."""
    samples = top.integer(_SAMPLES)
    photometric = top.code(_PHOTOMETRIC).upper()
    if samples not in (None, 1, 3):
        raise Refused(f"(0028,0002) Samples per Pixel is {samples}; 1 and 3 are accepted.")
    if photometric and photometric not in _ONE_SAMPLE + _THREE_SAMPLES:
        raise Refused(
            f"(0028,0004) Photometric Interpretation is {photometric[:16]!r}, which is not known."
        )
    if samples is None:
        samples = 3 if photometric in _THREE_SAMPLES else 1
    fitting = _ONE_SAMPLE if samples == 1 else _THREE_SAMPLES
    if photometric not in fitting:
        assumed = "MONOCHROME2" if samples == 1 else "RGB"
        notes.add(
            f"Photometric Interpretation is {photometric or 'missing'} with {samples} samples "
            f"per pixel; shown as {assumed}."
        )
        photometric = assumed
    return samples, photometric


def _bits(top: Elements, number: NumberForm, notes: Notes) -> tuple[int, int, int]:
    """Return Bits Allocated, Bits Stored and High Bit, made possible where they are not."""
    if number != "integer":
        size = 32 if number == "float" else 64
        return size, size, size - 1
    allocated = top.integer(_ALLOCATED)
    if allocated not in _ALLOCATIONS:
        found = "missing" if allocated is None else allocated
        raise Refused(
            f"(0028,0100) Bits Allocated is {found}; 1, 8, 12, 16, 32 and 64 are accepted."
        )
    stored = top.integer(_STORED)
    if stored is None or not 1 <= stored <= allocated:
        if stored is not None:
            notes.add(f"(0028,0101) Bits Stored is {stored}; {allocated} is used.")
        stored = allocated
    high_bit = top.integer(_HIGH_BIT)
    if high_bit is None or not stored - 1 <= high_bit < allocated:
        if high_bit is not None:
            notes.add(f"(0028,0102) High Bit is {high_bit}; {stored - 1} is used.")
        high_bit = stored - 1
    return allocated, stored, high_bit


def _planar(top: Elements, samples: int, notes: Notes) -> int:
    value = top.integer(_PLANAR)
    if samples == 1 or value is None:
        return 0
    if value not in (0, 1):
        notes.add(f"(0028,0006) Planar Configuration is {value}; 0 is used.")
        return 0
    return value


def _frames(top: Elements, limits: Limits, notes: Notes) -> int | None:
    if not top.has_value(_FRAMES):
        return 1
    frames = top.integer(_FRAMES)
    if frames is None:
        text = top.code(_FRAMES)[:12]
        notes.add(f"(0028,0008) Number of Frames is {text!r}, which is no number.")
        return None
    if not 1 <= frames <= limits.max_frames:
        raise Refused(
            f"(0028,0008) Number of Frames is {frames}; 1 to {limits.max_frames} are accepted."
        )
    return frames


def read_padding(top: Elements, form: PixelFormat, notes: Notes) -> Padding | None:
    """Return the padding values (C.7.5.1.1.2, C.7.6.24), lower one first; None if there are none.

    They are stored values, signed when the pixels are. One that no stored value can equal is left
    out, because a decoder's masking to Bits Stored would make it equal to a real one.
    """
    if form.samples != 1 or form.photometric == "PALETTE COLOR":
        return None
    if form.number != "integer":
        tags = _FLOAT_PADDING if form.number == "float" else _DOUBLE_PADDING
        numbers = [top.number(tag) for tag in tags if top.has_value(tag)]
        found = [number for number in numbers if number is not None]
        return Padding(min(found), max(found)) if found else None
    stored = (_stored_value(top, tag, form) for tag in (_PADDING, _PADDING_LIMIT))
    values = [value for value in stored if value is not None]
    if not values or not top.has_value(_PADDING):
        return None
    lowest = -(1 << form.bits_stored - 1) if form.signed else 0
    if min(values) < lowest or max(values) >= lowest + (1 << form.bits_stored):
        notes.add(
            f"Pixel Padding Value {values[0]} cannot occur in {form.bits_stored} stored bits; "
            "it is not used."
        )
        return None
    return Padding(min(values), max(values))


def _stored_value(top: Elements, tag: int, form: PixelFormat) -> int | None:
    """Return a US-or-SS element by Pixel Representation, whatever VR it is written with."""
    leaf = top.leaf(tag)
    if leaf and leaf[0] in (b"IS", b"DS", b"UL", b"SL"):
        return top.integer(tag)
    words = top.words(tag)
    if not words:
        return None
    if not form.signed:
        return words[0]
    if words[0] < 1 << form.bits_stored:  # negative in Bits Stored, or not negative at all
        return words[0] - (words[0] >> form.bits_stored - 1 << form.bits_stored)
    return words[0] - 0x10000 if words[0] >= 0x8000 else words[0]
