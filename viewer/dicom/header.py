"""A whole file in, one frozen description out: the only entry that ingest needs."""

from collections.abc import Callable
from dataclasses import replace
from mmap import mmap

from viewer.dicom import groups as g
from viewer.dicom.calibration import read_spacing
from viewer.dicom.cine import read_cine, read_lossy
from viewer.dicom.display import (
    DICOMDIR_CLASS,
    SLIDE_CLASS,
    class_name,
    is_known_class,
    other_kind,
    sentence_for_other,
)
from viewer.dicom.elements import Buffer
from viewer.dicom.errors import IsDicomdir, NotDicom
from viewer.dicom.facts import ParsedInstance, Remarks
from viewer.dicom.framefacts import read_facts
from viewer.dicom.groups import Groups
from viewer.dicom.identity import (
    read_patient,
    read_series,
    read_study,
    uid_of_content,
    usable_uid,
)
from viewer.dicom.image import PixelFormat, Refused, read_format, read_padding
from viewer.dicom.limits import DEFAULT_LIMITS, Limits
from viewer.dicom.locate import build_table
from viewer.dicom.luts import palette_of
from viewer.dicom.modality import read_modality
from viewer.dicom.notes import Notes
from viewer.dicom.overlays import read_overlays
from viewer.dicom.scan import FileLayout, scan
from viewer.dicom.table import FrameTable
from viewer.dicom.transfer import not_displayed_syntax
from viewer.dicom.voi import read_presets
from viewer.pixels.types import FrameHeader

_DIRECTORY_RECORDS = 0x00041220
_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_META_CLASS, _META_INSTANCE = 0x00020002, 0x00020003
_MOST_HEADERS = 65_535  # which of them a frame has is stored in 16 bits
# Macros that may change a frame's header from frame to frame.
_HEADER_MACROS = (
    g.PIXEL_MEASURES,
    g.FRAME_VOI_LUT,
    g.PIXEL_VALUE_TRANSFORMATION,
    g.REAL_WORLD_VALUES,
    g.XA_FRAME_PIXELS,
    g.XA_CALIBRATION,
)


def read_instance(
    buffer: bytes | mmap | memoryview, limits: Limits = DEFAULT_LIMITS
) -> ParsedInstance:
    """Read a DICOM file without its pixels.

    What keeps frames from being displayed is a sentence in the result. Raises NotDicom,
    BrokenDataSet, TruncatedHeader, BeyondLimit or IsDicomdir for a file that is no object at all.
    """
    return parse(buffer, scan(buffer, limits), limits)


def parse(buffer: Buffer, layout: FileLayout, limits: Limits) -> ParsedInstance:
    """Return the description of a scanned file; ``buffer`` is what was scanned."""
    top, meta = layout.elements, layout.meta
    if DICOMDIR_CLASS in (meta.code(_META_CLASS), top.code(_SOP_CLASS)) or (
        _DIRECTORY_RECORDS in top
    ):
        raise IsDicomdir("The file is a DICOMDIR: an index of other files, not an image.")
    notes = Notes()
    for note in layout.notes:
        notes.add(note)
    parsed = _identified(buffer, layout, notes)
    try:
        parsed = _displayable(parsed, layout, limits, notes)
    except Refused as refusal:
        parsed = replace(parsed, not_displayed_because=str(refusal)[:400])
    return replace(parsed, remarks=_remarks(parsed, layout, notes))


def _identified(buffer: Buffer, layout: FileLayout, notes: Notes) -> ParsedInstance:
    """Return who, what and where of an object, with stand-ins for UIDs that are missing."""
    top, meta = layout.elements, layout.meta
    sop_class = top.code(_SOP_CLASS) or meta.code(_META_CLASS)
    sop_instance = usable_uid(top, _SOP_INSTANCE, notes) or usable_uid(meta, _META_INSTANCE, notes)
    is_image = layout.pixels is not None and 0x00280010 in top and 0x00280011 in top
    if not is_image and not (sop_class and sop_instance):
        raise NotDicom(
            "the file has neither an image nor SOP Class UID (0008,0016) and SOP Instance UID "
            "(0008,0018)"
        )
    study, series = usable_uid(top, _STUDY, notes), usable_uid(top, _SERIES, notes)
    if not (sop_instance and study and series):
        notes.add("The file lacks a UID of its study, series or image; the viewer made one.")
    return ParsedInstance(
        sop_class_uid=sop_class[:64],
        sop_instance_uid=sop_instance or uid_of_content(buffer, "instance"),
        study_instance_uid=study or uid_of_content(buffer, "study"),
        series_instance_uid=series or uid_of_content(buffer, "series"),
        transfer_syntax_uid=layout.transfer_syntax_uid[:64],
        instance_number=top.integer(0x00200013),
        patient=read_patient(top),
        study=read_study(top),
        series=read_series(top),
    )


