"""One contract for both kinds of blob store, and what only the folder has to promise."""

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from telerad.errors import Invalid
from tests.s3_server import s3_endpoint, s3_url  # noqa: F401 - fixtures
from viewer.store import (
    BlobDamaged,
    BlobMissing,
    BlobStore,
    LocalStore,
    StoreUnavailable,
    store_from_url,
)

pytestmark = pytest.mark.stores

THREE_MIB = bytes(range(256)) * 4096 * 3


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return store_from_url(f"file://{tmp_path}/blobs")
    return store_from_url(request.getfixturevalue("s3_url"))


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "blobs")


async def everything(store: BlobStore, name: str, *span: int) -> list[bytes]:
    return [chunk async for chunk in store.stream(name, *span)]


def files_below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_bytes_that_were_put_are_read_back_by_range(store: BlobStore) -> None:
    name = digest(THREE_MIB)
    store.put(THREE_MIB, name)
    assert store.exists(name)
    assert store.size(name) == 3 * 1024**2
    assert store.read(name, 255, 3) == b"\xff\x00\x01"
    assert store.read(name, 3 * 1024**2 - 2, 2) == b"\xfe\xff"
    assert store.read(name, 7, 0) == b""


def test_putting_the_same_bytes_again_changes_nothing(store: BlobStore) -> None:
    store.put(b"once", digest(b"once"))
    store.put(b"once", digest(b"once"))
    store.put_many([(digest(b"once"), b"once")])
    assert store.read(digest(b"once"), 0, 4) == b"once"
    assert [name for name, _ in store.digests()] == [digest(b"once")]


def test_a_blob_that_is_present_is_never_overwritten(store: BlobStore) -> None:
    store.put(b"the first", digest(b"the first"))
    store.put(b"something else", digest(b"the first"))
    assert store.read(digest(b"the first"), 0, 9) == b"the first"


def test_several_blobs_are_put_at_once_from_memory_and_files(
    store: BlobStore, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"from a file")
    staged = store.staging / "staged"
    staged.write_bytes(b"from the staging folder")
    many = [(digest(b"%d" % n), b"%d" % n) for n in range(40)]
    store.put_many(
        [
            *many,
            (digest(b"from a file"), outside),
            (digest(b"from the staging folder"), staged),
        ]
    )
    assert {name for name, _ in store.digests()} == {
        *(name for name, _ in many),
        digest(b"from a file"),
        digest(b"from the staging folder"),
    }
    assert outside.read_bytes() == b"from a file"
    assert not staged.exists()
    assert store.read(digest(b"39"), 0, 2) == b"39"


def test_a_stream_gives_the_whole_and_a_part(store: BlobStore) -> None:
    name = digest(THREE_MIB)
    store.put(THREE_MIB, name)
    whole = asyncio.run(everything(store, name))
    assert b"".join(whole) == THREE_MIB
    assert asyncio.run(everything(store, name, 10, 20)) == [THREE_MIB[10:20]]
    assert asyncio.run(everything(store, name, 20, 20)) == []


def test_a_missing_blob_fails_loudly_everywhere(store: BlobStore) -> None:
    name = digest(b"never put")
    assert not store.exists(name)
    for ask in (
        lambda: store.size(name),
        lambda: store.read(name, 0, 1),
        lambda: store.verify(name),
        lambda: asyncio.run(everything(store, name)),
        lambda: asyncio.run(everything(store, name, 0, 5)),
    ):
        with pytest.raises(BlobMissing):
            ask()


def test_I10_a_range_beyond_the_stored_bytes_is_damage_not_a_short_answer(store: BlobStore) -> None:
    store.put(b"0123456789", digest(b"0123456789"))
    for offset, length in ((8, 3), (10, 1), (4000, 4)):
        with pytest.raises(BlobDamaged):
            store.read(digest(b"0123456789"), offset, length)


def test_I10_verify_accepts_whole_bytes_and_names_flipped_ones(store: BlobStore) -> None:
    store.put(b"right", digest(b"right"))
    store.verify(digest(b"right"))
    # Put under a name that its bytes do not hash to: what a flipped bit looks like.
    store.put(b"wrong", digest(b"other"))
    with pytest.raises(BlobDamaged, match=r"SHA-256 has changed"):
        store.verify(digest(b"other"))


