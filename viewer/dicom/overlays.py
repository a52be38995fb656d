"""Overlay planes of groups 6000 to 601E (PS3.3 C.9.2): where their bits are."""

from viewer.dicom.elements import Elements
from viewer.dicom.image import PixelFormat
from viewer.dicom.notes import Notes
from viewer.pixels.types import Overlay

_FIRST_GROUP, _LAST_GROUP = 0x6000, 0x601E
_FRAMES, _FRAME_ORIGIN = 0x0015, 0x0051


def read_overlays(
    top: Elements, form: PixelFormat, notes: Notes, *, is_deflated: bool = False
) -> tuple[Overlay, ...]:
    """Return the planes that can be drawn; a note for each that cannot."""
    groups = sorted({tag >> 16 for tag in top.entries if 0x60000000 <= tag < 0x60200000})
    found = (_overlay(top, group << 16, form, notes) for group in groups if group % 2 == 0)
    overlays = tuple(overlay for overlay in found if overlay is not None)
    if is_deflated and any(overlay.embedded_bit is None for overlay in overlays):
        # Their offsets would be those of the inflated bytes, which nobody reads overlays from.
        notes.add("Overlays of a deflated file are not drawn.")
        return tuple(overlay for overlay in overlays if overlay.embedded_bit is not None)
    return overlays


def _overlay(top: Elements, base: int, form: PixelFormat, notes: Notes) -> Overlay | None:
    name = f"Overlay {base >> 16:04X}"
    data = top.leaf(base | 0x3000)
    bit = top.integer(base | 0x0102)
    embedded = None if data and data[2] else bit
    rows = _positive(top, base | 0x0010) or (form.rows if embedded is not None else 0)
    columns = _positive(top, base | 0x0011) or (form.columns if embedded is not None else 0)
    if not rows or not columns or rows > 65_535 or columns > 65_535:
        notes.add(f"{name} has no valid size; it is not drawn.")
        return None
    frames = _positive(top, base | _FRAMES) or 1
    if embedded is not None and not _is_outside_values(embedded, form):
        notes.add(f"{name} has neither data nor an unused bit of the pixels; it is not drawn.")
        return None
    if embedded is None and (data is None or data[2] * 8 < rows * columns * frames):
        notes.add(f"{name} has less data than its {rows} x {columns} bits; it is not drawn.")
        return None
    origin = top.integers(base | 0x0050)
    return Overlay(
        group=base >> 16,
        rows=rows,
        columns=columns,
        origin_row=origin[0] if len(origin) == 2 and abs(origin[0]) < 2**15 else 1,
        origin_column=origin[1] if len(origin) == 2 and abs(origin[1]) < 2**15 else 1,
        frame_origin=_positive(top, base | _FRAME_ORIGIN) or 1,
        frames=frames,
        embedded_bit=embedded,
        value_offset=data[1] if data and embedded is None else 0,
        value_length=data[2] if data and embedded is None else 0,
        big_endian_words=bool(
            top.big_endian and embedded is None and data and data[0] in (b"OW", None)
        ),
        label=top.text(base | 0x1500, 64),
        description=top.text(base | 0x0022, 64),
    )


def _positive(top: Elements, tag: int) -> int | None:
    value = top.int32(tag)
    return value if value is not None and value > 0 else None


def _is_outside_values(bit: int, form: PixelFormat) -> bool:
    """Tell whether a bit of the pixel word is none of the stored value's own (PS3.5 8.1.2)."""
    lowest = form.high_bit + 1 - form.bits_stored
    return 0 <= bit < form.bits_allocated and not lowest <= bit <= form.high_bit
