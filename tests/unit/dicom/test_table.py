"""The frame table: where frames are found (correctness case 33, PS3.5 A.4) and its stored form."""

import struct
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telerad.errors import Invalid
from tests.dicom_factory import JPEG_BASELINE, RLE, dataset, encapsulated, file_bytes
from viewer.dicom.facts import FrameFacts, ParsedInstance, facts_from_json, facts_to_json
from viewer.dicom.header import read_instance
from viewer.dicom.table import FrameTable

ITEM, END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"


def jpeg(number: int, size: int = 30) -> bytes:
    """Return bytes that start and end like a JPEG stream and tell frames apart."""
    return b"\xff\xd8\xff\xe0" + bytes([number]) * (size - 6) + b"\xff\xd9"


def colour(frames: int | None):
    """Return the header of an 8-bit multi-frame."""
    return dataset("US", frames=frames, BitsAllocated=8, BitsStored=8, HighBit=7)


def fragment_bytes(data: bytes, parsed: ParsedInstance, frame: int) -> bytes:
    """Return a frame's bytes as the table says."""
    parts = parsed.table.fragments(frame)
    return b"".join(data[offset : offset + length] for offset, length in parts)


def with_pixels(frames: int | None, value: bytes, syntax: str = JPEG_BASELINE) -> bytes:
    """Return a file whose encapsulated pixel data is written byte by byte."""
    whole = encapsulated(colour(frames), [jpeg(1)] * (frames or 1), syntax)
    start = whole.rindex(b"\xe0\x7f\x10\x00OB") + 12
    return whole[:start] + value


def items(*values: bytes) -> bytes:
    """Return items without a delimiter; the first is the Basic Offset Table."""
    return b"".join(ITEM + struct.pack("<L", len(value)) + value for value in values)


@pytest.mark.parametrize("bot", [True, False])
@pytest.mark.parametrize("fragments", [1, 2, 3])
def test_case_33_frames_are_found_with_and_without_offset_table_in_any_fragments(
    fragments: int, bot: bool
) -> None:
    frames = [jpeg(number, 30 + 6 * number) for number in range(1, 5)]
    data = encapsulated(colour(4), frames, JPEG_BASELINE, fragments=fragments, bot=bot)
    parsed = read_instance(data)
    assert [fragment_bytes(data, parsed, number) for number in range(1, 5)] == frames
    assert parsed.table.damage == ""
    assert parsed.table.complete_frames == 4


def test_case_33_the_extended_offset_table_comes_before_a_search() -> None:
    ds = colour(2)
    ds.ExtendedOffsetTable = struct.pack("<QQ", 0, 38)
    ds.ExtendedOffsetTableLengths = struct.pack("<QQ", 30, 60)
    # Three fragments that all start like a JPEG: only the table knows that the last two are one.
    data = encapsulated(ds, [jpeg(1), jpeg(2), jpeg(3)], JPEG_BASELINE, bot=False)
    parsed = read_instance(data)
    assert fragment_bytes(data, parsed, 2) == jpeg(2) + jpeg(3)


def test_case_33_a_wrong_offset_table_is_told_and_frames_are_searched() -> None:
    value = items(struct.pack("<LL", 0, 17), jpeg(1), jpeg(2)) + END
    data = with_pixels(2, value)
    parsed = read_instance(data)
    assert fragment_bytes(data, parsed, 2) == jpeg(2)
    assert parsed.remarks.notes == (
        "The offset table of the pixel data is wrong; frames are found by a search.",
    )


def test_case_33_one_frame_may_have_any_number_of_fragments() -> None:
    stream = jpeg(1, 60)
    data = with_pixels(None, items(b"", stream[:20], stream[20:44], stream[44:]) + END)
    parsed = read_instance(data)
    assert parsed.frame_count == 1
    assert fragment_bytes(data, parsed, 1) == stream


def test_case_33_missing_frames_are_damage_that_is_told_not_an_error() -> None:
    data = with_pixels(4, items(b"", jpeg(1), jpeg(2)) + END, RLE)
    parsed = read_instance(data)
    assert parsed.frame_count == 4
    assert parsed.table.complete_frames == 2
    assert parsed.table.fragments(3) == ()
    assert parsed.remarks.incomplete == "2 frames are found; Number of Frames is 4."


