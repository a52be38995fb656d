"""Folders, ZIP archives and media: bounded, each file accounted for, nothing written outside."""

import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from tests.dicom_factory import EXPLICIT_LITTLE, dataset, file_bytes, item, sequence
from viewer.archive import ArchiveLimits, walk
from viewer.ingest_read import IncomingFile

MEBI = 1024**2


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def said(file: IncomingFile) -> str:
    return file.left_out_because or file.refused_because or file.missing_because


def listed(path: Path, limits: ArchiveLimits | None = None) -> list[tuple[str, str]]:
    """(name below the path, what is said) of each file."""
    files = walk([path], limits) if limits else walk([path])
    return [(file.name.removeprefix(f"{path}/"), said(file)) for file in files]


def reasons(path: Path, limits: ArchiveLimits | None = None) -> list[str]:
    return [reason for _, reason in listed(path, limits) if reason]


def dicomdir(*names: list[str]) -> bytes:
    index = Dataset()
    index.FileSetID = "TEST"
    index.DirectoryRecordSequence = sequence(
        *(item(DirectoryRecordType="IMAGE", ReferencedFileID=name) for name in names)
    )
    index.SOPClassUID = "1.2.840.10008.1.3.10"
    return file_bytes(index, EXPLICIT_LITTLE)


def test_a_folder_gives_its_files_sorted_and_what_is_no_dicom_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.dcm").write_bytes(file_bytes(dataset()))
    (tmp_path / "b" / "1").write_bytes(b"no DICOM by its bytes, but nothing says so by its name")
    (tmp_path / "README.txt").write_bytes(b"read me")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "autorun.inf").write_bytes(b"x")
    (tmp_path / "really.txt").write_bytes(file_bytes(dataset()))
    left = "Not DICOM, left out."
    assert listed(tmp_path) == [
        (".DS_Store", left),
        ("README.txt", left),
        ("autorun.inf", left),
        ("really.txt", ""),
        ("b/1", ""),
        ("b/2.dcm", ""),
    ]


def test_a_file_that_is_named_itself_is_always_tried(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"text")
    (file,) = walk([path])
    assert (file.source, said(file)) == (path, "")


def test_F5_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(outside / "secret")
    (folder / "links").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    assert [(name, bool(reason)) for name, reason in listed(folder)] == [
        ("links", True),
        ("link", True),
        ("pipe", True),
    ]


def test_an_archive_gives_its_files_by_name_and_content(tmp_path: Path) -> None:
    one, two = file_bytes(dataset()), file_bytes(dataset(instance=2))
    path = zipped(tmp_path / "a.zip", {"study/1": one, "study/2": two, "__MACOSX/._1": b"x"})
    files = list(walk([path]))
    assert [file.name for file in files] == [
        f"{path}/study/1",
        f"{path}/study/2",
        f"{path}/__MACOSX/._1",
    ]
    assert [file.source for file in files[:2]] == [one, two]
    assert files[2].left_out_because == "Not DICOM, left out."


def test_a_large_entry_goes_through_a_temporary_file_that_is_removed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"large": os.urandom(6 * MEBI)})
    walking = walk([path])
    file = next(walking)
    assert isinstance(file.source, Path)
    assert file.source.stat().st_size == 6 * MEBI
    walking.close()  # type: ignore[attr-defined]
    assert not file.source.exists()


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"1": file_bytes(dataset())}).read_bytes()
    middle = zipped(tmp_path / "middle.zip", {"inner.zip": inner}).read_bytes()
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner, "middle.zip": middle})
    found = listed(path)
    assert found[0] == ("inner.zip/1", "")
    assert found[1][0] == "middle.zip/inner.zip"
    assert "unpack the outer ones first" in found[1][1]
    assert len(found) == 2


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/evil", "C:\\evil", "..\\evil", "CON", "a/\x01evil", "a" * 3000],
)
def test_F5_names_in_an_archive_are_never_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    path = zipped(folder / "a.zip", {name: os.urandom(5 * MEBI)})
    before = sorted(tmp_path.rglob("*"))
    walking = walk([path])
    file = next(walking)
    assert isinstance(file.source, Path)
    assert file.source.name.isalnum()
    assert file.name.isprintable()
    assert len(file.name) < 600
    assert sorted(tmp_path.rglob("*")) == before
    walking.close()  # type: ignore[attr-defined]
    assert not Path("/etc/evil").exists()


def test_F2_more_entries_than_the_cap_refuse_the_archive_before_it_is_listed(
    tmp_path: Path,
) -> None:
    path = zipped(tmp_path / "a.zip", {str(n): b"" for n in range(30)})
    assert reasons(path, ArchiveLimits(max_entries=30)) == []
    (reason,) = reasons(path, ArchiveLimits(max_entries=29))
    assert "more than 29 files" in reason


