"""Frames through the reader: native, decoded, cached, and what happens when a decoder dies."""

import hashlib
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from telerad.errors import Invalid, Kind
from tests.unit.dicom.pixel_sources import frame_header, native_table
from tests.unit.viewer import fake_decoder
from viewer.decoder_pool import DecoderPool
from viewer.dicom.table import FrameTable
from viewer.frame_cache import FrameCache
from viewer.frames import FrameFailed, FrameReader, FrameSource
from viewer.store.local import LocalStore

RLE = "1.2.840.10008.1.2.5"
MEBIBYTE = 1024**2
SECONDS = 2
FRAME_BYTES = 512

pytestmark = pytest.mark.timeout(60)


class RemoteStore(LocalStore):
    """A store that has ranged reads and no files."""

    def open_map(self, sha256: str) -> None:  # type: ignore[override]
        return None

    def local_path(self, sha256: str) -> None:  # type: ignore[override]
        return None


def put(store: LocalStore, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    store.put(content, sha256)
    return sha256


def encoded_source(store: LocalStore, *frames: str) -> FrameSource:
    """An RLE instance whose frames are texts for the fake decoder, in one fragment each."""
    texts = [frame.encode().ljust(FRAME_BYTES) for frame in frames]
    starts = np.arange(len(texts), dtype=np.uint64) * FRAME_BYTES
    table = FrameTable(
        kind="encapsulated",
        expected_frames=len(texts),
        complete_frames=len(texts),
        fragment_starts=starts,
        fragment_lengths=np.full(len(texts), FRAME_BYTES, np.uint64),
        first_fragment=np.arange(len(texts) + 1, dtype=np.uint32),
    )
    return FrameSource(uuid4(), put(store, b"".join(texts)), RLE, table, (frame_header(),))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "blobs")


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    """One pool for the module: starting children takes longer than the tests."""
    pool = DecoderPool(
        processes=2, memory_bytes=2 * 1024**3, seconds=SECONDS, entry=fake_decoder.ENTRY
    )
    pool.warm()
    yield pool
    pool.close()


@pytest.fixture
def cache(tmp_path: Path) -> FrameCache:
    return FrameCache(tmp_path / "frames", 64 * MEBIBYTE)


@pytest.fixture
def reader(store: LocalStore, cache: FrameCache, pool: DecoderPool) -> FrameReader:
    return FrameReader(store, cache, pool)


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not within time"
        time.sleep(0.02)


def native_source(store: LocalStore) -> FrameSource:
    value = np.arange(12, dtype="<u2").tobytes()
    table = replace(native_table(value, frame_header(), 2), offset=4)
    return FrameSource(uuid4(), put(store, b"head" + value), "", table, (frame_header(),))


def test_a_native_frame_is_a_view_of_the_mapped_file(
    store: LocalStore, reader: FrameReader
) -> None:
    source = native_source(store)
    pixels = reader.read(source, 2).pixels
    assert pixels.tolist() == [[6, 7, 8], [9, 10, 11]]
    view = store.open_map(source.blob)
    assert np.shares_memory(pixels, np.frombuffer(view, np.uint8))


def test_a_native_frame_of_a_remote_store_is_one_ranged_read(
    tmp_path: Path, cache: FrameCache, pool: DecoderPool
) -> None:
    store = RemoteStore(tmp_path / "remote")
    frame = FrameReader(store, cache, pool).read(native_source(store), 1)
    assert frame.pixels.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_frame_number_that_is_none_is_invalid(
    store: LocalStore, reader: FrameReader, number: int
) -> None:
    with pytest.raises(Invalid, match=f"frame {number} was asked for; 1 to 2 exist"):
        reader.read(native_source(store), number)


def test_each_frame_has_the_header_that_the_index_says(store: LocalStore) -> None:
    headers = (frame_header(), frame_header(rows=3, columns=2))
    source = replace(
        native_source(store), headers=headers, header_index=np.array([1, 0], np.uint16)
    )
    assert (source.header(1).rows, source.header(2).rows) == (3, 2)


def test_an_encoded_frame_comes_from_a_child(store: LocalStore, reader: FrameReader) -> None:
    source = encoded_source(store, "good 4", "good 5")
    assert reader.read(source, 2).pixels.tolist() == [[5, 5, 5], [5, 5, 5]]
    assert reader.read(source, 1).pixels.tolist() == [[4, 4, 4], [4, 4, 4]]