@pytest.mark.parametrize(("syntax", "found"), [(JPEG_BASELINE, 2), (RLE, 3)])
def test_a_frame_count_that_is_no_number_is_found_by_the_fragments(syntax: str, found: int) -> None:
    parts = (jpeg(1), jpeg(2)[:10], jpeg(2)[10:])
    if syntax == RLE:
        parts = (b"\1\0\0\0" + bytes(60),) * 3
    data = with_pixels(2, items(b"", *parts) + END, syntax)
    parsed = read_instance(data.replace(b"IS\x02\x002 ", b"IS\x02\x002A"))
    assert parsed.frame_count == found


def test_case_33_surplus_frames_are_told() -> None:
    data = with_pixels(2, items(b"", jpeg(1), jpeg(2), jpeg(3)) + END)
    parsed = read_instance(data)
    assert parsed.frame_count == 2
    assert fragment_bytes(data, parsed, 2) == jpeg(2)
    assert parsed.remarks.incomplete == "3 frames are found; Number of Frames is 2."


@pytest.mark.parametrize("left", [0, 5, 12])
def test_F6_a_last_frame_cut_short_is_told_and_the_others_stay_whole(left: int) -> None:
    whole = items(b"", jpeg(1), jpeg(2))
    data = with_pixels(2, whole[: len(whole) - 30 + left])
    parsed = read_instance(data)
    assert fragment_bytes(data, parsed, 1) == jpeg(1)
    assert fragment_bytes(data, parsed, 2) == jpeg(2)[:left]
    assert parsed.table.complete_frames == 1
    assert parsed.remarks.incomplete is not None


@pytest.mark.parametrize("bot", [True, False])
def test_F6_a_run_cut_early_keeps_its_fragments_together(bot: bool) -> None:
    frames = [jpeg(number, 40) for number in range(1, 9)]
    data = encapsulated(colour(8), frames, JPEG_BASELINE, fragments=2, bot=bot)
    # Two whole frames, then half of the third: five fragments for eight frames.
    cut = data[: data.index(jpeg(3)[:20]) + 20]
    parsed = read_instance(cut)
    assert [fragment_bytes(cut, parsed, number) for number in (1, 2)] == frames[:2]
    assert fragment_bytes(cut, parsed, 3) == jpeg(3)[:20]
    assert parsed.table.fragments(4) == ()
    assert parsed.frame_count == 8
    assert parsed.table.complete_frames == 2


def test_a_fragment_that_claims_4_gib_is_clipped_to_the_file() -> None:
    data = with_pixels(1, items(b"") + ITEM + b"\xff\xff\xff\xff" + jpeg(1))
    parsed = read_instance(data)
    assert parsed.table.fragments(1) == ((len(data) - 30, 30),)


def test_compressed_pixels_without_a_fragment_are_refused_in_words() -> None:
    parsed = read_instance(with_pixels(1, END))
    assert parsed.not_displayed_because == "The compressed pixel data has no fragments."


def test_compressed_pixels_under_a_native_syntax_are_refused_in_words() -> None:
    data = with_pixels(1, items(b"", jpeg(1)) + END).replace(
        b"\x16\x001.2.840.10008.1.2.4.50", b"\x14\x001.2.840.10008.1.2.1\0"
    )
    parsed = read_instance(data)
    assert "does not say how" in parsed.not_displayed_because


def test_native_pixels_under_a_compressed_syntax_are_native_and_told() -> None:
    data = file_bytes(dataset(rows=4, columns=4)).replace(
        b"\x14\x001.2.840.10008.1.2.1\0", b"\x16\x001.2.840.10008.1.2.4.50"
    )
    parsed = read_instance(data)
    assert parsed.table.kind == "native"
    assert parsed.remarks.notes == (
        "The pixel data is not compressed, though the transfer syntax says so.",
    )


