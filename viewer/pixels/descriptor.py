"""The JSON form of a frame header: what the database keeps and what the browser reads.

``header_from_json(header_to_json(header)) == header`` for every header; two derived members,
``color`` and ``deep``, are written for the browser and ignored when reading.
"""

import base64
import hashlib
import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from telerad.errors import Invalid
from viewer.pixels.types import (
    FrameHeader,
    LookupTable,
    Modality,
    NumberForm,
    Overlay,
    Padding,
    Palette,
    Spacing,
    SpacingSource,
    UltrasoundRegion,
    VoiFunction,
    VoiPreset,
    Window,
)

# JSON objects are heterogeneous by nature; nothing outside this module sees one.
Json = dict[str, Any]


class BadHeader(Invalid):
    """A header, or its JSON form, holds what cannot be kept."""


def lookup_table(first_mapped: int, bits: int, data: ArrayLike, name: str = "") -> LookupTable:
    """Make a LookupTable with its digest, as every equality and cache needs it.

    ``data`` is (entries,) and is copied to uint16; values must be 0 to 65535.
    Raises BadHeader unless there are 1 to 65,536 entries of 1 to 16 bits (PS3.3 C.11.1.1.1).
    """
    if not 1 <= bits <= 16:
        raise BadHeader(f"(0028,3002) LUT Descriptor has {bits} bits; 1 to 16 are accepted")
    entries = np.ascontiguousarray(np.asarray(data), dtype="<u2").copy()
    if entries.ndim != 1 or not 1 <= entries.size <= 65_536:
        raise BadHeader(f"a LUT has {entries.size} entries; 1 to 65536 are accepted")
    entries.setflags(write=False)
    digest = hashlib.sha256(entries.tobytes()).hexdigest()
    return LookupTable(int(first_mapped), int(bits), entries, name, digest)


def header_to_json(header: FrameHeader) -> Json:
    """Return the header as a JSON object of plain numbers, texts, lists and nulls.

    Raises BadHeader if a number is not finite, because neither JSON nor PostgreSQL can keep it.
    """
    padding = header.padding
    palette = header.palette
    return {
        "rows": header.rows,
        "columns": header.columns,
        "samples": header.samples,
        "photometric": header.photometric,
        "bitsAllocated": header.bits_allocated,
        "bitsStored": header.bits_stored,
        "highBit": header.high_bit,
        "signed": header.signed,
        "number": header.number,
        "planar": header.planar_configuration,
        "modality": _modality_to_json(header.modality),
        "presets": [_preset_to_json(preset) for preset in header.presets],
        "inverted": header.inverted,
        "padding": None
        if padding is None
        else {"low": _number(padding.low, "padding"), "high": _number(padding.high, "padding")},
        "palette": None
        if palette is None
        else {
            "red": _lut_to_json(palette.red),
            "green": _lut_to_json(palette.green),
            "blue": _lut_to_json(palette.blue),
        },
        "overlays": [_overlay_to_json(overlay) for overlay in header.overlays],
        "spacing": _spacing_to_json(header.spacing),
        "color": header.is_color,
        "deep": header.has_deep_tiles,
    }


def header_from_json(body: Mapping[str, Any]) -> FrameHeader:
    """Return the header that :func:`header_to_json` wrote.

    Raises BadHeader naming the member if one is missing or has another form.
    """
    try:
        return _header(body)
    except KeyError as problem:
        raise BadHeader(f"the header has no member {problem}") from problem
    except (TypeError, ValueError, AttributeError) as problem:
        raise BadHeader(f"the header has a member of another form: {problem}") from problem


def _header(body: Mapping[str, Any]) -> FrameHeader:
    padding = body["padding"]
    palette = body["palette"]
    return FrameHeader(
        rows=int(body["rows"]),
        columns=int(body["columns"]),
        samples=int(body["samples"]),
        photometric=str(body["photometric"]),
        bits_allocated=int(body["bitsAllocated"]),
        bits_stored=int(body["bitsStored"]),
        high_bit=int(body["highBit"]),
        signed=bool(body["signed"]),
        number=cast(NumberForm, body["number"]),
        planar_configuration=int(body["planar"]),
        modality=_modality(body["modality"]),
        presets=tuple(_preset(preset) for preset in body["presets"]),
        inverted=bool(body["inverted"]),
        padding=None if padding is None else Padding(float(padding["low"]), float(padding["high"])),
        palette=None
        if palette is None
        else Palette(_lut(palette["red"]), _lut(palette["green"]), _lut(palette["blue"])),
        overlays=tuple(_overlay(overlay) for overlay in body["overlays"]),
        spacing=_spacing(body["spacing"]),
    )