def test_F2_a_bomb_stops_at_the_ratio_cap(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"1": b"\0" * MEBI, "2": b"\0" * MEBI, "3": b"\0" * MEBI})
    limits = ArchiveLimits(free_bytes=MEBI + MEBI // 2, max_ratio=2)
    found = listed(path, limits)
    assert [name for name, reason in found if not reason] == ["1"]
    assert "more than 2 times its size" in found[-1][1]
    assert "2 of its files were not read" in found[-1][1]


def test_F2_a_bomb_stops_at_the_byte_cap(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {str(n): os.urandom(MEBI) for n in range(4)})
    (reason,) = reasons(path, ArchiveLimits(max_total_bytes=2 * MEBI))
    assert "unpacks to more than" in reason


def test_F2_a_bomb_inside_an_archive_counts_with_the_outer_one(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"1": b"\0" * (40 * MEBI)}).read_bytes()
    path = zipped(tmp_path / "a.zip", {"bomb.zip": bomb})
    limits = ArchiveLimits(free_bytes=2 * MEBI, max_ratio=2)
    found = reasons(path, limits)
    assert found
    assert all("times its size" in reason for reason in found)


def test_F2_a_size_that_lies_is_damage_not_memory(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"lie": b"\0" * (2 * MEBI)})
    data = bytearray(path.read_bytes())
    # The uncompressed size in the local header (22) and in the central directory (24): 100 bytes.
    struct.pack_into("<L", data, 22, 100)
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 100)
    path.write_bytes(data)
    (reason,) = reasons(path)
    assert "damaged" in reason


def test_F2_one_hundred_thousand_entries_and_a_gibibyte_of_zeros_stay_below_100_mb(
    tmp_path: Path,
) -> None:
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{n:x}"), b"")
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as entry,
    ):
        for _ in range(1024):
            entry.write(bytes(MEBI))
    probe = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from viewer.archive import walk\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = [f for f in walk([Path(p) for p in sys.argv[1:]])]\n"
        "assert all(f.refused_because for f in found) and len(found) == 2, found\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "telerad.settings", "TMPDIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{probe}", str(many), str(bomb)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(answer.stdout) < 100 * 1024  # ru_maxrss is in KiB
    assert not list(tmp_path.glob("telerad-archive-*"))


def test_an_encrypted_entry_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"1": b"secret", "2": file_bytes(dataset())})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # general purpose flag of the first local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and of its central directory entry
    path.write_bytes(data)
    found = listed(path)
    assert "encrypted" in found[0][1]
    assert found[1] == ("2", "")


@pytest.mark.parametrize("cut", [4, 100, 300])
def test_a_cut_archive_is_refused(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", {"1": os.urandom(400)})
    path.write_bytes(path.read_bytes()[:cut])
    (reason,) = reasons(path)
    assert "damaged" in reason


def test_an_entry_with_wrong_bytes_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1", b"A" * 100)
        archive.writestr("2", file_bytes(dataset()))
    path.write_bytes(path.read_bytes().replace(b"A" * 100, b"B" * 100))
    found = listed(path)
    assert found[0] == ("1", "This file is damaged in its ZIP.")
    assert found[1] == ("2", "")


def test_a_dicom_file_with_a_zip_preamble_is_dicom(tmp_path: Path) -> None:
    path = tmp_path / "polyglot"
    path.write_bytes(file_bytes(dataset(), preamble=b"PK\x03\x04"))
    (file,) = walk([path])
    assert (file.source, said(file)) == (path, "")


def medium(root: Path, *names: list[str]) -> Path:
    (root / "IMAGES").mkdir()
    (root / "IMAGES" / "I1").write_bytes(file_bytes(dataset()))
    (root / "IMAGES" / "I2").write_bytes(file_bytes(dataset(instance=2)))
    (root / "DICOMDIR").write_bytes(dicomdir(*names))
    return root


@pytest.mark.parametrize("given", ["", "DICOMDIR"], ids=["folder", "DICOMDIR"])
def test_a_medium_gives_all_its_files_and_names_the_missing(tmp_path: Path, given: str) -> None:
    root = medium(tmp_path, ["IMAGES", "I1"], ["IMAGES", "GONE"])
    found = [(f.name.removeprefix(f"{root}/"), said(f)) for f in walk([root / given])]
    assert found == [
        ("DICOMDIR", "A DICOMDIR: the files it names are read themselves."),
        ("IMAGES/GONE", "The medium's DICOMDIR names this file, but it is not there."),
        ("IMAGES/I1", ""),
        ("IMAGES/I2", ""),
    ]


# pydicom warns of the names that these tests are about.
@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.filterwarnings("ignore:The value length")
@pytest.mark.parametrize(
    "name",
    [["..", "secret"], ["IMAGES", "..", "..", "secret"], ["/etc/passwd"], ["C:", "x"], ["a/b"]],
)
def test_F5_an_index_that_points_outside_is_refused(tmp_path: Path, name: list[str]) -> None:
    (tmp_path / "secret").write_bytes(file_bytes(dataset()))
    folder = tmp_path / "cd"
    folder.mkdir()
    root = medium(folder, name)
    files = list(walk([root]))
    assert "outside the medium" in said(files[1])
    assert [f.source for f in files[2:]] == [root / "IMAGES" / "I1", root / "IMAGES" / "I2"]
    assert not any(f.source == tmp_path / "secret" for f in files)


def test_an_index_on_a_lower_case_file_system_finds_its_files(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "i1").write_bytes(file_bytes(dataset()))
    (tmp_path / "DICOMDIR").write_bytes(dicomdir(["IMAGES", "I1"]))
    assert [said(file) for file in walk([tmp_path])][1:] == [""]


def test_an_unreadable_path_is_refused_not_raised(tmp_path: Path) -> None:
    (file,) = walk([tmp_path / "nothing"])
    assert "No such file" in file.refused_because