def test_case_35_single_bits_run_on_across_frames() -> None:
    # 3 x 3 bits a frame: the second frame starts in bit 1 of the second byte (PS3.5 8.1.1).
    ds = dataset(
        rows=3, columns=3, frames=3, BitsAllocated=1, BitsStored=1, HighBit=0, pixels=b"\1\2\3\4"
    )
    table = read_instance(file_bytes(ds)).table
    assert table.bits_per_frame == 9
    assert table.native_span(1) == (table.offset, 0, 2)
    assert table.native_span(2) == (table.offset + 1, 1, 2)
    assert table.native_span(3) == (table.offset + 2, 2, 2)


def test_a_native_422_frame_has_two_samples_a_pixel() -> None:
    ds = dataset(
        "US", rows=2, columns=4, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0, BitsAllocated=8, BitsStored=8, HighBit=7, pixels=bytes(16),
    )  # fmt: skip
    assert read_instance(file_bytes(ds)).table.bits_per_frame == 16 * 8


def test_a_frame_that_does_not_exist_is_refused() -> None:
    table = FrameTable("native", expected_frames=2, length=4, bits_per_frame=16)
    for number in (0, 3, -1):
        with pytest.raises(Invalid, match="1 to 2 exist"):
            table.native_span(number)


@given(
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50),
    st.integers(0, 2**40),
    st.booleans(),
    st.text(max_size=40),
)
def test_a_table_comes_back_from_its_bytes(
    lengths: list[int], first: int, chained: bool, damage: str
) -> None:
    gaps = np.array([8 if chained else 11] * len(lengths), np.uint64)
    starts = np.cumsum(np.array([first, *lengths[:-1]], np.uint64) + gaps)
    table = FrameTable(
        "encapsulated",
        expected_frames=len(lengths),
        complete_frames=1,
        damage=damage,
        fragment_starts=starts,
        fragment_lengths=np.array(lengths, np.uint64),
        first_fragment=np.arange(len(lengths) + 1, dtype=np.uint32),
    )
    again = FrameTable.from_bytes(table.to_bytes())
    assert again.damage == damage
    for number, (start, length) in enumerate(zip(starts.tolist(), lengths, strict=True), 1):
        assert again.fragments(number) == ((start, length),)


@pytest.mark.parametrize("stored", [b"", b"FT1", b"XXX" + bytes(80)])
def test_bytes_that_are_no_table_are_refused(stored: bytes) -> None:
    with pytest.raises(Invalid, match="FT1"):
        FrameTable.from_bytes(stored)


def test_a_thousand_frames_load_within_a_millisecond() -> None:
    data = encapsulated(colour(1000), [jpeg(1, 100)] * 1000, JPEG_BASELINE)
    stored = read_instance(data).table.to_bytes()
    assert len(stored) < 1000
    best = 1.0
    for _ in range(20):
        started = time.process_time()
        FrameTable.from_bytes(stored).fragments(777)
        best = min(best, time.process_time() - started)
    assert best < 0.001


def test_facts_of_a_run_share_what_is_equal_and_come_back() -> None:
    facts = tuple(
        FrameFacts(
            instance_uid="1.2",
            frame_number=number,
            image_type=("ORIGINAL", "PRIMARY"),
            position=(0.0, 1.5, float(number)) if number != 2 else None,
            patient_orientation=("L", "F"),
            dimension_indices=(1, number),
        )
        for number in range(1, 4)
    )
    stored = facts_to_json(facts)
    assert stored["same"]["instance_uid"] == "1.2"
    assert stored["each"]["frame_number"] == [1, 2, 3]
    assert "b_value" not in stored["same"]
    assert facts_from_json(stored) == facts
    assert facts_from_json(facts_to_json(())) == ()


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"count": 1, "same": {}, "each": {}},
        {
            "count": 2,
            "same": {"instance_uid": "1"},
            "each": {"frame_number": [1], "b_value": [1, 2]},
        },
        {"count": 1, "same": {"instance_uid": "1", "frame_number": 1, "nonsense": 1}, "each": {}},
    ],
)
def test_stored_facts_of_another_form_are_refused(stored: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="facts_to_json"):
        facts_from_json(stored)
