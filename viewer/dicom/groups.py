"""Functional groups: which data set speaks for a frame (PS3.3 C.7.6.16)."""

from typing import Final

from viewer.dicom.elements import Elements

SHARED, PER_FRAME = 0x52009229, 0x52009230

PIXEL_MEASURES: Final = 0x00289110
PLANE_POSITION: Final = 0x00209113
PLANE_ORIENTATION: Final = 0x00209116
FRAME_CONTENT: Final = 0x00209111
FRAME_ANATOMY: Final = 0x00209071
FRAME_VOI_LUT: Final = 0x00289132
PIXEL_VALUE_TRANSFORMATION: Final = 0x00289145
REAL_WORLD_VALUES: Final = 0x00409096
CARDIAC: Final = 0x00189118
MR_ECHO: Final = 0x00189114
MR_MODIFIER: Final = 0x00189115
MR_DIFFUSION: Final = 0x00189117
MR_FRAME_TYPE: Final = 0x00189226
CT_FRAME_TYPE: Final = 0x00189329
PET_FRAME_TYPE: Final = 0x00189751
XA_FRAME_PIXELS: Final = 0x00289443
XA_CALIBRATION: Final = 0x00189401
SEGMENT: Final = 0x0062000A
SLIDE_POSITION: Final = 0x0048021A
FRAME_TYPES: Final = (MR_FRAME_TYPE, CT_FRAME_TYPE, PET_FRAME_TYPE, XA_FRAME_PIXELS, 0x00409092)


class Groups:
    """The data set with its shared and per-frame groups."""

    __slots__ = ("frames", "shared", "top")

    def __init__(self, top: Elements) -> None:
        self.top = top
        self.shared = top.item(SHARED)
        self.frames = top.items(PER_FRAME)

    def macro(self, frame_index: int, tag: int) -> Elements | None:
        """Return a macro's item for a frame, its own before the shared one; None if it has none.

        ``frame_index`` counts from 0.
        """
        if frame_index < len(self.frames):
            own = self.frames[frame_index].item(tag)
            if own is not None:
                return own
        return self.shared.item(tag) if self.shared else None

    def source(self, frame_index: int, tag: int) -> Elements:
        """Return the macro's item, or the data set itself for an object without the macro."""
        return self.macro(frame_index, tag) or self.top

    def same_for(self, frame_index: int, tags: tuple[int, ...]) -> tuple[tuple[int, bytes], ...]:
        """Return a key that is equal for frames whose own macros ``tags`` have equal bytes."""
        if frame_index >= len(self.frames):
            return ()
        own = self.frames[frame_index]
        return tuple((tag, item.bytes_of_all()) for tag in tags if (item := own.item(tag)))
