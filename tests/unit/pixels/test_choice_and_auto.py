"""What a query asks for, and the window that a frame gets by itself."""

import base64
import json
import zlib

import numpy as np
import pytest

from tests.unit.pixels.headers import FIXTURES, gray_header
from viewer.pixels.auto import auto_window, sampled
from viewer.pixels.choice import Auto, BadChoice, FromFile, Manual, Preset, parse_choice, resolve
from viewer.pixels.descriptor import header_from_json, lookup_table
from viewer.pixels.table import display
from viewer.pixels.types import Modality, Padding, Window
from viewer.pixels.voi import BadWindow

ANY = np.zeros((2, 2), np.uint16)
VECTORS = json.loads((FIXTURES / "auto.json").read_text())["cases"]


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_automatic_window_is_the_vector(case) -> None:
    header = header_from_json(case["header"])
    packed = zlib.decompress(base64.b64decode(case["patterns"]))
    stored = np.frombuffer(packed, "<i2" if header.signed else "<u2")
    window = auto_window(stored.reshape(header.rows, header.columns), header)
    found = {"center": window.center, "width": window.width, "function": window.function}
    assert found == case["window"]


@pytest.mark.parametrize(
    ("query", "choice", "invert"),
    [
        ({}, FromFile(), False),
        ({"window": "40,400"}, Manual(Window(40, 400)), False),
        (
            {"window": "-0.5,1e3,sigmoid", "invert": "1"},
            Manual(Window(-0.5, 1000, "SIGMOID")),
            True,
        ),
        ({"window": "0.1,0.2,LINEAR_EXACT"}, Manual(Window(0.1, 0.2, "LINEAR_EXACT")), False),
        ({"voi-lut": "2", "invert": "0"}, Preset(2), False),
        ({"auto": "1"}, Auto(), False),
        ({"auto": "0", "v": "x"}, FromFile(), False),
    ],
)
def test_a_query_says_what_to_show(query, choice, invert) -> None:
    assert parse_choice(query) == (choice, invert)


@pytest.mark.parametrize(
    "query",
    [{"window": "40"}, {"window": "40,400,CUBIC"}, {"window": "a,b"}, {"window": "nan,1"},
     {"window": "1,inf"}, {"window": "1e31,5"}, {"window": "1,2,3,4"}, {"window": ","},
     {"voi-lut": "-1"}, {"voi-lut": "1.5"}, {"voi-lut": "\u0662"}, {"voi-lut": "9" * 50},
     {"auto": "yes"}, {"invert": "2"}, {"window": "1,2", "auto": "1"},
     {"window": "1,2", "voi-lut": "0"}],
)  # fmt: skip
def test_a_query_of_another_form_is_refused(query) -> None:
    with pytest.raises(BadChoice):
        parse_choice(query)


@pytest.mark.parametrize("window", ["40,0", "40,0.5", "40,-1", "40,0,SIGMOID"])
def test_a_width_without_meaning_is_refused(window) -> None:
    with pytest.raises(BadWindow):
        parse_choice({"window": window})


def test_without_a_wish_the_first_preset_of_the_file_is_shown() -> None:
    lut = lookup_table(0, 8, [1, 2])
    header = gray_header(presets=(lut, Window(40, 400)))
    assert resolve(FromFile(), header, ANY) is lut
    assert resolve(Preset(1), header, ANY) == Window(40, 400)
    with pytest.raises(BadChoice, match="2 presets"):
        resolve(Preset(2), header, ANY)


def test_an_unusable_preset_is_passed_over_but_refused_when_asked_for() -> None:
    header = gray_header(presets=(Window(40, 0), Window(50, 500)))
    assert resolve(FromFile(), header, ANY) == Window(50, 500)
    with pytest.raises(BadWindow):
        resolve(Preset(0), header, ANY)


def test_without_presets_the_window_is_automatic() -> None:
    stored = np.arange(100, dtype=np.uint16).reshape(10, 10)
    assert resolve(FromFile(), gray_header(), stored) == auto_window(stored, gray_header())
    assert resolve(Auto(), gray_header(presets=(Window(1, 2),)), stored).name == "auto"


def test_auto_shows_its_lower_end_black_and_its_upper_end_white() -> None:
    stored = np.array([[100, 150, 200]], np.uint16)
    header = gray_header(modality=Modality(1.0, -1024.0))
    assert auto_window(stored, header) == Window(-873.5, 101.0, "LINEAR", "auto")
    assert display(stored, header, auto_window(stored, header)).tolist() == [[0, 128, 255]]


def test_auto_leaves_out_the_outermost_half_percent() -> None:
    stored = np.full((100, 100), 500, np.uint16)
    stored[:50] = 400
    stored[0, :40] = 0
    stored[-1, :40] = 60_000
    window = auto_window(stored, gray_header())
    assert (window.center, window.width) == (450.5, 101.0)


def test_case_9_auto_leaves_padding_out() -> None:
    stored = np.full((10, 10), -2000, np.int16)
    stored[3:5, 3:5] = [[0, 10], [20, 100]]
    header = gray_header(signed=True, padding=Padding(-2000, -2000))
    assert auto_window(stored, header) == Window(50.5, 101.0, "LINEAR", "auto")


def test_a_constant_frame_is_mid_gray() -> None:
    for header in (gray_header(), gray_header(modality=Modality(0.25, 3.0))):
        stored = np.full((4, 4), 77, np.uint16)
        assert (display(stored, header, auto_window(stored, header)) == 128).all()


def test_a_few_values_among_one_are_still_seen() -> None:
    stored = np.zeros((100, 100), np.uint16)
    stored[50, 50] = 1000
    assert auto_window(stored, gray_header()) == Window(500.5, 1001.0, "LINEAR", "auto")


def test_a_frame_of_padding_alone_still_gets_a_window() -> None:
    header = gray_header(padding=Padding(0, 0))
    assert not display(ANY, header, auto_window(ANY, header)).any()


def test_case_36_auto_on_floats_leaves_nan_and_infinity_out_and_may_be_narrow() -> None:
    stored = np.array([[0.0, 0.25, 0.5, np.nan, np.inf, -np.inf]], np.float32)
    header = gray_header(32, number="float", bits_allocated=32)
    assert auto_window(stored, header) == Window(0.25, 0.5, "LINEAR_EXACT", "auto")


def test_a_negative_slope_gives_a_positive_width() -> None:
    stored = np.array([[0, 100]], np.uint16)
    header = gray_header(modality=Modality(-2.0, 10.0))
    assert auto_window(stored, header) == Window(-89.5, 201.0, "LINEAR", "auto")


def test_big_frames_are_sampled_the_same_way_again() -> None:
    stored = np.random.default_rng(1).integers(0, 4096, (4096, 3328)).astype(np.uint16)
    sample = sampled(stored)
    assert 30_000 < sample.size <= 66_000
    assert auto_window(stored, gray_header(12)) == auto_window(sample, gray_header(12))
