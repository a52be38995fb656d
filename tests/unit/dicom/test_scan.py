"""The bounded walk: what is found, what is refused, and that nothing else ever comes out."""

import contextlib
import mmap
import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telerad.errors import TeleradError
from tests.dicom_factory import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    dataset,
    element,
    encapsulated,
    enhanced,
    file_bytes,
    item,
    lut_item,
    part10,
    sequence,
    set_palette,
)
from viewer.dicom.errors import BeyondLimit, BrokenDataSet, IsDicomdir, NotDicom, TruncatedHeader
from viewer.dicom.header import read_instance
from viewer.dicom.limits import MEBI, Limits
from viewer.dicom.scan import scan

UNDEFINED = 0xFFFFFFFF
SOP = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0") + element(
    0x00080018, "UI", b"1.2.3.4\0"
)


def nested(depth: int, *, undefined: bool = True) -> bytes:
    """Return (0040,A730) inside itself ``depth`` times."""
    if undefined:
        open_item = element(0x0040A730, "SQ", b"", UNDEFINED) + struct.pack(
            "<HHL", 0xFFFE, 0xE000, UNDEFINED
        )
        close = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
        return open_item * depth + close * depth
    value = b""
    for _ in range(depth):
        value = element(0x0040A730, "SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(value)) + value)
    return value


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED])
def test_case_31_32_each_native_syntax_is_walked_to_the_pixel_element(syntax: str) -> None:
    layout = scan(file_bytes(dataset(rows=3, columns=5), syntax))
    assert layout.transfer_syntax_uid == syntax
    assert layout.elements.integer(0x00280010) == 3
    assert layout.elements.integer(0x00280011) == 5
    assert layout.pixels is not None
    assert layout.pixels.length == 30
    data = layout.elements.buffer
    assert bytes(data[layout.pixels.offset : layout.pixels.offset + 4]) == b"\0\0\1\0"


def test_case_31_only_the_data_set_is_swapped_not_group_0002() -> None:
    layout = scan(file_bytes(dataset(), EXPLICIT_BIG))
    assert layout.meta.uid(0x00020010) == EXPLICIT_BIG
    assert layout.elements.big_endian


def test_case_32_a_deflated_data_set_with_a_zlib_head_is_read_too() -> None:
    raw = SOP + element(0x00100010, "PN", b"A^B ")
    meta_only = part10(b"")
    deflated = meta_only.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    # The UID grew by two bytes, so its length field does.
    deflated = deflated.replace(b"\x10\x00UI\x14\x00", b"\x10\x00UI\x16\x00")
    layout = scan(deflated + zlib.compress(raw))
    assert layout.elements.text(0x00100010) == "A^B"


def test_a_file_without_preamble_and_meta_information_is_read_by_its_first_element() -> None:
    whole = file_bytes(dataset(rows=7))
    start = scan(whole).data_set_offset
    layout = scan(whole[start:])
    assert layout.stated_syntax_uid == ""
    assert layout.transfer_syntax_uid == EXPLICIT_LITTLE
    assert layout.elements.integer(0x00280010) == 7


def test_a_meta_information_that_lies_about_the_vr_is_overruled_and_told() -> None:
    whole = file_bytes(dataset(), IMPLICIT_LITTLE)
    explicit = part10(whole[scan(whole).data_set_offset :], EXPLICIT_LITTLE)
    layout = scan(explicit)
    assert layout.transfer_syntax_uid == IMPLICIT_LITTLE
    assert layout.notes == (
        "The file says transfer syntax 1.2.840.10008.1.2.1 but is written as 1.2.840.10008.1.2.",
    )


def test_a_missing_transfer_syntax_is_found_by_the_first_element() -> None:
    whole = file_bytes(dataset(), IMPLICIT_LITTLE)
    element_bytes = b"\x02\x00\x10\x00UI\x12\x00" + b"1.2.840.10008.1.2\0"
    assert element_bytes in whole
    layout = scan(whole.replace(element_bytes, b""))
    assert (layout.stated_syntax_uid, layout.transfer_syntax_uid) == ("", IMPLICIT_LITTLE)


