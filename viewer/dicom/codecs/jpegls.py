"""JPEG-LS, lossless and near-lossless, with CharLS (PS3.5 8.2.3, A.4.3)."""

import _CharLS  # type: ignore[import-not-found]
import numpy as np

from viewer.dicom.codecs.samples import Samples, must_match
from viewer.pixels.types import FrameHeader


def decode(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples as the codestream has them: CharLS does not extend a sign.

    Raises FrameFailed for a size that is not the data set's, RuntimeError for damage.
    """
    facts = _CharLS.read_header(encoded)
    rows, columns, components = facts["height"], facts["width"], facts["components"]
    must_match(rows, columns, components, header)
    precision = facts["bits_per_sample"]
    raw = _CharLS.decode_from_buffer(encoded)
    values = np.frombuffer(raw, np.uint8 if precision <= 8 else np.dtype("<u2"))
    if components == 1:
        return Samples(values.reshape(rows, columns), precision, header.photometric)
    if facts["interleave_mode"] == 0:  # one component after the other
        planes = values.reshape(components, rows, columns)
        values = np.ascontiguousarray(planes.transpose(1, 2, 0))
    return Samples(values.reshape(rows, columns, components), precision, header.photometric)
