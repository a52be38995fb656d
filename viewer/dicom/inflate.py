"""Bounded inflation of a deflated data set (PS3.5 A.5)."""

import zlib

from viewer.dicom.elements import Buffer
from viewer.dicom.errors import BeyondLimit, BrokenDataSet
from viewer.dicom.limits import Limits

_STEP = 1 << 20


def inflate(buffer: Buffer, offset: int, limits: Limits) -> tuple[bytes, str]:
    """Return the inflated bytes from ``offset`` on, and "" or what is wrong with the stream.

    The stream is raw deflate; one with a zlib head, which some writers add, is read too. Raises
    BeyondLimit before the bounds are passed and BrokenDataSet when nothing can be inflated.
    """
    head = bytes(buffer[offset : offset + 2])
    has_zlib_head = len(head) == 2 and head[0] == 0x78 and int.from_bytes(head, "big") % 31 == 0
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS) if has_zlib_head else (-zlib.MAX_WBITS,):
        data, damage = _inflate(buffer, offset, limits, bits)
        if data:
            return data, damage
    raise BrokenDataSet(f"the deflated data set at byte {offset} cannot be inflated")


def _inflate(buffer: Buffer, offset: int, limits: Limits, bits: int) -> tuple[bytes, str]:
    compressed = len(buffer) - offset
    bound = min(
        limits.max_inflated_bytes,
        max(limits.free_inflated_bytes, limits.max_inflated_ratio * compressed),
    )
    stream = zlib.decompressobj(bits)
    parts: list[bytes] = []
    size = 0
    position = offset
    pending = b""
    while not stream.eof:
        if not pending:
            pending = bytes(buffer[position : position + _STEP])
            position += len(pending)
        try:
            part = stream.decompress(pending, _STEP)
        except zlib.error:
            return b"".join(parts), "The deflated data set is damaged; what follows is missing."
        if not part and not pending:
            return b"".join(parts), "The deflated data set is cut short."
        pending = stream.unconsumed_tail
        size += len(part)
        if size > bound:
            raise BeyondLimit(
                f"the deflated data set inflates to more than {bound} bytes "
                f"from {compressed}; not read further"
            )
        parts.append(part)
    return b"".join(parts), ""
