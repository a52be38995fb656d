"""From a frame to a file: previews, deep tiles, thumbnails."""

import io

import numpy as np
import pytest
from PIL import Image

from telerad.errors import Kind
from tests.unit.pixels.headers import Decoded, color_header, gray_header
from viewer.pixels.choice import Auto, FromFile, Manual
from viewer.pixels.deep import decode_deep
from viewer.pixels.descriptor import lookup_table
from viewer.pixels.grid import Grid, NoSuchTile
from viewer.pixels.render import (
    NoDeepTile,
    TileRequest,
    frame_pixels,
    frame_png,
    level_tile_deep,
    level_tile_png,
    prepare_level,
    thumbnail_png,
    tile_deep,
    tile_pixels,
    tile_png,
    window_in_use,
)
from viewer.pixels.types import Modality, Padding, Palette, Spacing, Window

RNG = np.random.default_rng(41)
SOFT = Manual(Window(40, 400))


def read(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def by_hand(stored, center, width, slope=1.0, intercept=0.0):
    """LINEAR of C.11.2.1.2.1, value by value."""
    values = slope * stored.astype(float) + intercept
    ramp = np.floor(((values - (center - 0.5)) / (width - 1) + 0.5) * 255 + 0.5)
    return np.clip(ramp, 0, 255)


def test_case_40_a_preview_tile_is_exactly_the_window_it_was_asked_for() -> None:
    stored = RNG.integers(-1024, 3000, (60, 50)).astype(np.int16)
    header = gray_header(16, signed=True, modality=Modality(1.0, 10.0, None, "HU"))
    for center, width in ((40, 400), (-600, 1500), (300.5, 77.25)):
        request = TileRequest(choice=Manual(Window(center, width)))
        shown = read(tile_png(Decoded(stored), header, request))
        assert np.array_equal(shown, by_hand(stored, center, width, 1.0, 10.0))


def test_case_40_the_deep_tile_holds_what_was_stored_not_what_was_shown() -> None:
    stored = RNG.integers(-32_768, 32_768, (60, 50)).astype(np.int16)
    header = gray_header(16, signed=True, modality=Modality(0.1, 5.0), inverted=True)
    assert np.array_equal(decode_deep(tile_deep(Decoded(stored), header, TileRequest())), stored)


def test_invert_changes_the_picture_and_not_the_deep_tile() -> None:
    stored = RNG.integers(0, 4096, (20, 20)).astype(np.uint16)
    frame, header = Decoded(stored), gray_header(12)
    plain = read(tile_png(frame, header, TileRequest(choice=SOFT)))
    inverted = read(tile_png(frame, header, TileRequest(choice=SOFT, invert=True)))
    assert np.array_equal(plain, 255 - inverted)
    deep = tile_deep(frame, header, TileRequest(invert=True))
    assert deep == tile_deep(frame, header, TileRequest())


@pytest.fixture(scope="module")
def big() -> Decoded:
    return Decoded(RNG.integers(0, 4096, (1300, 1100)).astype(np.uint16))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_tiles_from_the_frame_and_from_a_kept_level_are_the_same_bytes(big, level) -> None:
    header = gray_header(12, padding=Padding(0, 100))
    kept = prepare_level(big, header, level)
    rows, columns = Grid.of(1300, 1100).tile_counts(level)
    for choice in (SOFT, Auto()):
        for row in range(rows):
            for column in range(columns):
                request = TileRequest(level, column, row, choice)
                assert level_tile_png(kept, header, request) == tile_png(big, header, request)
                assert level_tile_deep(kept, header, request) == tile_deep(big, header, request)


def test_tiles_put_together_are_the_frame(big) -> None:
    header = gray_header(12)
    whole = frame_pixels(big, header, SOFT)
    together = np.zeros_like(whole)
    for row in range(3):
        for column in range(3):
            tile = tile_pixels(big, header, TileRequest(0, column, row, SOFT))
            y, x = 512 * row, 512 * column
            together[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    assert np.array_equal(together, whole)
    assert np.array_equal(read(frame_png(big, header, SOFT)), whole)


def test_levels_are_reduced_before_the_window_so_a_bright_spot_is_not_clipped_first() -> None:
    stored = np.zeros((1026, 1026), np.uint16)
    stored[::2, ::2] = 4000  # the mean of each block is 1000
    header = gray_header(12)
    narrow = Manual(Window(500, 100))
    shown = tile_pixels(Decoded(stored), header, TileRequest(1, 0, 0, narrow))
    # 1000 is above the window: white. Windowed first, three blacks and a white would show gray 64.
    assert (shown == 255).all()


def test_an_automatic_window_is_the_frames_and_equal_on_all_its_tiles(big) -> None:
    header = gray_header(12)
    levels = [prepare_level(big, header, level) for level in range(3)]
    windows = {window_in_use(level, header, Auto()) for level in levels}
    assert len(windows) == 1
    assert window_in_use(levels[0], header, SOFT) == Window(40, 400)


def test_level_0_is_kept_without_a_copy_and_coarse_levels_without_the_frame(big) -> None:
    header = gray_header(12)
    assert np.shares_memory(prepare_level(big, header, 0).values, big.pixels)
    coarse = prepare_level(big, header, 2)
    assert not np.shares_memory(coarse.sample, big.pixels)
    assert coarse.nbytes < big.pixels.nbytes / 8
    assert prepare_level(big, header, 0).nbytes == big.pixels.nbytes


def test_coarse_levels_of_a_modality_lut_are_windowed_as_modality_values() -> None:
    lut = lookup_table(0, 16, [0, 1000, 3000])
    header = gray_header(8, modality=Modality(lut=lut), padding=Padding(9, 9))
    stored = np.tile(np.array([[0, 1], [2, 2]], np.uint8), (600, 600))
    request = TileRequest(1, 0, 0, Manual(Window(1750, 2, "LINEAR_EXACT")))
    assert (tile_pixels(Decoded(stored), header, request) == 128).all()
    container = tile_deep(Decoded(stored), header, request)
    assert container[7] == 2
    assert set(decode_deep(container).reshape(-1).tolist()) == {1750}


@pytest.mark.parametrize("place", [(1, 0, 0), (0, 1, 0), (0, 0, -1)])
def test_a_tile_off_the_grid_is_not_found(place) -> None:
    frame, header = Decoded(np.zeros((5, 5), np.uint16)), gray_header(12)
    for render in (tile_png, tile_deep):
        with pytest.raises(NoSuchTile) as caught:
            render(frame, header, TileRequest(*place))
        assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    "header",
    [color_header(), gray_header(32), gray_header(32, number="float"),
     color_header("PALETTE COLOR")],
)  # fmt: skip
def test_frames_that_do_not_fit_have_no_deep_tile(header) -> None:
    with pytest.raises(NoDeepTile, match="16 bits") as caught:
        tile_deep(Decoded(np.zeros((4, 4), np.uint16)), header, TileRequest())
    assert caught.value.kind is Kind.UNSUPPORTED


# Colour.


def test_colour_is_not_windowed_but_may_be_inverted() -> None:
    pixels = RNG.integers(0, 256, (30, 20, 3)).astype(np.uint8)
    frame, header = Decoded(pixels, "RGB"), color_header()
    assert np.array_equal(read(tile_png(frame, header, TileRequest(choice=SOFT))), pixels)
    inverted = read(tile_png(frame, header, TileRequest(invert=True)))
    assert np.array_equal(inverted, 255 - pixels)
    assert window_in_use(prepare_level(frame, header, 0), header, SOFT) is None


def test_coarse_levels_of_colour_are_means_of_each_sample() -> None:
    pixels = np.zeros((1026, 2, 3), np.uint8)
    pixels[:, 1] = (255, 100, 1)
    tile = tile_pixels(Decoded(pixels, "RGB"), color_header(), TileRequest(1))
    assert tile.reshape(-1, 3)[0].tolist() == [128, 50, 1]


def test_case_16_palette_is_applied_before_it_is_averaged() -> None:
    header = color_header(
        "PALETTE COLOR",
        palette=Palette(*(lookup_table(0, 8, data) for data in ([0, 200], [10, 20], [255, 255]))),
    )
    stored = np.tile(np.array([[0, 1]], np.uint8), (1026, 1))
    frame = Decoded(stored, "PALETTE COLOR")
    assert tile_pixels(frame, header, TileRequest(1))[0, 0].tolist() == [100, 15, 255]
    kept = prepare_level(frame, header, 1)
    assert level_tile_png(kept, header, TileRequest(1)) == tile_png(frame, header, TileRequest(1))


# Thumbnails.


@pytest.mark.parametrize(
    ("shape", "aspect", "size"),
    [
        ((512, 512), 1.0, (160, 160)),
        ((480, 640), 1.0, (160, 120)),
        ((4096, 3328), 1.0, (130, 160)),
        ((64, 40), 1.0, (40, 64)),  # not enlarged
        ((256, 512), 2.0, (160, 160)),  # pixels twice as high as wide
        ((512, 256), 0.5, (160, 160)),
        ((1, 1000), 1.0, (160, 1)),
    ],
)
def test_case_18_a_thumbnail_has_square_pixels_and_its_longer_side_is_160(
    shape, aspect, size
) -> None:
    header = gray_header(12, spacing=Spacing(aspect=aspect))
    stored = np.zeros(shape, np.uint16)
    assert Image.open(io.BytesIO(thumbnail_png(Decoded(stored), header, SOFT))).size == size


def test_a_thumbnail_shows_the_frame_in_its_window_and_polarity() -> None:
    stored = np.zeros((400, 400), np.uint16)
    stored[:, 200:] = 4000
    header = gray_header(12, inverted=True, presets=(Window(2000, 4000),))
    shown = read(thumbnail_png(Decoded(stored), header, FromFile()))
    assert shown[80, 10] == 255
    assert shown[80, 150] == 0


def test_a_colour_thumbnail_stays_in_colour() -> None:
    pixels = np.full((600, 400, 3), (200, 10, 90), np.uint8)
    shown = read(thumbnail_png(Decoded(pixels, "RGB"), color_header(), FromFile()))
    assert shown.shape == (160, 107, 3)
    assert shown[80, 50].tolist() == [200, 10, 90]


# Wide numbers.


def test_case_36_float_frames_have_preview_tiles_at_every_level() -> None:
    stored = np.full((1026, 1026), 0.25, np.float32)
    stored[:2, :2] = np.nan
    header = gray_header(32, number="float", bits_allocated=32)
    choice = Manual(Window(0.25, 0.5, "LINEAR_EXACT"))
    for level in (0, 1):
        tile = tile_pixels(Decoded(stored), header, TileRequest(level, 0, 0, choice))
        assert tile[0, 0] == 0
        assert tile[5, 5] == 128


def test_32_bit_frames_through_a_lut_have_coarse_tiles() -> None:
    lut = lookup_table(0, 16, [0, 100])
    header = gray_header(32, modality=Modality(lut=lut), inverted=True)
    stored = np.tile(np.array([[0, 1]], np.uint32), (1026, 2))
    request = TileRequest(1, 0, 0, Manual(Window(50, 200, "LINEAR_EXACT")))
    assert (tile_pixels(Decoded(stored), header, request) == 127).all()
