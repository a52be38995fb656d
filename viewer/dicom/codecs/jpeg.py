"""JPEG of all DICOM kinds: 8 and 12 bit, sequential, progressive, lossless (PS3.5 8.2.1, A.4.1).

libjpeg-turbo 3 through imagecodecs; without it Pillow decodes what has 8 bits and is lossy.
(imagecodecs' other lossless decoders, ``ljpeg`` and ``jpegsof3``, crash on damaged data.)
"""

import io

import numpy as np
from PIL import Image

from viewer.dicom.codecs.jpeg_markers import JpegFacts, read_markers
from viewer.dicom.codecs.samples import Samples, must_match, optional_library, required
from viewer.dicom.decoded import FrameFailed, joined
from viewer.pixels.types import FrameHeader

imagecodecs = optional_library("imagecodecs", "jpeg8_decode")

_ADOBE_NONE = 0
_NAMED_RGB = (ord("R"), ord("G"), ord("B"))


def decode(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples; lossy colour always as RGB, chroma at full size.

    Raises FrameFailed for a size that is not the data set's, and for processes that DICOM retired
    (arithmetic, hierarchical).
    """
    facts = read_markers(encoded)
    if facts.coding == "other":
        raise FrameFailed(f"JPEG process SOF{facts.process} cannot be decoded; accepted: SOF0 to 3")
    must_match(facts.rows, facts.columns, len(facts.components), header)
    if len(facts.components) == 1:
        values = _decoded(encoded, facts, None)
        return Samples(values, facts.precision, header.photometric, note=facts.damage)
    transformed, note = is_transformed(facts, header.photometric)
    if facts.coding == "lossless":
        # No decoder converts here, so the samples stay in the space that the file is in.
        photometric = "YBR_FULL" if transformed else "RGB"
        return Samples(
            _decoded(encoded, facts, ("RGB", "RGB")),
            facts.precision,
            photometric,
            note=joined(facts.damage, note),
        )
    space = ("YCBCR" if transformed else "RGB", "RGB")
    values = _decoded(encoded, facts, space)
    return Samples(values, facts.precision, "RGB", note=joined(facts.damage, note))


def is_transformed(facts: JpegFacts, photometric: str) -> tuple[bool, str]:
    """Return whether the three components are YCbCr, and a note when (0028,0004) says otherwise.

    What the stream says of itself decides: the Adobe marker, components named R, G and B,
    subsampled chroma, JFIF. Only a stream that says nothing is as the tag says (PS3.5 8.2.1).
    """
    tag_says = photometric != "RGB"
    witness, transformed = _own_witness(facts, tag_says)
    if transformed == tag_says:
        return transformed, ""
    space = "YCbCr" if transformed else "RGB"
    return transformed, f"colour read as {space} by its {witness}; the file says {photometric}"


def _own_witness(facts: JpegFacts, tag_says: bool) -> tuple[str, bool]:
    if facts.adobe_transform is not None:
        return "Adobe marker", facts.adobe_transform != _ADOBE_NONE
    if tuple(component.identifier for component in facts.components) == _NAMED_RGB:
        return "component names", False
    if len({(part.horizontal, part.vertical) for part in facts.components}) > 1:
        return "subsampled chroma", True
    if facts.jfif and facts.coding != "lossless":
        return "JFIF marker", True
    return "", tag_says


def _decoded(
    encoded: bytes, facts: JpegFacts, space: tuple[str, str] | None
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]]:
    if imagecodecs is None and facts.precision == 8 and facts.coding != "lossless":
        return _with_pillow(encoded, facts, space)
    what = f"{facts.precision}-bit {facts.coding} JPEG"
    codec = required(imagecodecs, what)
    colour = {} if space is None else {"colorspace": space[0], "outcolorspace": space[1]}
    values: np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]] = codec.jpeg8_decode(
        encoded, **colour
    )
    return values


def _with_pillow(
    encoded: bytes, facts: JpegFacts, space: tuple[str, str] | None
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]]:
    image = Image.open(io.BytesIO(encoded), formats=("JPEG",))
    if space == ("RGB", "RGB") and not _libjpeg_takes_for_rgb(facts):
        image.draft("YCbCr", image.size)  # hands out the components as they are
    return np.asarray(image)


def _libjpeg_takes_for_rgb(facts: JpegFacts) -> bool:
    names = tuple(component.identifier for component in facts.components)
    return facts.adobe_transform == _ADOBE_NONE or names == _NAMED_RGB