def test_a_broken_meta_information_is_skipped_by_its_group_length() -> None:
    whole = file_bytes(dataset(rows=7))
    at = whole.index(b"\x02\x00\x02\x00UI")
    broken = whole[: at + 6] + b"\xff\xff" + whole[at + 8 :]
    assert scan(broken).elements.integer(0x00280010) == 7


def test_a_map_of_a_file_and_a_memoryview_are_walked_without_copies(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(file_bytes(dataset()))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert read_instance(mapped).frame_count == 1
        with memoryview(mapped) as view:
            assert read_instance(view).frame_count == 1


def test_a_bare_data_set_may_hold_the_four_letters_where_a_prefix_would_be() -> None:
    bare = element(0x00080005, "CS", b"ISO_IR 100")
    text = b"A" * (128 - len(bare) - 8) + b"DICMA1"
    bare += element(0x00081010, "SH", text) + element(0x00280010, "US", b"\x40\x00")
    assert bare[128:132] == b"DICM"
    layout = scan(bare)
    assert layout.elements.integer(0x00280010) == 64
    assert layout.meta.code(0x00020010) == ""


def test_F9_a_zeroed_preamble_changes_nothing_that_is_read() -> None:
    polyglot = file_bytes(dataset(), preamble=b"MZ<script>")
    zeroed = read_instance(bytes(128) + polyglot[128:])
    assert zeroed.sop_instance_uid == read_instance(polyglot).sop_instance_uid


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0",
        b"DICM",
        b"<!DOCTYPE html><html><body>Hello</body></html>" * 20,
        b"MZ\x90\0" + bytes(4000),
        b"\x7fELF" + bytes(range(256)) * 4,
        b"8BPS" + bytes(600),
        bytes(200),
    ],
)
def test_F1_what_is_no_dicom_is_refused_with_a_reason(junk: bytes) -> None:
    with pytest.raises(NotDicom, match=r"DICOM|neither an image nor"):
        read_instance(junk)


def test_F3_a_deflated_bomb_is_stopped_at_the_bound() -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = element(0x00281101, "OB", b"", 1 << 30)
    parts = [stream.compress(SOP + head)]
    zeros = bytes(4 * MEBI)
    parts += [stream.compress(zeros) for _ in range(256)]
    bomb = part10(b"", EXPLICIT_LITTLE).replace(
        b"\x10\x00UI\x14\x00" + b"1.2.840.10008.1.2.1\0",
        b"\x10\x00UI\x16\x00" + b"1.2.840.10008.1.2.1.99",
    )
    bomb += b"".join([*parts, stream.flush()])
    assert len(bomb) < 1100 * 1024
    started = time.process_time()
    with pytest.raises(BeyondLimit, match="inflates to more than"):
        read_instance(bomb)
    assert time.process_time() - started < 4


def test_F3_a_blank_image_of_an_honest_size_inflates() -> None:
    blank = file_bytes(dataset(rows=512, columns=512, pixels=bytes(512 * 512 * 2)), DEFLATED)
    assert len(blank) < 2000
    assert read_instance(blank).table.kind == "deflated"


def test_F8_nesting_to_50_is_read() -> None:
    for undefined in (True, False):
        layout = scan(part10(SOP + nested(50, undefined=undefined)))
        assert len(layout.elements.items(0x0040A730)) == 1


@pytest.mark.parametrize("depth", [65, 199, 50_000])
def test_F8_deeper_nesting_is_refused_with_tag_and_bound(depth: int) -> None:
    started = time.process_time()
    with pytest.raises(BeyondLimit, match=r"\(0040,A730\) at byte \d+ is nested deeper than 64"):
        scan(part10(SOP + nested(depth)))
    assert time.process_time() - started < 2


