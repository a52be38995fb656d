"""Palettes and overlay planes (correctness cases 11, 16, 35; F11)."""

import numpy as np
from pydicom.dataset import Dataset

from tests.dicom_factory import (
    DEFLATED,
    EXPLICIT_BIG,
    IMPLICIT_LITTLE,
    dataset,
    file_bytes,
    lut_item,
    sequence,
    set_palette,
)
from tests.unit.dicom.reading import header, notes
from viewer.dicom.header import read_instance


def palette_dataset(entries: list[int], first: int = 0, bits: int = 16) -> Dataset:
    """Return an 8-bit palette image whose three tables are equal."""
    ds = dataset(rows=1, columns=2, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\0\1")
    return set_palette(ds, [entries] * 3, first=first, bits=bits)


def test_case_16_a_16_bit_palette_keeps_its_16_bits() -> None:
    palette = header(palette_dataset([0, 0x1234, 0xFFFF])).palette
    assert palette is not None
    assert palette.red.data.tolist() == [0, 0x1234, 0xFFFF]
    assert palette.blue.bits == 16


def test_case_16_an_8_bit_palette_has_an_entry_in_each_byte() -> None:
    for syntax in (IMPLICIT_LITTLE, "1.2.840.10008.1.2.1"):
        palette = header(palette_dataset([0, 7, 255, 9], bits=8), syntax).palette
        assert palette is not None
        assert palette.green.data.tolist() == [0, 7, 255, 9]
        assert palette.green.bits == 8


def test_case_16_a_segmented_palette_is_expanded() -> None:
    # C.7.9.2: 2 values as they are, 4 on a line to 400, the line once more by reference.
    segments = [0, 2, 100, 200, 1, 4, 400, 2, 1, 8, 0]
    ds = palette_dataset([0])
    for channel in range(3):
        ds.add_new(0x00281101 + channel, "US", [10, 0, 16])
        del ds[0x00281201 + channel]
        ds.add_new(0x00281221 + channel, "OW", np.array(segments, "<u2").tobytes())
    palette = header(ds).palette
    assert palette is not None
    assert palette.red.data.tolist() == [100, 200, 250, 300, 350, 400, 400, 400, 400, 400]


def test_case_30_an_items_text_is_in_the_character_set_of_the_data_set_around_it() -> None:
    ds = dataset(SpecificCharacterSet="ISO_IR 100")
    lut = lut_item(0, 8, [0, 255])
    lut.LUTExplanation = "Knochen schärfer"
    ds.VOILUTSequence = sequence(lut)
    parsed = read_instance(file_bytes(ds))
    assert parsed.headers[0].presets[0].name == "Knochen schärfer"
    assert parsed.remarks.charset is None


def test_case_35_an_overlay_plane_is_found_in_the_file() -> None:
    ds = dataset(rows=4, columns=4)
    ds.add_new(0x60000010, "US", 3)
    ds.add_new(0x60000011, "US", 5)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [-1, 2])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", b"\xde\xad")
    data = file_bytes(ds)
    (overlay,) = read_instance(data).headers[0].overlays
    assert (overlay.rows, overlay.columns, overlay.group) == (3, 5, 0x6000)
    assert (overlay.origin_row, overlay.origin_column) == (-1, 2)
    assert data[overlay.value_offset : overlay.value_offset + overlay.value_length] == b"\xde\xad"
    big = read_instance(file_bytes(ds, EXPLICIT_BIG)).headers[0].overlays[0]
    assert big.big_endian_words


def test_case_11_an_old_overlay_in_an_unused_bit_is_told_by_its_bit() -> None:
    ds = dataset(BitsStored=12, HighBit=11)
    ds.add_new(0x60020010, "US", 4)
    ds.add_new(0x60020011, "US", 4)
    ds.add_new(0x60020050, "SS", [1, 1])
    ds.add_new(0x60020100, "US", 16)
    ds.add_new(0x60020102, "US", 14)
    assert notes(ds) == ()
    (overlay,) = header(ds).overlays
    assert (overlay.embedded_bit, overlay.value_length) == (14, 0)


def test_F11_an_overlay_with_too_little_data_is_left_out_and_told() -> None:
    ds = dataset()
    ds.add_new(0x60000010, "US", 400)
    ds.add_new(0x60000011, "US", 400)
    ds.add_new(0x60003000, "OW", b"\1\2")
    assert header(ds).overlays == ()
    assert notes(ds) == ("Overlay 6000 has less data than its 400 x 400 bits; it is not drawn.",)


def test_overlays_of_a_deflated_file_are_left_out_and_told() -> None:
    ds = dataset()
    ds.add_new(0x60000010, "US", 4)
    ds.add_new(0x60000011, "US", 4)
    ds.add_new(0x60003000, "OW", b"\1\2")
    parsed = read_instance(file_bytes(ds, DEFLATED))
    assert parsed.headers[0].overlays == ()
    assert parsed.remarks.notes == ("Overlays of a deflated file are not drawn.",)
