"""What the codec files hand to :func:`finished`, and the rules that hold for all of them."""

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.dicom.decoded import DecodedFrame, FrameFailed, joined
from viewer.dicom.native import stored_values
from viewer.pixels.types import FrameHeader


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """A decoded codestream, before anything of the data set but its size is applied.

    ``values`` is (rows, columns) or (rows, columns, samples) in the machine's byte order; of each
    value the low ``precision`` bits are from the codestream, sign-extended where ``signed``.
    """

    values: NDArray[Any]
    precision: int
    photometric: str
    signed: bool = False
    note: str = ""


def optional_library(name: str, *functions: str) -> ModuleType | None:
    """Return a module that may not be installed.

    imagecodecs loads a C library when one of its ``functions`` is first looked up. They are looked
    up here, so that the server which decoder children are forked from has them loaded already.
    """
    try:
        module = importlib.import_module(name)
        for function in functions:
            getattr(module, function)
    except (ImportError, AttributeError):
        return None
    return module


def required(module: ModuleType | None, what: str) -> ModuleType:
    """Return the module. Raises FrameFailed with what to install when it is missing."""
    if module is None:
        raise FrameFailed(f"{what} needs the codecs extra: pip install telerad[codecs]")
    return module


def must_match(rows: int, columns: int, components: int, header: FrameHeader) -> None:
    """Compare a codestream's own size with the data set, before memory is taken for it.

    Raises FrameFailed naming both when they differ: which one is right cannot be known. Only the
    tiles at the right and lower edges of a slide are met smaller than they are said to be.
    """
    is_part = header.samples == 3 and rows <= header.rows and columns <= header.columns
    if (rows, columns) != (header.rows, header.columns) and not is_part:
        raise FrameFailed(
            f"the codestream is {rows} x {columns}; (0028,0010) Rows and (0028,0011) Columns"
            f" say {header.rows} x {header.columns}"
        )
    if components != header.samples:
        raise FrameFailed(
            f"the codestream has {components} samples a pixel; (0028,0002) Samples per Pixel"
            f" says {header.samples}"
        )


def finished(samples: Samples, header: FrameHeader) -> DecodedFrame:
    """Return the stored values as the data set defines them.

    A codec knows nothing of Pixel Representation: values are cut to Bits Stored and sign-extended
    from there (PS3.5 8.1.1, 8.2). A codestream that says itself that it is signed has true values
    already. Colour is unsigned whatever the codestream claims (PS3.3 C.7.6.3.1.2).

    Raises FrameFailed when the size is not the data set's.
    """
    values = samples.values
    components = 1 if values.ndim == 2 else values.shape[2]
    must_match(values.shape[0], values.shape[1], components, header)
    if values.dtype.kind == "f":
        return DecodedFrame(values, samples.photometric, samples.note)
    words = values.view(values.dtype.str.replace("i", "u"))
    if header.samples == 3:
        color, part = _whole_tile(_unsigned(words, samples), header)
        if samples.precision > header.bits_stored:
            color = stored_values(color, header, _high_bit(samples, header))
        return DecodedFrame(color, samples.photometric, joined(samples.note, part))
    if samples.signed and header.signed and samples.precision <= header.bits_stored:
        return DecodedFrame(values, samples.photometric, samples.note)
    stored = stored_values(_wide_enough(words, header), header, _high_bit(samples, header))
    note = (
        ""
        if _nothing_lost(words, stored, header)
        else (
            f"values have more bits than (0028,0101) Bits Stored {header.bits_stored} allows;"
            " the upper ones are left out"
        )
    )
    return DecodedFrame(stored, samples.photometric, joined(samples.note, note))


def _whole_tile(values: NDArray[Any], header: FrameHeader) -> tuple[NDArray[Any], str]:
    """Return an edge tile filled up to full size with zeros, and a note if it was."""
    rows, columns = values.shape[:2]
    if (rows, columns) == (header.rows, header.columns):
        return values, ""
    whole = np.zeros((header.rows, header.columns, *values.shape[2:]), values.dtype)
    whole[:rows, :columns] = values
    return whole, f"stored are {rows} x {columns} of {header.rows} x {header.columns} pixels"


def _nothing_lost(words: NDArray[Any], stored: NDArray[Any], header: FrameHeader) -> bool:
    """Return whether bits outside Bits Stored were none, a sign's, or a known overlay's."""
    if any(overlay.embedded_bit is not None for overlay in header.overlays):
        return True
    if words.dtype.itemsize != stored.dtype.itemsize or header.high_bit != header.bits_stored - 1:
        return True
    return np.array_equal(words, stored.view(words.dtype)) or int(words.max()) < (
        1 << header.bits_stored
    )


def _unsigned(words: NDArray[Any], samples: Samples) -> NDArray[Any]:
    if samples.signed and samples.precision < words.dtype.itemsize * 8:
        return words & ((1 << samples.precision) - 1)
    return words


def _wide_enough(words: NDArray[Any], header: FrameHeader) -> NDArray[Any]:
    """Return the words in a type with room for Bits Stored (8-bit codestream, 12 in the tag)."""
    size = next((size for size in (8, 16, 32) if size >= header.bits_stored), 32)
    return words if words.dtype.itemsize * 8 >= size else words.astype(f"u{size // 8}")


def _high_bit(samples: Samples, header: FrameHeader) -> int:
    # A codestream of more bits than Bits Stored holds the whole word, so High Bit applies to it.
    if samples.precision > header.high_bit:
        return header.high_bit
    return header.bits_stored - 1
