"""JPEG XL (PS3.5 8.2.15): lossless, lossy, and JPEG streams that were packed tighter."""

from viewer.dicom.codecs import jpeg
from viewer.dicom.codecs.samples import Samples, optional_library, required
from viewer.dicom.decoded import FrameFailed
from viewer.pixels.types import FrameHeader

imagecodecs = optional_library("imagecodecs", "jpegxl_decode", "jpegxl_decode_jpeg")


def decode_recompressed(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples of a packed JPEG, by way of that very JPEG, so that colour is as in it."""
    codec = required(imagecodecs, "JPEG XL")
    try:
        original: bytes = codec.jpegxl_decode_jpeg(encoded, numthreads=1)
    except codec.JpegxlError:
        return decode(encoded, header)
    return jpeg.decode(original, header)


def decode(encoded: bytes, header: FrameHeader) -> Samples:
    """Return the samples, colour as RGB. Raises FrameFailed when imagecodecs is not installed."""
    codec = required(imagecodecs, "JPEG XL")
    values = codec.jpegxl_decode(encoded, numthreads=1)
    if values.ndim not in (2, 3):
        raise FrameFailed("the JPEG XL frame is an animation")
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    photometric = "RGB" if values.ndim == 3 else header.photometric
    precision = min(values.dtype.itemsize * 8, max(header.bits_stored, 1))
    return Samples(values, precision, photometric)
