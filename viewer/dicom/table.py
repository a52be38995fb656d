"""Where each frame's bytes lie: made once when a file arrives, read whenever a frame is drawn.

Offsets count from the first byte of the file. In a deflated file (PS3.5 A.5) they count from the
first byte of the *inflated* data set, whose raw deflate stream starts at ``deflate_offset``.
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from telerad.errors import Invalid

TableKind = Literal["native", "encapsulated", "deflated", "none"]

_KINDS: tuple[TableKind, ...] = ("native", "encapsulated", "deflated", "none")
_MAGIC = b"FT1"
# magic, kind, flags, VR, expected, complete, offset, length, bits per frame, deflate offset,
# fragment count, length of the damage text
_HEAD = struct.Struct("<3sBB2sIIQQQQII")
_BIG_ENDIAN, _CONTIGUOUS, _ONE_EACH = 1, 2, 4
_ITEM_HEAD = 8  # an item's tag and length lie between two fragments that follow each other


def _no_offsets() -> NDArray[np.uint64]:
    return np.zeros(0, np.uint64)


def _no_indices() -> NDArray[np.uint32]:
    return np.zeros(0, np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class FrameTable:
    """The frame table of one instance.

    ``expected_frames`` is how many frames the instance has, ``complete_frames`` how many of them
    have all their bytes, as far as lengths can tell; ``damage`` says in words what is missing.

    *native* and *deflated*: frame ``n`` (1-based) starts ``(n - 1) * bits_per_frame`` bits after
    ``offset``; ``length`` is how many bytes of pixel data are really there. Frames that are no
    whole number of bytes follow each other bit by bit (PS3.5 8.1.1). ``vr`` and ``big_endian``
    say how words are stored: 8-bit samples in big-endian OW are swapped in pairs (PS3.5 A.3).

    *encapsulated*: ``fragment_starts`` uint64 and ``fragment_lengths`` uint64 of shape
    (fragments,), and ``first_fragment`` uint32 of shape (expected_frames + 1,): frame ``n`` is made
    of fragments ``first_fragment[n - 1]`` up to, not including, ``first_fragment[n]``.
    """

    kind: TableKind
    expected_frames: int = 0
    complete_frames: int = 0
    damage: str = ""
    offset: int = 0
    length: int = 0
    bits_per_frame: int = 0
    vr: str = "OW"
    big_endian: bool = False
    deflate_offset: int = 0
    fragment_starts: NDArray[np.uint64] = field(default_factory=_no_offsets)
    fragment_lengths: NDArray[np.uint64] = field(default_factory=_no_offsets)
    first_fragment: NDArray[np.uint32] = field(default_factory=_no_indices)

    def fragments(self, frame_number: int) -> tuple[tuple[int, int], ...]:
        """Return (offset, length) of each fragment of a frame; () when the file has none of it.

        Raises Invalid when the instance has no such frame.
        """
        self._must_have(frame_number)
        if self.kind != "encapsulated":
            return ()
        first, after = self.first_fragment[frame_number - 1 : frame_number + 1].tolist()
        starts = self.fragment_starts[first:after].tolist()
        return tuple(zip(starts, self.fragment_lengths[first:after].tolist(), strict=True))

    def native_span(self, frame_number: int) -> tuple[int, int, int]:
        """Return (byte offset, bits to skip in the first byte, bytes that are there) of a frame.

        The third figure is smaller than the frame needs when the file was cut short, down to 0.
        Raises Invalid when the instance has no such frame.
        """
        self._must_have(frame_number)
        first_bit = (frame_number - 1) * self.bits_per_frame
        first_byte, skip = divmod(first_bit, 8)
        needed = (skip + self.bits_per_frame + 7) // 8
        there = max(0, min(needed, self.length - first_byte))
        return self.offset + first_byte, skip, there

    def _must_have(self, frame_number: int) -> None:
        if not 1 <= frame_number <= self.expected_frames:
            raise Invalid(f"frame {frame_number} was asked for; 1 to {self.expected_frames} exist")

    def to_bytes(self) -> bytes:
        """Return the table in its stored form: a fixed head, the damage text, packed arrays."""
        flags = _BIG_ENDIAN if self.big_endian else 0
        arrays = b""
        if len(self.fragment_starts):
            lengths = self.fragment_lengths.astype("<u8")
            chain = _chained(int(self.fragment_starts[0]), lengths)
            packed = [lengths.astype("<u4").tobytes()]  # an item's length has 32 bits, PS3.5 A.4
            if np.array_equal(chain, self.fragment_starts):
                flags |= _CONTIGUOUS
                packed.append(self.fragment_starts[:1].astype("<u8").tobytes())
            else:
                packed.append(self.fragment_starts.astype("<u8").tobytes())
            arrays = b"".join(packed)
        if np.array_equal(self.first_fragment, np.arange(len(self.fragment_starts) + 1)):
            flags |= _ONE_EACH
        else:
            arrays += self.first_fragment.astype("<u4").tobytes()
        damage = self.damage.encode()
        head = _HEAD.pack(
            _MAGIC,
            _KINDS.index(self.kind),
            flags,
            self.vr.encode("ascii"),
            self.expected_frames,
            self.complete_frames,
            self.offset,
            self.length,
            self.bits_per_frame,
            self.deflate_offset,
            len(self.fragment_starts),
            len(damage),
        )
        return head + damage + (zlib.compress(arrays, 6) if arrays else b"")

    @classmethod
    def from_bytes(cls, stored: bytes | memoryview) -> "FrameTable":
        """Return the table whose :meth:`to_bytes` is ``stored``.

        Raises Invalid when the bytes are not in the form that ``to_bytes`` writes.
        """
        view = memoryview(stored)
        if len(view) < _HEAD.size or bytes(view[:3]) != _MAGIC:
            raise Invalid("a stored frame table does not start with FT1")
        (_, kind, flags, vr, expected, complete, offset, length, bits, deflate, count, text) = (
            _HEAD.unpack_from(view)
        )
        packed = view[_HEAD.size + text :]
        arrays = zlib.decompress(packed) if len(packed) else b""
        lengths = np.frombuffer(arrays, "<u4", count).astype(np.uint64)
        used = 4 * count
        starts = _no_offsets()
        if count:
            stored_starts = 1 if flags & _CONTIGUOUS else count
            starts = np.frombuffer(arrays, "<u8", stored_starts, used).astype(np.uint64)
            used += 8 * stored_starts
            if flags & _CONTIGUOUS:
                starts = _chained(int(starts[0]), lengths)
        if flags & _ONE_EACH:
            first = np.arange(count + 1, dtype=np.uint32)
        else:
            first = (
                np.frombuffer(arrays, "<u4", -1, used).astype(np.uint32)
                if arrays[used:]
                else (_no_indices())
            )
        return cls(
            kind=_KINDS[kind],
            expected_frames=expected,
            complete_frames=complete,
            damage=bytes(view[_HEAD.size : _HEAD.size + text]).decode(),
            offset=offset,
            length=length,
            bits_per_frame=bits,
            vr=vr.decode("ascii"),
            big_endian=bool(flags & _BIG_ENDIAN),
            deflate_offset=deflate,
            fragment_starts=starts,
            fragment_lengths=lengths,
            first_fragment=first,
        )


def _chained(first_start: int, lengths: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return where fragments lie that follow each other with nothing but an item head between."""
    starts = np.zeros(len(lengths), np.uint64)
    np.cumsum(lengths[:-1] + np.uint64(_ITEM_HEAD), out=starts[1:])
    return starts + np.uint64(first_start)