def test_a_deleted_blob_is_gone_and_deleting_again_is_no_error(store: BlobStore) -> None:
    store.put(b"short-lived", digest(b"short-lived"))
    store.delete(digest(b"short-lived"))
    store.delete(digest(b"short-lived"))
    assert not store.exists(digest(b"short-lived"))
    assert list(store.digests()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "",
        "ab",
        "A" * 64,
        "a" * 63 + "/",
        "a" * 64 + "\n",
        "a" * 63 + "\x00",
        "C:" + "a" * 62,
        "1.2.840.10008.1.2",
    ],
)
def test_F5_only_a_digest_is_a_name(store: BlobStore, name: str, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    asks: list[Callable[[], object]] = [
        lambda: store.put(b"x", name),
        lambda: store.put_many([(name, b"x")]),
        lambda: store.read(name, 0, 1),
        lambda: store.open_map(name),
        lambda: store.local_path(name),
        lambda: store.size(name),
        lambda: store.exists(name),
        lambda: store.verify(name),
        lambda: store.delete(name),
        lambda: asyncio.run(everything(store, name)),
    ]
    for ask in asks:
        with pytest.raises(Invalid, match=r"64 lower-case hexadecimal digits"):
            ask()
    assert files_below(tmp_path) == before


def test_a_map_is_the_whole_blob_where_it_is_local(store: BlobStore) -> None:
    store.put(b"mapped", digest(b"mapped"))
    view = store.open_map(digest(b"mapped"))
    path = store.local_path(digest(b"mapped"))
    if isinstance(store, LocalStore):
        assert view == b"mapped"
        assert view is not None
        assert view.readonly
        assert path is not None
        assert path.read_bytes() == b"mapped"
    else:
        assert (view, path) == (None, None)


def test_many_maps_stay_bounded_and_an_evicted_one_stays_readable(folder: LocalStore) -> None:
    names = [digest(b"%d" % n) for n in range(600)]
    folder.put_many((name, b"%d" % n) for n, name in enumerate(names))
    first = folder.open_map(names[0])
    for name in names:
        folder.open_map(name)
    mapped = Path("/proc/self/maps").read_text().splitlines()
    open_maps = [line for line in mapped if str(folder._root) in line]
    assert 0 < len(open_maps) <= 513
    assert first == b"0"


def test_an_empty_blob_has_no_map(folder: LocalStore) -> None:
    folder.put(b"", digest(b""))
    assert folder.size(digest(b"")) == 0
    with pytest.raises(BlobDamaged):
        folder.open_map(digest(b""))


def test_nothing_is_left_in_the_staging_folder(folder: LocalStore) -> None:
    folder.put_many([(digest(b"%d" % n), b"%d" % n) for n in range(20)])
    assert list(folder.staging.iterdir()) == []


def test_bytes_and_folder_are_synced_before_put_returns(
    folder: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that makes a blob durable: its bytes, its name, the folder of the name."""
    steps: list[tuple[str, str]] = []
    fsync, rename = os.fsync, Path.rename

    def noted_fsync(descriptor: int) -> None:
        steps.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))
        fsync(descriptor)

    def noted_rename(path: Path, target: Path) -> Path:
        steps.append(("rename", target.name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    name = digest(b"durable")
    folder.put(b"durable", name)
    file_sync = next(i for i, step in enumerate(steps) if step[1].endswith(".part"))
    renamed = steps.index(("rename", name))
    folder_sync = len(steps) - 1
    assert steps[file_sync][0] == "fsync"
    assert file_sync < renamed < folder_sync
    assert steps[folder_sync] == ("fsync", name[:2])
    # A name that is there already may not be durable yet: its folder is synced again.
    steps.clear()
    folder.put(b"durable", name)
    assert steps == [("fsync", name[:2])]


def test_parallel_writers_of_one_digest_leave_one_whole_file(folder: LocalStore) -> None:
    name = digest(THREE_MIB)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            folder.put(THREE_MIB, name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    folder.verify(name)
    assert [path.name for path in files_below(folder._root)] == [name]


def test_I4_a_full_disk_is_an_error_that_leaves_nothing_half_kept(
    folder: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    folder.staging  # noqa: B018 - made before the disk is full
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreUnavailable, match=r"No space left"):
        folder.put(b"too much", digest(b"too much"))
    monkeypatch.undo()
    assert files_below(folder._root) == []
    folder.put(b"too much", digest(b"too much"))
    folder.verify(digest(b"too much"))


def test_I6_a_store_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = store_from_url("s3://bucket/prefix")
    for ask in (
        lambda: store.put(b"x", digest(b"x")),
        lambda: store.read(digest(b"x"), 0, 1),
        lambda: store.exists(digest(b"x")),
    ):
        with pytest.raises(StoreUnavailable, match=r"does not answer"):
            ask()


@pytest.mark.parametrize(
    "url", ["", "blobs", "file:relative", "file://host/blobs", "ftp://x/y", "s3:"]
)
def test_another_form_of_address_is_refused_with_the_accepted_ones(url: str) -> None:
    with pytest.raises(Invalid, match=r"file:///"):
        store_from_url(url)