def test_an_encoded_frame_of_a_remote_store_is_read_by_ranges(
    tmp_path: Path, cache: FrameCache, pool: DecoderPool
) -> None:
    store = RemoteStore(tmp_path / "remote")
    reader = FrameReader(store, cache, pool)
    source = encoded_source(store, "good 4", "good 5")
    assert reader.read(source, 1, [(source, 2)]).pixels[0, 0] == 4
    wait_until(lambda: len(frame_files(cache)) == 2)


def frame_files(cache: FrameCache) -> list[Path]:
    return [path for path in cache.folder.iterdir() if not path.name.startswith(".")]


def test_a_frame_is_decoded_once_for_all_threads_that_ask(
    store: LocalStore, reader: FrameReader, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    source = encoded_source(store, f"log {log}")
    start = threading.Barrier(8)

    def ask(_: int) -> int:
        start.wait()
        return int(reader.read(source, 1).pixels[0, 0])

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {7}
    assert log.read_text().count("decoded") == 1


def test_readers_of_several_processes_share_what_is_decoded(
    store: LocalStore, reader: FrameReader, cache: FrameCache, pool: DecoderPool, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    source = encoded_source(store, f"log {log}")
    reader.read(source, 1)
    other = FrameReader(store, FrameCache(cache.folder, 64 * MEBIBYTE), pool)
    assert other.read(source, 1).pixels[0, 0] == 7
    assert log.read_text().count("decoded") == 1


def test_frames_ahead_are_decoded_without_being_waited_for(
    store: LocalStore, reader: FrameReader, cache: FrameCache, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    source = encoded_source(store, "good 1", *[f"log {log}"] * 4)
    reader.read(source, 1, [(source, number) for number in range(2, 6)])
    wait_until(lambda: len(frame_files(cache)) == 5)
    assert reader.read(source, 4).pixels[0, 0] == 7
    assert log.read_text().count("decoded") == 4


def test_a_bad_frame_ahead_does_not_touch_the_frame_that_is_asked_for(
    store: LocalStore, reader: FrameReader, cache: FrameCache
) -> None:
    source = encoded_source(store, "good 1", "segfault", "good 3")
    assert reader.read(source, 1, [(source, 2), (source, 3)]).pixels[0, 0] == 1
    assert reader.read(source, 3).pixels[0, 0] == 3


def test_a_deflated_file_is_inflated_once_and_then_read_as_native(
    store: LocalStore, reader: FrameReader, cache: FrameCache
) -> None:
    pixels = np.arange(12, dtype="<u2").tobytes()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b"meta" + deflate.compress(b"elements" + pixels) + deflate.flush()
    native = native_table(pixels, frame_header(), 2)
    table = replace(native, kind="deflated", offset=8, deflate_offset=4)
    source = FrameSource(
        uuid4(), put(store, content), "1.2.840.10008.1.2.1.99", table, (frame_header(),)
    )
    real = DecoderPool(processes=1, memory_bytes=1024**3, seconds=10)
    try:
        deflated_reader = FrameReader(store, cache, real)
        assert deflated_reader.read(source, 1).pixels.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert deflated_reader.read(source, 2).pixels.tolist() == [[6, 7, 8], [9, 10, 11]]
    finally:
        real.close()
    assert len(frame_files(cache)) == 1


def test_a_refusal_carries_the_codec_s_words(store: LocalStore, reader: FrameReader) -> None:
    with pytest.raises(FrameFailed, match="refused: why") as failed:
        reader.read(encoded_source(store, "refuse why"), 1)
    assert failed.value.kind is Kind.UNSUPPORTED


def test_a_full_cache_is_swept_and_the_frame_tried_again(
    store: LocalStore, reader: FrameReader, cache: FrameCache, tmp_path: Path
) -> None:
    source = encoded_source(store, "good 1", f"full {tmp_path / 'marker'}")
    assert reader.read(source, 1).pixels[0, 0] == 1
    assert reader.read(source, 2).pixels[0, 0] == 9


def test_no_c_decoder_is_imported_where_requests_are_answered() -> None:
    script = "import sys, viewer.frames; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    decoders = {"imagecodecs", "openjpeg", "_openjpeg", "_CharLS", "rle", "PIL", "pydicom"}
    assert not decoders & set(run.stdout.split())


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("segfault", r"the decoder crashed on this frame \(exit code -11\)"),
        ("abort", r"the decoder crashed on this frame \(exit code -6\)"),
        ("hang", "decoding took longer than 2 s and was stopped"),
        ("allocate", "the frame needs more memory than a decoder may use"),
    ],
)
def test_F10_a_dying_decoder_fails_its_frame_alone(
    store: LocalStore, reader: FrameReader, act: str, reason: str
) -> None:
    before = resident_bytes()
    source = encoded_source(store, act, "good 2")
    start = time.monotonic()
    with pytest.raises(FrameFailed, match=reason):
        reader.read(source, 1)
    # A child that waits for its own signal handler would take pebble's three seconds more.
    assert time.monotonic() - start < SECONDS + 2.5
    assert reader.read(source, 2).pixels[0, 0] == 2
    assert resident_bytes() - before < 30 * MEBIBYTE


def test_F10_frames_in_one_job_with_a_crashing_one_come_all_the_same(
    store: LocalStore, reader: FrameReader
) -> None:
    source = encoded_source(store, "good 1", "segfault", "good 3", "good 4", "abort", "good 6")

    def ask(number: int) -> int | str:
        try:
            ahead = [(source, other) for other in range(number, 7)]
            return int(reader.read(source, number, ahead).pixels[0, 0])
        except FrameFailed as error:
            return str(error)

    with ThreadPoolExecutor(6) as threads:
        got = list(threads.map(ask, range(1, 7)))
    assert [got[k] for k in (0, 2, 3, 5)] == [1, 3, 4, 6]
    assert all("crashed" in str(got[k]) for k in (1, 4))


def test_F10_a_frame_that_crashed_is_not_tried_again_at_once(
    store: LocalStore, reader: FrameReader, pool: DecoderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = encoded_source(store, "segfault")
    with pytest.raises(FrameFailed):
        reader.read(source, 1)
    monkeypatch.setattr(pool, "submit", None)  # whoever asks a decoder now fails otherwise
    with pytest.raises(FrameFailed, match="crashed"):
        reader.read(source, 1)


def test_F10_a_child_that_dies_idle_is_replaced(store: LocalStore, cache: FrameCache) -> None:
    pool = DecoderPool(processes=1, memory_bytes=1024**3, seconds=SECONDS, entry=fake_decoder.ENTRY)
    try:
        pool.warm()
        others = {child.pid for child in multiprocessing.active_children()}
        reader = FrameReader(store, cache, pool)
        assert reader.read(encoded_source(store, "good 1"), 1).pixels[0, 0] == 1
        for child in multiprocessing.active_children():
            if child.pid in others and child.pid is not None and child.name.startswith("pebble"):
                os.kill(child.pid, signal.SIGKILL)
        time.sleep(0.5)
        assert reader.read(encoded_source(store, "good 2"), 1).pixels[0, 0] == 2
    finally:
        pool.close()


def test_a_closed_reader_says_that_no_decoder_runs(store: LocalStore, cache: FrameCache) -> None:
    pool = DecoderPool(processes=1, memory_bytes=1024**3, seconds=SECONDS)
    reader = FrameReader(store, cache, pool)
    reader.close()
    with pytest.raises(Exception, match="no decoder is running") as failed:
        reader.read(encoded_source(store, "good 1"), 1)
    assert getattr(failed.value, "kind", None) is Kind.UNAVAILABLE


SCRIPT = """
import multiprocessing, sys, time
from viewer.decoder_pool import DecoderPool
if __name__ == "__main__":
    pool = DecoderPool(processes=2, memory_bytes=1024**3, seconds=5)
    pool.warm()
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    if sys.argv[1] == "stay":
        time.sleep(60)
"""


def start_process(tmp_path: Path, act: str) -> tuple[subprocess.Popen[str], list[int]]:
    script = tmp_path / "process.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, script, act],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    with process.stdout as output:
        children = [int(word) for word in output.readline().split()]
    assert len(children) == 2
    return process, children


def is_gone(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_a_process_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    process, children = start_process(tmp_path, "end")
    assert process.wait(timeout=15) == 0
    wait_until(lambda: all(map(is_gone, children)))


def test_no_child_outlives_a_killed_process(tmp_path: Path) -> None:
    process, children = start_process(tmp_path, "stay")
    process.kill()
    process.wait(timeout=5)
    wait_until(lambda: all(map(is_gone, children)))