def test_F8_nesting_of_defined_lengths_is_bounded_as_well() -> None:
    with pytest.raises(BeyondLimit, match="nested deeper than 64"):
        scan(part10(SOP + nested(199, undefined=False)))


def test_F8_400000_empty_elements_are_refused_within_2_seconds() -> None:
    many = b"".join(element(0x00090000 | number & 0xFFFF, "UN", b"") for number in range(400_000))
    started = time.process_time()
    with pytest.raises(BeyondLimit, match="has more than 65536 elements"):
        scan(part10(SOP + many))
    assert time.process_time() - started < 2


def test_F8_the_number_of_elements_of_all_items_together_is_bounded() -> None:
    items = struct.pack("<HHL", 0xFFFE, 0xE000, 0) * 3000
    with pytest.raises(BeyondLimit, match="more than 2000 elements"):
        scan(part10(SOP + element(0x0040A730, "SQ", items)), Limits(max_elements=2000))


def test_F8_a_length_of_4_gib_in_a_short_file_names_tag_and_offset() -> None:
    file = part10(SOP + element(0x00091010, "UN", b"abcd", UNDEFINED - 1))
    with pytest.raises(TruncatedHeader) as caught:
        scan(file)
    offset = len(file) - 4
    assert str(caught.value) == (
        f"(0009,1010) at byte {offset} says it has 4294967294 bytes, "
        "but the file ends after 4 of them"
    )


def test_an_element_above_the_bound_is_refused_though_the_file_holds_it() -> None:
    file = part10(SOP + element(0x00091010, "UN", bytes(2000)))
    with pytest.raises(BeyondLimit, match=r"\(0009,1010\).* 2000 bytes; at most 1000 are"):
        scan(file, Limits(max_element_bytes=1000))


@pytest.mark.parametrize("cut", [1, 7, 40, 100])
def test_a_header_cut_short_is_refused(cut: int) -> None:
    whole = part10(SOP + element(0x00100010, "PN", b"Test^Synthetic") + nested(3))
    with pytest.raises((TruncatedHeader, NotDicom)):
        read_instance(whole[:-cut])


def test_F6_pixel_data_cut_short_is_no_error_but_told() -> None:
    whole = file_bytes(dataset(rows=10, columns=10, frames=2))
    parsed = read_instance(whole[:-100])
    assert parsed.not_displayed_because == ""
    assert parsed.remarks.incomplete == (
        "The pixel data is cut short: 300 of 400 bytes, 1 of 2 frames whole."
    )
    assert parsed.table.complete_frames == 1


def test_F6_without_a_single_byte_of_pixels_the_instance_is_kept_and_not_displayed() -> None:
    whole = file_bytes(dataset(rows=10, columns=10))
    parsed = read_instance(whole[:-200])
    assert parsed.not_displayed_because == "The file has no pixel data."
    assert parsed.sop_instance_uid == "2.25.20261121.1.1.1"


def test_padding_with_zeros_after_the_last_element_is_ignored() -> None:
    report = part10(SOP + element(0x00100010, "PN", b"A^B "))
    assert scan(report + bytes(1_000_000)).elements.text(0x00100010) == "A^B"


def test_a_sequence_in_implicit_vr_inside_un_is_entered() -> None:
    inside = struct.pack("<HHL", 0x0008, 0x0100, 4) + b"T-1 "
    value = struct.pack("<HHL", 0xFFFE, 0xE000, len(inside)) + inside
    value += struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    layout = scan(part10(SOP + element(0x00091010, "UN", value, UNDEFINED)))
    assert layout.elements.items(0x00091010)[0].code(0x00080100) == "T-1"


def test_damage_inside_a_sequence_of_stated_length_stays_inside() -> None:
    broken = element(0x00081140, "SQ", b"\xfe\xff\x00\xe0\x10\0\0\0" + b"\xff" * 16)
    layout = scan(part10(SOP + broken + element(0x00100010, "PN", b"A^B ")))
    assert layout.elements.text(0x00100010) == "A^B"


