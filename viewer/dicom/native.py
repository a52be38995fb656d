"""Frames that need no codec: bytes in the file to stored values, with numpy alone.

Nothing is copied that need not be: a little-endian frame whose bits outside Bits Stored are clean
is a view of the bytes that ``read`` gave, which may be a memory map.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.dicom.decoded import DecodedFrame, FrameFailed
from viewer.dicom.table import FrameTable
from viewer.pixels.types import FrameHeader, StoredPixels

Buffer = bytes | bytearray | memoryview
# (offset, length) -> that range of the file; a slice of a map, or a ranged read.
ReadRange = Callable[[int, int], Buffer]

# Two samples of 12 bits in three bytes: what no IOD of today allows but old files hold.
PACKED_BITS = 12

# Two pixels share one chroma pair: Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2).
_HALF_CHROMA = {"YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_PARTIAL"}


def read_native(
    read: ReadRange, table: FrameTable, header: FrameHeader, frame_number: int
) -> DecodedFrame:
    """Return frame ``frame_number`` (1-based) of a native or already inflated instance.

    A frame that is cut short is filled up with zeros and noted as incomplete. Raises FrameFailed
    when the file has nothing of the frame, or its header describes no native frame.
    """
    offset, skip_bits, there = table.native_span(frame_number)
    if there == 0:
        raise FrameFailed(f"incomplete: the file ends before frame {frame_number}")
    if not _swapped_bytes(table, header):
        raw = read(offset, there)
        return frame_of(raw, header, skip_bits=skip_bits, big_endian=table.big_endian)
    # 8-bit samples in big-endian words are swapped in pairs that count from the start of the value
    # (PS3.5 A.3), and a frame of odd length starts in the middle of a pair.
    before = (offset - table.offset) & 1
    length = min(
        there + before + ((there + before) & 1), table.length - (offset - before - table.offset)
    )
    words = np.frombuffer(read(offset - before, length), np.uint8)
    if length & 1:
        words = np.append(words, np.uint8(0))
    swapped = words.reshape(-1, 2)[:, ::-1].reshape(-1)[before : before + there]
    return frame_of(swapped.tobytes(), header, skip_bits=skip_bits)


def frame_of(
    raw: Buffer, header: FrameHeader, *, skip_bits: int = 0, big_endian: bool = False
) -> DecodedFrame:
    """Return the frame that ``raw`` holds, from bit ``skip_bits`` of its first byte on.

    ``raw`` may be longer than the frame, or shorter: then the rest is 0 and the note says so.
    Raises FrameFailed when the header's bits are none that a word can have.
    """
    needed_bits = frame_bits(header)
    needed = (skip_bits + needed_bits + 7) // 8
    note = ""
    if len(raw) < needed:
        note = f"incomplete: {len(raw)} of {needed} bytes of this frame are in the file"
        raw = bytes(raw) + bytes(needed - len(raw))
    if header.bits_allocated == 1:
        return DecodedFrame(_unpacked(raw, header, skip_bits, needed), header.photometric, note)
    words: NDArray[Any]
    if header.bits_allocated == PACKED_BITS:
        words = _unpacked_twelve(raw, header, skip_bits, needed)
    else:
        count = needed * 8 // header.bits_allocated
        words = np.frombuffer(raw, _word_type(header, big_endian), count)
    if not words.dtype.isnative or not words.flags.aligned:
        words = words.astype(words.dtype.newbyteorder("="))
    if header.number != "integer":
        return DecodedFrame(_shaped(words, header), header.photometric, note)
    values = stored_values(words, header, header.high_bit)
    if header.photometric in _HALF_CHROMA:
        return DecodedFrame(_full_chroma(values, header), _HALF_CHROMA[header.photometric], note)
    return DecodedFrame(_shaped(values, header), header.photometric, note)


def frame_bits(header: FrameHeader) -> int:
    """Return how many bits a native frame of this header takes (PS3.5 8.1.1)."""
    pixels = header.rows * header.columns
    if header.photometric in _HALF_CHROMA:
        return pixels * 2 * header.bits_allocated
    return pixels * header.samples * header.bits_allocated


def stored_values(words: NDArray[Any], header: FrameHeader, high_bit: int) -> NDArray[Any]:
    """Return unsigned ``words`` moved down from ``high_bit``, cut to Bits Stored, sign-extended.

    What lies outside Bits Stored is no part of the value: junk, or an old overlay (PS3.5 8.1.1,
    8.1.2). Where nothing has to be changed the result is a view of ``words``; finding that out by
    minimum and maximum costs a tenth of masking. Colour is always unsigned (PS3.3 C.7.6.3.1.2).

    Raises FrameFailed when Bits Stored or High Bit do not fit the word.
    """
    size = words.dtype.itemsize * 8
    bits = header.bits_stored
    if not 1 <= bits <= size:
        raise FrameFailed(f"(0028,0101) Bits Stored is {bits}; accepted is 1 to {size} here")
    if not bits - 1 <= high_bit < size:
        raise FrameFailed(
            f"(0028,0102) High Bit is {high_bit}; accepted is {bits - 1} to {size - 1}"
            f" with (0028,0101) Bits Stored {bits}"
        )
    signed = header.signed and not header.is_color
    values: NDArray[Any] = words.view(words.dtype.str.replace("u", "i")) if signed else words
    is_clean: bool = bits == size or (
        high_bit == bits - 1 and _is_clean(values, bits, signed=signed)
    )
    if is_clean:
        return values
    if signed:
        shifted: NDArray[Any] = np.left_shift(values, size - 1 - high_bit)
        np.right_shift(shifted, size - bits, out=shifted)
        return shifted
    moved: NDArray[Any] = np.right_shift(values, high_bit + 1 - bits)
    np.bitwise_and(moved, (1 << bits) - 1, out=moved)
    return moved


def _is_clean(values: NDArray[Any], bits: int, *, signed: bool) -> bool:
    if not signed:
        return int(values.max()) < 1 << bits
    half = 1 << (bits - 1)
    return int(values.min()) >= -half and int(values.max()) < half


def _swapped_bytes(table: FrameTable, header: FrameHeader) -> bool:
    in_bytes = header.bits_allocated in (1, 8, PACKED_BITS)
    return table.big_endian and table.vr == "OW" and in_bytes


def _word_type(header: FrameHeader, big_endian: bool) -> np.dtype[Any]:
    order = ">" if big_endian else "<"
    accepted = {"integer": (8, 16, 32), "float": (32,), "double": (64,)}[header.number]
    if header.bits_allocated not in accepted:
        raise FrameFailed(
            f"(0028,0100) Bits Allocated is {header.bits_allocated}; accepted is 1,"
            f" {PACKED_BITS} or {', '.join(map(str, accepted))} for {header.number} pixel data"
        )
    kind = "u" if header.number == "integer" else "f"
    return np.dtype(f"{order}{kind}{header.bits_allocated // 8}")


def _unpacked(raw: Buffer, header: FrameHeader, skip_bits: int, needed: int) -> StoredPixels:
    """Return 0 and 1 as uint8 (rows, columns); the lowest bit of a byte is the first pixel."""
    packed = np.frombuffer(raw, np.uint8, needed)
    count = header.rows * header.columns
    bits = np.unpackbits(packed, count=skip_bits + count, bitorder="little")[skip_bits:]
    return _shaped(bits, header)


def _unpacked_twelve(
    raw: Buffer, header: FrameHeader, skip_bits: int, needed: int
) -> NDArray[np.uint16]:
    """Return each 12-bit cell in a word of its own; cells follow each other, lowest bit first.

    PS3.5 8.1.1 has cells fill words from the least significant bit on, without gaps. A frame can
    start in the middle of a byte.
    """
    packed = np.frombuffer(raw, np.uint8, needed)
    nibbles = np.stack((packed & 15, packed >> 4), axis=1).reshape(-1)
    count = header.rows * header.columns * header.samples
    first = skip_bits // 4
    cells = nibbles[first : first + 3 * count].reshape(count, 3).astype(np.uint16)
    middle = np.left_shift(cells[:, 1], np.uint16(4))
    top = np.left_shift(cells[:, 2], np.uint16(8))
    words: NDArray[np.uint16] = cells[:, 0] | middle | top
    return words


def _shaped(values: NDArray[Any], header: FrameHeader) -> StoredPixels:
    rows, columns, samples = header.rows, header.columns, header.samples
    if samples == 1:
        return values.reshape(rows, columns)
    if header.planar_configuration == 1:
        return np.ascontiguousarray(values.reshape(samples, rows, columns).transpose(1, 2, 0))
    return values.reshape(rows, columns, samples)


def _full_chroma(values: NDArray[Any], header: FrameHeader) -> StoredPixels:
    """Return (rows, columns, 3) where both pixels of a pair have the pair's chroma."""
    if header.columns % 2:
        raise FrameFailed(
            f"(0028,0011) Columns is {header.columns}; {header.photometric} needs an even number"
        )
    pairs = values.reshape(header.rows, header.columns // 2, 4)
    full = np.empty((header.rows, header.columns // 2, 2, 3), values.dtype)
    full[..., 0] = pairs[..., :2]
    full[..., 1] = pairs[..., 2:3]
    full[..., 2] = pairs[..., 3:4]
    return full.reshape(header.rows, header.columns, 3)
