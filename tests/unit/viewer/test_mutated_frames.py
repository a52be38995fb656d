"""F10 on real streams: damaged bytes to the real decoders, in children, by the hundred."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from viewer.decoder_pool import DecoderPool
from viewer.dicom.header import read_instance
from viewer.dicom.table import FrameTable
from viewer.frame_cache import FrameCache
from viewer.frames import FrameFailed, FrameReader, FrameSource
from viewer.store.local import LocalStore

pytestmark = [pytest.mark.data, pytest.mark.timeout(240)]

SMALL = "transfer-syntaxes/small"
FILES = [
    f"{SMALL}/MR_small_RLE.dcm",
    f"{SMALL}/MR_small_jp2klossless.dcm",
    f"{SMALL}/MR_small_jpeg_ls_lossless.dcm",
    "pet/ge-pet-jpll-signed.dcm",
    f"{SMALL}/JPGExtended.dcm",
    "photometric/small/SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "transfer-syntaxes/htj2k/nm1_jph.dcm",
    "transfer-syntaxes/one-bit/liver_deflate.dcm",
]
MUTATIONS = 25


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(processes=2, memory_bytes=2 * 1024**3, seconds=2)
    yield pool
    pool.close()


def mutated_source(store: LocalStore, content: bytes, seed: int) -> FrameSource:
    """The file's first frame, then as many damaged copies of it, as frames of one instance."""
    parsed = read_instance(content)
    frame = b"".join(content[at : at + n] for at, n in parsed.table.fragments(1))
    random = np.random.default_rng(seed)
    frames = [np.frombuffer(frame, np.uint8)]
    for _ in range(MUTATIONS):
        damaged = frames[0].copy()
        places = random.integers(0, len(damaged), random.integers(1, 12))
        damaged[places] = random.integers(0, 256, len(places), np.uint8)
        if random.random() < 0.3:
            damaged = damaged[: random.integers(1, len(damaged))]
        frames.append(damaged)
    lengths = np.array([len(one) for one in frames], np.uint64)
    table = FrameTable(
        kind="encapsulated",
        expected_frames=len(frames),
        complete_frames=len(frames),
        fragment_starts=np.cumsum(lengths, dtype=np.uint64) - lengths,
        fragment_lengths=lengths,
        first_fragment=np.arange(len(frames) + 1, dtype=np.uint32),
    )
    whole = b"".join(one.tobytes() for one in frames)
    sha256 = hashlib.sha256(whole).hexdigest()
    store.put(whole, sha256)
    headers = (replace(parsed.headers[0], overlays=()),)
    return FrameSource(uuid4(), sha256, parsed.transfer_syntax_uid, table, headers)


@pytest.mark.parametrize("path", FILES)
def test_F10_damaged_streams_give_a_picture_of_the_right_size_or_a_sentence(
    data_dir: Path, tmp_path: Path, pool: DecoderPool, path: str
) -> None:
    store = LocalStore(tmp_path / "blobs")
    reader = FrameReader(store, FrameCache(tmp_path / "frames", 64 * 1024**2), pool)
    source = mutated_source(store, (data_dir / path).read_bytes(), seed=len(path))
    header = source.header(1)
    shape = (header.rows, header.columns) + ((3,) if header.samples == 3 else ())
    failed = []
    for number in range(2, source.frame_count + 1):
        try:
            assert reader.read(source, number).pixels.shape == shape
        except FrameFailed as error:
            failed.append(str(error))
    assert all(" " in text for text in failed)
    assert reader.read(source, 1).note == ""