def test_an_element_with_a_vr_that_is_none_is_read_by_the_dictionary() -> None:
    whole = file_bytes(dataset(rows=7))
    at = whole.index(b"\x28\x00\x10\x00US") + 4
    assert scan(whole[:at] + b"ZZ" + whole[at + 2 :]).elements.integer(0x00280010) == 7
    with contextlib.suppress(TeleradError):  # no letters: implicit, and then its length is absurd
        read_instance(whole[:at] + b"U\xa7" + whole[at + 2 :])


def test_an_undefined_length_that_holds_no_items_is_refused() -> None:
    file = part10(SOP + element(0x00081140, "SQ", b"garbage!" * 4, UNDEFINED))
    with pytest.raises(BrokenDataSet, match=r"\(0008,1140\) has .* where an item \(FFFE,E000\)"):
        scan(file)


def test_an_icon_with_pixels_of_its_own_is_not_the_image() -> None:
    icon = item(Rows=2, Columns=2)
    icon.add_new(0x7FE00010, "OW", b"\1\2\3\4")
    parsed = read_instance(file_bytes(dataset(rows=4, columns=4, IconImageSequence=sequence(icon))))
    assert (parsed.headers[0].rows, parsed.table.length) == (4, 32)


def test_a_dicomdir_is_told_apart_from_objects() -> None:
    directory = part10(element(0x00041220, "SQ", b""))
    with pytest.raises((IsDicomdir, NotDicom)):
        read_instance(directory)
    named = part10(SOP.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.1.3.10\0\0\0\0\0\0"))
    with pytest.raises(IsDicomdir, match="DICOMDIR"):
        read_instance(named)


def seeds() -> list[bytes]:
    """Return small files of each structure that a mutation may break."""
    jpeg = b"\xff\xd8\xff\xe0" + bytes(20)
    per_frame = [
        item(PlanePositionSequence=sequence(item(ImagePositionPatient=[0, 0, n]))) for n in (0, 1)
    ]
    shared = item(PixelMeasuresSequence=sequence(item(PixelSpacing=[1, 1])))
    palette = set_palette(
        dataset(rows=2, columns=2, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=b"\0\1\2\3"),
        [[0, 1, 2, 3]] * 3,
        first=0,
        bits=16,
    )
    voi = dataset(VOILUTSequence=sequence(lut_item(0, 8, [0, 100, 255])), WindowCenter=1)
    return [
        file_bytes(dataset()),
        file_bytes(dataset(), IMPLICIT_LITTLE),
        file_bytes(voi, EXPLICIT_BIG),
        file_bytes(palette),
        file_bytes(enhanced(2, per_frame, shared)),
        encapsulated(dataset(frames=2), [jpeg, jpeg], "1.2.840.10008.1.2.4.50", fragments=2),
        part10(SOP + nested(5)),
    ]


SEEDS = seeds()
CHANGE = st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4))


@settings(max_examples=400, deadline=2000)
@given(
    seed=st.integers(0, len(SEEDS) - 1),
    changes=st.lists(
        st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4)), max_size=6
    ),
    cut=st.integers(0, 4000),
)
def test_F15_a_mutated_file_raises_nothing_but_our_errors(
    seed: int, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(SEEDS[seed])
    for position, replacement in changes:
        at = 128 + position % (len(data) - 128)
        data[at : at + len(replacement)] = replacement
    broken = bytes(data[: max(200, len(data) - cut % 400)])
    with contextlib.suppress(TeleradError):
        parsed = read_instance(broken)
        assert bool(parsed.headers) == (parsed.not_displayed_because == "")


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=400))
def test_F15_random_bytes_after_the_prefix_raise_nothing_but_our_errors(tail: bytes) -> None:
    with contextlib.suppress(TeleradError):
        read_instance(bytes(128) + b"DICM" + tail)