def _displayable(
    parsed: ParsedInstance, layout: FileLayout, limits: Limits, notes: Notes
) -> ParsedInstance:
    """Return the instance with its frames. Raises Refused with the reason when it has none."""
    top = layout.elements
    _refuse_other_kinds(parsed.sop_class_uid, layout)
    if layout.pixels is None:
        raise Refused("The file has no pixel data.")
    form = read_format(top, layout.pixels.tag, limits, notes)
    table = build_table(layout, form, limits, notes)
    groups = Groups(top)
    headers, index = _headers(groups, form, table, notes)
    facts = read_facts(groups, form, parsed.sop_instance_uid, table.expected_frames, notes)
    if not is_known_class(parsed.sop_class_uid):
        notes.add("The kind of object (SOP class) is unknown; its pixels are shown as an image.")
    if parsed.sop_class_uid == SLIDE_CLASS and table.expected_frames > 1:
        notes.add("A slide in tiles; shown tile by tile.")
    return replace(parsed, headers=headers, header_index=index, facts=facts, table=table)


def _refuse_other_kinds(sop_class_uid: str, layout: FileLayout) -> None:
    sentence = sentence_for_other(sop_class_uid) or not_displayed_syntax(layout.transfer_syntax_uid)
    if sentence:
        raise Refused(sentence)
    if layout.pixels is None and sop_class_uid and not other_kind(sop_class_uid):
        name = class_name(sop_class_uid)
        raise Refused(f"The file has no pixel data ({name}).")


def _headers(
    groups: Groups, form: PixelFormat, table: FrameTable, notes: Notes
) -> tuple[tuple[FrameHeader, ...], tuple[int, ...]]:
    """Return the distinct headers and which of them each frame has."""
    make = _maker(groups, form, table, notes)
    numbers: dict[FrameHeader, int] = {}
    known: dict[tuple[tuple[int, bytes], ...], int] = {}
    index = []
    for frame in range(table.expected_frames):
        key = groups.same_for(frame, _HEADER_MACROS)
        number = known.get(key)
        if number is None:
            number = known[key] = numbers.setdefault(make(frame), len(numbers))
        index.append(number)
        if len(numbers) > _MOST_HEADERS:
            raise Refused(f"The frames are described in more than {_MOST_HEADERS} different ways.")
    return tuple(numbers), tuple(index)


def _maker(
    groups: Groups, form: PixelFormat, table: FrameTable, notes: Notes
) -> Callable[[int], FrameHeader]:
    """Return what makes a frame's header; what all frames share is read once."""
    top = groups.top
    modality_name = top.code(0x00080060)
    palette = None
    photometric = form.photometric
    if photometric == "PALETTE COLOR":
        palette = palette_of(top, signed=top.integer(0x00280103) == 1, notes=notes)
        if palette is None:
            raise Refused("The image is in palette colours, but its palette is incomplete.")
    inverted = photometric == "MONOCHROME1" or top.code(0x20500020) == "INVERSE"
    shared = FrameHeader(
        rows=form.rows,
        columns=form.columns,
        samples=form.samples,
        photometric=photometric,
        bits_allocated=form.bits_allocated,
        bits_stored=form.bits_stored,
        high_bit=form.high_bit,
        signed=form.signed,
        number=form.number,
        planar_configuration=form.planar_configuration,
        inverted=inverted and form.samples == 1 and palette is None,
        padding=read_padding(top, form, notes),
        palette=palette,
        overlays=read_overlays(top, form, notes, is_deflated=table.kind == "deflated"),
    )

    def make(frame_index: int) -> FrameHeader:
        modality = read_modality(groups, frame_index, form, modality_name, notes)
        return replace(
            shared,
            modality=modality,
            presets=read_presets(groups, frame_index, form, modality, notes),
            spacing=read_spacing(groups, frame_index, modality_name, notes),
        )

    return make


def _remarks(parsed: ParsedInstance, layout: FileLayout, notes: Notes) -> Remarks:
    top = layout.elements
    frames = parsed.frame_count
    cine = read_cine(top, parsed.series.modality, frames, notes) if frames else None
    doubts = " ".join(top.sets.doubts) if top.sets else ""
    return Remarks(
        lossy=read_lossy(top, parsed.transfer_syntax_uid) if frames else None,
        incomplete=parsed.table.damage or None,
        charset=doubts or None,
        burned_in=top.code(0x00280301) == "YES",
        cine=cine,
        notes=notes.texts(),
    )
