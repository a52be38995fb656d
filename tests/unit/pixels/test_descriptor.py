"""The header's JSON form loses nothing and says what is wrong with a bad one."""

import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from viewer.pixels.descriptor import BadHeader, header_from_json, header_to_json, lookup_table
from viewer.pixels.types import (
    FrameHeader,
    Modality,
    Overlay,
    Padding,
    Palette,
    Spacing,
    UltrasoundRegion,
    Window,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
small = st.integers(-70_000, 70_000)
text = st.text(max_size=12)
luts = st.builds(
    lookup_table,
    first_mapped=small,
    bits=st.integers(8, 16),
    data=st.lists(st.integers(0, 65_535), min_size=1, max_size=20),
    name=text,
)
functions = st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"])
windows = st.builds(Window, finite, finite, functions, text)
modalities = st.builds(Modality, finite, finite, st.none() | luts, text, text)
overlays = st.builds(
    Overlay,
    st.sampled_from(range(0x6000, 0x6020, 2)),
    *[small] * 6,
    st.none() | st.integers(0, 15),
    small,
    small,
    st.booleans(),
    text,
    text,
)
regions = st.builds(
    UltrasoundRegion,
    *[small] * 4,
    text,
    text,
    finite,
    finite,
    text,
    st.none() | small,
    st.none() | small,
)
spacings = st.builds(
    Spacing,
    st.none() | finite,
    st.none() | finite,
    st.sampled_from(["pixel-spacing", "at-detector", "none"]),
    finite,
    st.lists(regions, max_size=2).map(tuple),
    text,
)
headers = st.builds(
    FrameHeader,
    rows=small,
    columns=small,
    samples=st.sampled_from([1, 3]),
    photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR"]),
    bits_allocated=st.sampled_from([1, 8, 16, 32]),
    bits_stored=st.integers(1, 32),
    high_bit=st.integers(0, 31),
    signed=st.booleans(),
    number=st.sampled_from(["integer", "float", "double"]),
    planar_configuration=st.integers(0, 1),
    modality=modalities,
    presets=st.lists(windows | luts, max_size=3).map(tuple),
    inverted=st.booleans(),
    padding=st.none() | st.builds(Padding, finite, finite),
    palette=st.none() | st.builds(Palette, luts, luts, luts),
    overlays=st.lists(overlays, max_size=2).map(tuple),
    spacing=spacings,
)


def plain_header() -> FrameHeader:
    return FrameHeader(512, 512, 1, "MONOCHROME2", 16, 12, 11, signed=False)


@settings(max_examples=150, deadline=None)
@given(headers)
def test_header_survives_its_json_text_and_back(header: FrameHeader) -> None:
    assert header_from_json(json.loads(json.dumps(header_to_json(header)))) == header


def test_lut_values_survive_not_only_their_digest() -> None:
    lut = lookup_table(-1024, 12, [0, 1, 4095, 65_535], "curve")
    header = FrameHeader(1, 1, 1, "MONOCHROME2", 16, 12, 11, signed=True, presets=(lut,))
    (back,) = header_from_json(header_to_json(header)).presets
    assert back.data.tolist() == [0, 1, 4095, 65_535]
    assert header_to_json(header)["presets"][0] == {
        "kind": "lut",
        "first": -1024,
        "bits": 12,
        "name": "curve",
        "data": "AAABAP8P//8=",
    }


def test_two_luts_with_other_data_are_not_equal() -> None:
    assert lookup_table(0, 8, [1, 2]) != lookup_table(0, 8, [1, 3])
    assert hash(lookup_table(0, 8, [1, 2])) == hash(lookup_table(0, 8, [1, 2]))


def test_color_and_deep_are_written_for_the_browser() -> None:
    body = header_to_json(plain_header())
    assert (body["color"], body["deep"]) == (False, True)
    palette_body = header_to_json(FrameHeader(1, 1, 1, "PALETTE COLOR", 8, 8, 7, signed=False))
    assert (palette_body["color"], palette_body["deep"]) == (True, False)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_keep_is_refused(value: float) -> None:
    header = FrameHeader(
        1, 1, 1, "MONOCHROME2", 16, 12, 11, signed=False, modality=Modality(slope=value)
    )
    with pytest.raises(BadHeader, match=r"\(0028,1053\)"):
        header_to_json(header)


def test_a_missing_member_is_named() -> None:
    body = header_to_json(plain_header())
    del body["highBit"]
    with pytest.raises(BadHeader, match="highBit"):
        header_from_json(body)


@pytest.mark.parametrize("data", [[], np.zeros(65_537)])
def test_lut_of_no_entries_or_over_65536_is_refused(data: object) -> None:
    with pytest.raises(BadHeader, match="1 to 65536"):
        lookup_table(0, 16, data)


@pytest.mark.parametrize("bits", [0, -1, 17])
def test_lut_of_no_bits_or_over_16_is_refused(bits: int) -> None:
    with pytest.raises(BadHeader, match=r"\(0028,3002\)"):
        lookup_table(0, bits, [0, 1])
