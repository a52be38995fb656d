"""The table: the shared vectors, its steps, and that every way of applying it gives the same."""

import hashlib
import importlib.util
import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tests.unit.pixels.headers import FIXTURES, every_value, gray_header
from viewer.pixels import table as table_module
from viewer.pixels.descriptor import header_from_json, lookup_table
from viewer.pixels.table import (
    HAS_FAST_LOOK_UP,
    apply_table,
    display,
    display_direct,
    display_table,
    modality_table,
    short_table,
)
from viewer.pixels.types import Modality, Padding, Window
from viewer.pixels.voi import BadWindow

VECTORS = json.loads((FIXTURES / "tables.json").read_text())["cases"]
names = [case["name"] for case in VECTORS]


def vector_table(case):
    header = header_from_json(case["header"])
    voi = header.presets[case["lut"]] if case["window"] is None else Window(**case["window"])
    return header, voi, display_table(header, voi, invert=case["invert"])


@pytest.mark.parametrize("case", VECTORS, ids=names)
def test_table_is_the_vector(case) -> None:
    _, _, table = vector_table(case)
    assert [[index, int(table[index])] for index, _ in case["samples"]] == case["samples"]
    assert hashlib.sha256(table.tobytes()).hexdigest() == case["sha256"]


@pytest.mark.parametrize("case", VECTORS, ids=names)
def test_without_a_table_every_value_shows_the_same(case) -> None:
    header, voi, table = vector_table(case)
    stored = every_value(signed=header.signed)
    direct = display_direct(stored, header, voi, invert=case["invert"])
    assert np.array_equal(direct.reshape(-1), table)


def test_vectors_are_what_the_generator_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_vectors", FIXTURES / "make_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    made = generator.table_cases()
    assert [case["header"] for case in made] == [case["header"] for case in VECTORS]
    for case, vector in zip(made, VECTORS, strict=True):
        for index, value in vector["samples"]:
            assert generator.display_value(index, case) == value


def test_width_one_has_two_values_only() -> None:
    table = display_table(gray_header(12), Window(2048, 1))
    assert table[2047] == 0
    assert table[2048] == 255
    assert set(table.tolist()) == {0, 255}


def test_case_8_monochrome1_shows_the_smallest_value_white() -> None:
    table = display_table(gray_header(12, inverted=True), Window(2048, 4096))
    assert table[[0, 4095]].tolist() == [255, 0]


def test_case_8_the_user_inverts_on_top() -> None:
    header = gray_header(12, inverted=True)
    plain = display_table(gray_header(12), Window(2048, 4096))
    assert np.array_equal(display_table(header, Window(2048, 4096), invert=True), plain)


def test_case_8_polarity_does_not_depend_on_the_values_of_the_frame() -> None:
    # pydicom's arr.max() - arr shows stored 0 as 200 in one slice and 255 in the next.
    header, window = gray_header(8, inverted=True), Window(128, 256)
    dim = np.array([[0, 200]], np.uint8)
    bright = np.array([[0, 255]], np.uint8)
    assert display(dim, header, window)[0, 0] == display(bright, header, window)[0, 0] == 255


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("invert", [False, True])
def test_case_9_padding_is_black_under_every_polarity(inverted, invert) -> None:
    header = gray_header(16, signed=True, inverted=inverted, padding=Padding(-2000, -1990))
    table = display_table(header, Window(-2000, 100), invert=invert)
    assert table[np.arange(-2000, -1989) & 0xFFFF].tolist() == [0] * 11
    assert table[-2001 & 0xFFFF] != 0
    assert table[-1989 & 0xFFFF] != 0


def test_case_9_padding_is_found_before_the_modality_lut() -> None:
    lut = lookup_table(0, 8, [50, 50, 50])
    header = gray_header(8, modality=Modality(lut=lut), padding=Padding(1, 1))
    assert display_table(header, Window(50, 2, "LINEAR_EXACT"))[:3].tolist() == [128, 0, 128]


def test_case_10_values_that_bits_stored_cannot_hold_still_have_an_entry() -> None:
    table = display_table(gray_header(12, signed=True), Window(0, 4096))
    assert table[[0x8000, 0x7FFF]].tolist() == [0, 255]


def test_case_6_a_modality_that_is_not_for_display_leaves_stored_values() -> None:
    # XA with LOG: dicom/header gives the identity and says why (C.8.7.1.1.2).
    header = gray_header(12, modality=Modality(note="(0028,1040) is LOG"))
    assert display_table(header, Window(2048, 1))[[2047, 2048]].tolist() == [0, 255]


def test_slope_of_zero_gives_one_gray() -> None:
    header = gray_header(12, modality=Modality(slope=0.0, intercept=50.0))
    assert set(display_table(header, Window(50, 100)).tolist()) == {129}


