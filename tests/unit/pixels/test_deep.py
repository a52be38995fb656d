"""The deep tile loses nothing: docs/deep-tile.md and its vectors."""

import base64
import hashlib
import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tests.unit.pixels.headers import FIXTURES, every_value
from viewer.pixels.deep import BadDeepTile, decode_deep, encode_deep

BODY = json.loads((FIXTURES / "deep.json").read_text())
CASES, REFUSED = BODY["cases"], BODY["refused"]


def patterns_sha256(values) -> str:
    return hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_container_decodes_to_the_vector(case) -> None:
    values = decode_deep(base64.b64decode(case["container"]))
    assert values.shape == (case["height"], case["width"])
    assert values.dtype == (np.int16 if case["signed"] else np.uint16)
    assert patterns_sha256(values) == case["sha256"]
    if "values" in case:
        assert values.reshape(-1).tolist() == case["values"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_encoder_writes_the_same_residuals_as_the_scalar_one(case) -> None:
    container = base64.b64decode(case["container"])
    values = decode_deep(container)
    written = encode_deep(
        values,
        bits_stored=case["bitsStored"],
        signed=case["signed"],
        modality_values=case["modalityValues"],
    )
    if case["predictor"] == 3:
        assert written[:16] == container[:16]
        assert zlib.decompress(written[16:]) == zlib.decompress(container[16:])
    assert np.array_equal(decode_deep(written), values)


@pytest.mark.parametrize("case", REFUSED, ids=[case["name"] for case in REFUSED])
def test_what_is_not_a_deep_tile_is_refused(case) -> None:
    with pytest.raises(BadDeepTile):
        decode_deep(base64.b64decode(case["container"]))


def test_header_is_sixteen_bytes_in_the_documented_order() -> None:
    container = encode_deep(np.zeros((3, 5), np.int16), bits_stored=12, signed=True)
    assert struct.unpack("<4sBBBBHHI", container[:16]) == (b"TDT1", 1, 3, 12, 1, 5, 3, 30)


def test_flag_bit_1_says_modality_values() -> None:
    container = encode_deep(
        np.zeros((1, 1), np.uint16), bits_stored=16, signed=False, modality_values=True
    )
    assert container[7] == 2


def test_zigzag_gives_small_residuals_small_codes() -> None:
    # 0, then by the left neighbour: -1, +1, -2, +2 become 1, 2, 3, 4; all high bytes are 0.
    values = np.array([[0, -1, 0, -2, 0]], np.int16)
    container = encode_deep(values, bits_stored=16, signed=True)
    assert list(zlib.decompress(container[16:])) == [0, 1, 2, 3, 4, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("signed", [False, True])
def test_every_value_survives(signed) -> None:
    values = every_value(signed=signed)
    order = np.random.default_rng(3).permutation(values.size)
    shuffled = values.reshape(-1)[order].reshape(256, 256)
    for picture in (values, values[::-1], shuffled):
        container = encode_deep(picture, bits_stored=16, signed=signed)
        assert np.array_equal(decode_deep(container), picture)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), rows=st.integers(1, 9), columns=st.integers(1, 9), signed=st.booleans())
def test_any_small_picture_survives(data, rows, columns, signed) -> None:
    low, high = (-32_768, 32_767) if signed else (0, 65_535)
    edges = st.sampled_from([low, high, low + 1, high - 1, 0])
    numbers = st.lists(
        st.integers(low, high) | edges, min_size=rows * columns, max_size=rows * columns
    )
    dtype = np.int16 if signed else np.uint16
    values = np.array(data.draw(numbers), dtype).reshape(rows, columns)
    assert np.array_equal(decode_deep(encode_deep(values, bits_stored=16, signed=signed)), values)


def test_a_picture_larger_than_one_pass_survives() -> None:
    values = np.random.default_rng(5).integers(0, 65_536, (301, 523)).astype(np.uint16)
    assert np.array_equal(decode_deep(encode_deep(values, bits_stored=16, signed=False)), values)


def test_a_cut_out_part_of_a_frame_survives_and_is_not_changed() -> None:
    frame = np.random.default_rng(6).integers(-2000, 3000, (90, 90)).astype(np.int16)
    before = frame.copy()
    container = encode_deep(frame[10:70, 5:47], bits_stored=16, signed=True)
    assert np.array_equal(decode_deep(container), frame[10:70, 5:47])
    assert np.array_equal(frame, before)


@pytest.mark.parametrize(("dtype", "signed"), [("u1", False), ("i1", True), (">i2", True)])
def test_other_integers_of_at_most_16_bits_are_taken(dtype, signed) -> None:
    values = np.array([[0, 127, 5], [1, 2, 100]], dtype)
    assert decode_deep(encode_deep(values, bits_stored=8, signed=signed)).tolist() == [
        [0, 127, 5],
        [1, 2, 100],
    ]


@pytest.mark.parametrize(
    ("values", "signed"),
    [
        (np.zeros((0, 4), np.int16), True),
        (np.zeros(4, np.int16), True),
        (np.zeros((1, 65_536), np.int16), True),
        (np.zeros((2, 2), np.int16), False),
        (np.zeros((2, 2), np.uint16), True),
        (np.zeros((2, 2), np.int32), True),
        (np.zeros((2, 2), np.float32), False),
    ],
)
def test_what_the_container_cannot_say_is_refused(values, signed) -> None:
    with pytest.raises(BadDeepTile):
        encode_deep(values, bits_stored=16, signed=signed)


def test_one_thread_does_not_write_into_anothers_tile() -> None:
    pictures = [
        np.random.default_rng(seed).integers(0, 4096, (200, 200)).astype(np.uint16)
        for seed in range(8)
    ]
    with ThreadPoolExecutor(4) as threads:
        containers = list(
            threads.map(lambda p: encode_deep(p, bits_stored=12, signed=False), pictures * 4)
        )
    for container, picture in zip(containers, pictures * 4, strict=True):
        assert patterns_sha256(decode_deep(container)) == patterns_sha256(picture)
