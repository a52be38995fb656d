"""From a file as it arrives to its pixels: header, frame table, store, reader, decoder children."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from telerad.errors import TeleradError
from viewer.decoder_pool import DecoderPool
from viewer.dicom.header import read_instance
from viewer.frame_cache import FrameCache
from viewer.frames import FrameReader, FrameSource
from viewer.store.local import LocalStore

pytestmark = pytest.mark.data

# (7FE0,0010) is there, and yet no picture: what is said instead.
NOT_DISPLAYED: dict[str, str] = {}


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(processes=2, memory_bytes=3 * 1024**3, seconds=20)
    yield pool
    pool.close()


def source_of(store: LocalStore, content: bytes) -> FrameSource | str:
    """Return the file's source, or why it is not displayed."""
    try:
        parsed = read_instance(content)
    except TeleradError as error:
        return str(error)
    if parsed.not_displayed_because:
        return parsed.not_displayed_because
    sha256 = hashlib.sha256(content).hexdigest()
    store.put(content, sha256)
    index = np.array(parsed.header_index, np.uint16) if len(parsed.headers) > 1 else None
    return FrameSource(
        uuid4(), sha256, parsed.transfer_syntax_uid, parsed.table, parsed.headers, index
    )


@pytest.mark.timeout(300)
def test_every_file_comes_through_the_reader_with_its_known_pixels(
    data_dir: Path, tmp_path: Path, pool: DecoderPool
) -> None:
    store = LocalStore(tmp_path / "blobs")
    reader = FrameReader(store, FrameCache(tmp_path / "frames", 256 * 1024**2), pool)
    wrong: dict[str, str] = {}
    exact = 0
    with (data_dir / "MANIFEST.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["pixel_md5"]]
    for row in rows:
        source = source_of(store, (data_dir / row["path"]).read_bytes())
        if isinstance(source, str):
            if not source.startswith(NOT_DISPLAYED.get(row["path"], "\0")):
                wrong[row["path"]] = source
            continue
        digest = hashlib.md5(usedforsecurity=False)
        try:
            for number in range(1, source.frame_count + 1):
                ahead = [
                    (source, other)
                    for other in range(number + 1, min(number + 8, source.frame_count + 1))
                ]
                pixels = reader.read(source, number, ahead).pixels
                digest.update(np.ascontiguousarray(pixels))
        except TeleradError as error:
            wrong[row["path"]] = str(error)
            continue
        exact += 1
        if digest.hexdigest() != row["pixel_md5"]:
            wrong[row["path"]] = "other pixels"
    assert wrong == {}
    assert exact + len(NOT_DISPLAYED) == 374