def test_a_bad_window_is_refused_and_not_remembered() -> None:
    for _ in range(2):
        with pytest.raises(BadWindow, match=r"\(0028,1051\)"):
            display_table(gray_header(12), Window(0, 0.5))


def test_a_table_cannot_be_written_to_because_it_is_shared() -> None:
    table = display_table(gray_header(12), Window(40, 400))
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1


def test_coarse_levels_of_a_lut_frame_go_round_lut_and_padding() -> None:
    lut = lookup_table(0, 16, [9, 9, 9])
    header = gray_header(8, signed=True, modality=Modality(lut=lut), padding=Padding(0, 100))
    table = modality_table(header, Window(32_768, 65_536))
    assert table[[0, 50, 65_535]].tolist() == [0, 0, 255]
    assert table[32_768] == 128


finite = st.floats(-1e6, 1e6)


@settings(max_examples=60, deadline=None)
@given(
    slope=st.floats(-100, 100),
    intercept=finite,
    center=finite,
    width=st.floats(1, 1e6),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    signed=st.booleans(),
)
def test_table_and_direct_way_agree_for_any_window(
    slope, intercept, center, width, function, signed
) -> None:
    header = gray_header(16, signed=signed, modality=Modality(slope, intercept))
    window = Window(center, width, function)
    table = display_table(header, window)
    direct = display_direct(every_value(signed=signed), header, window)
    assert np.array_equal(direct.reshape(-1), table)


# Applying it.


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
@pytest.mark.parametrize("order", ["contiguous", "cut out", "transposed"])
def test_look_up_is_by_pattern_for_every_type_and_layout(dtype, order) -> None:
    stored = np.random.default_rng(7).integers(-40_000, 40_000, (40, 60)).astype(dtype)
    stored = {"contiguous": stored, "cut out": stored[3:33, 5:50], "transposed": stored.T}[order]
    table = np.random.default_rng(8).integers(0, 256, 65_536).astype(np.uint8)
    expected = [[table[int(value) & 0xFFFF] for value in row] for row in stored]
    assert apply_table(stored, table).tolist() == expected


@pytest.mark.skipif(not HAS_FAST_LOOK_UP, reason="OpenCV 5 is not installed")
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
def test_fast_and_plain_look_up_agree(dtype, monkeypatch) -> None:
    stored = every_value(signed=False).astype(dtype)
    table = np.random.default_rng(9).integers(0, 256, 65_536).astype(np.uint8)
    fast = apply_table(stored, table)
    monkeypatch.setattr(table_module, "HAS_FAST_LOOK_UP", False)
    assert np.array_equal(apply_table(stored, table), fast)


@pytest.mark.parametrize("is_fast", [HAS_FAST_LOOK_UP, False])
def test_the_result_is_written_where_it_is_wanted(is_fast, monkeypatch) -> None:
    monkeypatch.setattr(table_module, "HAS_FAST_LOOK_UP", is_fast)
    stored = np.array([[1, 2, 3]], np.uint16)
    out = np.zeros((1, 3), np.uint8)
    shown = apply_table(stored, np.arange(65_536).astype(np.uint8), out)
    assert out.tolist() == shown.tolist() == [[1, 2, 3]]


def test_case_31_big_endian_values_are_looked_up_as_numbers() -> None:
    stored = np.array([[1, 256]], ">u2")
    table = (np.arange(65_536) >> 8).astype(np.uint8)
    assert apply_table(stored, table).tolist() == [[0, 1]]


@pytest.mark.parametrize("dtype", ["f4", "i4", "u4"])
def test_no_table_fits_wider_types(dtype) -> None:
    with pytest.raises(TypeError, match="8- and 16-bit"):
        apply_table(np.zeros((1, 1), dtype), np.zeros(65_536, np.uint8))


def test_short_table_of_signed_bytes_ends_with_the_negative_ones() -> None:
    table = (np.arange(65_536) % 251).astype(np.uint8)
    assert short_table(table, signed=True)[255] == table[65_535]
    assert short_table(table, signed=False)[255] == table[255]


def test_case_36_float_pixels_are_windowed_without_a_table() -> None:
    header = gray_header(32, number="float", padding=Padding(-1, -1), bits_allocated=32)
    stored = np.array([[-1, 0, 0.25, 0.5, np.nan]], np.float32)
    window = Window(0.25, 0.5, "LINEAR_EXACT")
    assert display(stored, header, window).tolist() == [[0, 0, 128, 255, 0]]
    assert display(stored, header, window, invert=True).tolist() == [[0, 255, 127, 0, 0]]


def test_32_bit_integers_follow_the_same_steps() -> None:
    header = gray_header(32, inverted=True, modality=Modality(0.001, 0.0))
    stored = np.array([[0, 1_000_000, 4_000_000_000]], np.uint32)
    assert display(stored, header, Window(1000, 2000, "LINEAR_EXACT")).tolist() == [[255, 127, 0]]
