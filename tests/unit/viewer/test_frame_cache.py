"""The folder of decoded frames: whole or not there, private, bounded."""

import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest

from telerad.errors import Invalid
from viewer import frame_cache
from viewer.dicom.decoded import DecodedFrame
from viewer.frame_cache import CacheFull, FrameCache, default_folder, write_frame

KIBIBYTE = 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return frame_cache.private_folder(tmp_path / "frames")


def cache_of(folder: Path, limit_bytes: int) -> FrameCache:
    return FrameCache(folder, limit_bytes)


def put(folder: Path, key: str, size_bytes: int, *, used_seconds_ago: float = 0) -> None:
    write_frame(folder, key, DecodedFrame(np.zeros((1, size_bytes), np.uint8), "MONOCHROME2"))
    at = time.time() - used_seconds_ago
    os.utime(folder / key, (at, at))


def keys(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3), (7,)])
def test_a_frame_comes_back_as_it_was(folder: Path, dtype: str, shape: tuple[int, ...]) -> None:
    pixels = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    write_frame(folder, "key", DecodedFrame(pixels, "RGB", "incomplete: ½"))
    frame = cache_of(folder, KIBIBYTE**2).load("key")
    assert frame is not None
    assert (frame.pixels.dtype, frame.pixels.shape) == (np.dtype(dtype), shape)
    assert np.array_equal(frame.pixels, pixels)
    assert (frame.photometric, frame.note) == ("RGB", "incomplete: ½")


def test_pixels_are_read_only(folder: Path) -> None:
    put(folder, "key", 10)
    frame = cache_of(folder, KIBIBYTE**2).load("key")
    assert frame is not None
    assert not frame.pixels.flags.writeable


def test_a_frame_in_use_outlives_its_file(folder: Path) -> None:
    cache = cache_of(folder, KIBIBYTE**2)
    put(folder, "key", 10_000)
    frame = cache.load("key")
    assert frame is not None
    cache.sweep(0)
    assert cache.load("key") is None
    assert not frame.pixels.any()


def test_what_is_not_there_or_not_ours_is_no_frame(folder: Path) -> None:
    cache = cache_of(folder, KIBIBYTE**2)
    (folder / "empty").touch()
    (folder / "other").write_bytes(bytes(600))
    assert [cache.load(key) for key in ("missing", "empty", "other")] == [None, None, None]


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    put(folder, "key", 10)
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(Invalid, match=r"TELERAD_FRAME_CACHE_DIR .* must be a folder of mode 0700"):
        cache_of(tmp_path / "open", KIBIBYTE)


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(Invalid, match="mode 0700"):
        cache_of(tmp_path / "link", KIBIBYTE)


def test_the_default_folder_carries_the_user_s_number() -> None:
    assert default_folder().name == f"telerad-{os.geteuid()}-frames"


def test_what_was_used_longest_ago_goes_first(folder: Path) -> None:
    cache = cache_of(folder, 100 * KIBIBYTE)
    for age in (4, 3, 2, 1):
        put(folder, f"age{age}", 10 * KIBIBYTE, used_seconds_ago=age)
    cache.sweep(25 * KIBIBYTE)
    assert keys(folder) == {"age1", "age2"}


def test_loading_counts_as_use(folder: Path) -> None:
    cache = cache_of(folder, 100 * KIBIBYTE)
    put(folder, "old", 10 * KIBIBYTE, used_seconds_ago=20)
    put(folder, "new", 10 * KIBIBYTE, used_seconds_ago=10)
    cache.load("old")
    cache.sweep(15 * KIBIBYTE)
    assert keys(folder) == {"old"}


def test_the_folder_stays_within_its_limit_under_two_processes(folder: Path) -> None:
    limit = 200 * KIBIBYTE
    caches = [cache_of(folder, limit), cache_of(folder, limit)]
    for index in range(100):
        size = 9 * KIBIBYTE
        put(folder, f"frame{index}", size)
        caches[index % 2].added(size + 512)
        assert sum(path.stat().st_size for path in folder.iterdir()) <= limit
    assert "frame99" in keys(folder)


def test_what_an_earlier_process_left_counts(folder: Path) -> None:
    for index in range(20):
        put(folder, f"left{index}", 20 * KIBIBYTE, used_seconds_ago=100)
    cache = cache_of(folder, 100 * KIBIBYTE)
    put(folder, "new", KIBIBYTE)
    cache.added(KIBIBYTE)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 75 * KIBIBYTE
    assert "new" in keys(folder)


def test_abandoned_parts_are_removed_and_fresh_ones_are_not(folder: Path) -> None:
    old, fresh = folder / "a.1-1.part", folder / "b.1-1.part"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (0, 0))
    cache_of(folder, KIBIBYTE**2).sweep(0)
    assert keys(folder) == {fresh.name}


def test_no_room_is_told_apart_and_leaves_no_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "writev", full)
    with pytest.raises(CacheFull):
        put(folder, "key", 10)
    assert keys(folder) == set()


def test_writing_goes_on_after_a_short_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.writev

    def few(descriptor: int, parts: list[memoryview]) -> int:
        return whole(descriptor, [parts[0][:100]])

    monkeypatch.setattr(os, "writev", few)
    pixels = np.arange(500, dtype=np.uint16).reshape(20, 25)
    write_frame(folder, "key", DecodedFrame(pixels, "MONOCHROME2"))
    frame = cache_of(folder, KIBIBYTE**2).load("key")
    assert frame is not None
    assert np.array_equal(frame.pixels, pixels)


def test_a_cache_that_is_emptied_leaves_no_frame_behind(tmp_path: Path) -> None:
    cache = FrameCache(tmp_path / "frames", 1 << 20)
    write_frame(cache.folder, "a", DecodedFrame(np.zeros((4, 4), np.uint8), "MONOCHROME2", ""))
    assert cache.has("a")
    cache.sweep(0)
    assert [path.name for path in cache.folder.iterdir() if not path.name.startswith(".")] == []