def _number(value: float, what: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise BadHeader(f"{what} is {number}; a finite number is accepted")
    return number


def _optional(value: float | None, what: str) -> float | None:
    return None if value is None else _number(value, what)


def _optional_float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _optional_int(value: int | None) -> int | None:
    return None if value is None else int(value)


def _lut_to_json(lut: LookupTable) -> Json:
    data = base64.b64encode(lut.data.astype("<u2").tobytes()).decode("ascii")
    return {"first": lut.first_mapped, "bits": lut.bits, "name": lut.name, "data": data}


def _lut(body: Mapping[str, Any]) -> LookupTable:
    data = np.frombuffer(base64.b64decode(body["data"], validate=True), dtype="<u2")
    return lookup_table(int(body["first"]), int(body["bits"]), data, str(body["name"]))


def _modality_to_json(modality: Modality) -> Json:
    return {
        "slope": _number(modality.slope, "(0028,1053) Rescale Slope"),
        "intercept": _number(modality.intercept, "(0028,1052) Rescale Intercept"),
        "unit": modality.unit,
        "note": modality.note,
        "lut": None if modality.lut is None else _lut_to_json(modality.lut),
    }


def _modality(body: Mapping[str, Any]) -> Modality:
    return Modality(
        slope=float(body["slope"]),
        intercept=float(body["intercept"]),
        lut=None if body["lut"] is None else _lut(body["lut"]),
        unit=str(body["unit"]),
        note=str(body["note"]),
    )


def _preset_to_json(preset: VoiPreset) -> Json:
    if isinstance(preset, LookupTable):
        return {"kind": "lut", **_lut_to_json(preset)}
    return {
        "kind": "window",
        "center": _number(preset.center, "(0028,1050) Window Center"),
        "width": _number(preset.width, "(0028,1051) Window Width"),
        "function": preset.function,
        "name": preset.name,
    }


def _preset(body: Mapping[str, Any]) -> VoiPreset:
    if body["kind"] == "lut":
        return _lut(body)
    if body["kind"] != "window":
        raise ValueError(f"a preset is of kind {body['kind']!r}; window and lut are accepted")
    function = cast(VoiFunction, body["function"])
    return Window(float(body["center"]), float(body["width"]), function, str(body["name"]))


def _overlay_to_json(overlay: Overlay) -> Json:
    return {
        "group": overlay.group,
        "rows": overlay.rows,
        "columns": overlay.columns,
        "originRow": overlay.origin_row,
        "originColumn": overlay.origin_column,
        "frameOrigin": overlay.frame_origin,
        "frames": overlay.frames,
        "embeddedBit": overlay.embedded_bit,
        "valueOffset": overlay.value_offset,
        "valueLength": overlay.value_length,
        "bigEndianWords": overlay.big_endian_words,
        "label": overlay.label,
        "description": overlay.description,
    }


def _overlay(body: Mapping[str, Any]) -> Overlay:
    return Overlay(
        group=int(body["group"]),
        rows=int(body["rows"]),
        columns=int(body["columns"]),
        origin_row=int(body["originRow"]),
        origin_column=int(body["originColumn"]),
        frame_origin=int(body["frameOrigin"]),
        frames=int(body["frames"]),
        embedded_bit=_optional_int(body["embeddedBit"]),
        value_offset=int(body["valueOffset"]),
        value_length=int(body["valueLength"]),
        big_endian_words=bool(body["bigEndianWords"]),
        label=str(body["label"]),
        description=str(body["description"]),
    )


def _spacing_to_json(spacing: Spacing) -> Json:
    return {
        "rowMm": _optional(spacing.row_mm, "row spacing"),
        "columnMm": _optional(spacing.column_mm, "column spacing"),
        "source": spacing.source,
        "aspect": _number(spacing.aspect, "pixel aspect"),
        "note": spacing.note,
        "regions": [_region_to_json(region) for region in spacing.regions],
    }


def _spacing(body: Mapping[str, Any]) -> Spacing:
    return Spacing(
        row_mm=_optional_float(body["rowMm"]),
        column_mm=_optional_float(body["columnMm"]),
        source=cast(SpacingSource, body["source"]),
        aspect=float(body["aspect"]),
        regions=tuple(_region(region) for region in body["regions"]),
        note=str(body["note"]),
    )


def _region_to_json(region: UltrasoundRegion) -> Json:
    return {
        "x0": region.x0,
        "y0": region.y0,
        "x1": region.x1,
        "y1": region.y1,
        "unitX": region.unit_x,
        "unitY": region.unit_y,
        "deltaX": _number(region.delta_x, "(0018,602C) Physical Delta X"),
        "deltaY": _number(region.delta_y, "(0018,602E) Physical Delta Y"),
        "kind": region.kind,
        "referenceX": region.reference_x,
        "referenceY": region.reference_y,
    }


def _region(body: Mapping[str, Any]) -> UltrasoundRegion:
    return UltrasoundRegion(
        x0=int(body["x0"]),
        y0=int(body["y0"]),
        x1=int(body["x1"]),
        y1=int(body["y1"]),
        unit_x=str(body["unitX"]),
        unit_y=str(body["unitY"]),
        delta_x=float(body["deltaX"]),
        delta_y=float(body["deltaY"]),
        kind=str(body["kind"]),
        reference_x=_optional_int(body["referenceX"]),
        reference_y=_optional_int(body["referenceY"]),
    )
