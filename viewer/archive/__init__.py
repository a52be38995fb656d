"""Files, folders, ZIP archives and DICOM media, as a list of files of which each is accounted for.

No link leads out of a folder, no name in an archive or an index becomes a path.
"""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from viewer.archive.limits import DEFAULT_ARCHIVE_LIMITS, ArchiveLimits
from viewer.archive.names import is_zip, left_out_because, shown
from viewer.archive.zips import INDEX, Budget, Temporaries, expand
from viewer.dicom.media import is_dicomdir, referenced_files
from viewer.ingest_read import IncomingFile

__all__ = ["ArchiveLimits", "walk"]

_LINK = "A symbolic link, left out: what it points to is read where it lies."
_SPECIAL = "Not a file, left out."
_NOT_ON_MEDIUM = "The medium's DICOMDIR names this file, but it is not there."
_OUTSIDE = "The medium's DICOMDIR names a path outside the medium; it is not followed."
_MOST_INDEX_BYTES = 64 * 1024**2
_START_BYTES = 1024


def walk(
    paths: Sequence[Path], limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS
) -> Iterator[IncomingFile]:
    """Yield the files of folders, ZIP archives, DICOM media (their folder or DICOMDIR) and files.

    A file that is named itself is always tried; beside others, what is plainly no DICOM file is
    left out. Temporary files are removed when the iterator ends or is closed; a receiver opens
    each file before it asks for the 64th after it.
    """
    with tempfile.TemporaryDirectory(prefix="telerad-archive-") as folder:
        walker = _Walker(limits, Temporaries(Path(folder)))
        for path in paths:
            yield from walker.given(path)


class _Walker:
    def __init__(self, limits: ArchiveLimits, temporaries: Temporaries) -> None:
        self._limits = limits
        self._temporaries = temporaries

    def given(self, path: Path) -> Iterator[IncomingFile]:
        """Yield what a path that somebody named stands for."""
        name = shown(str(path))
        try:
            if path.is_dir():
                yield from self._folder(path)
                return
            start = _start_of(path)
        except OSError as error:
            yield IncomingFile(name, refused_because=f"It cannot be read: {error.strerror}.")
            return
        if path.name.upper() == "DICOMDIR" and is_dicomdir(start):
            yield from self._folder(path.parent)
        elif is_zip(start):
            yield from self._zip(path, name)
        else:
            yield IncomingFile(name, path)

    def _zip(self, path: Path, name: str) -> Iterator[IncomingFile]:
        budget = Budget(self._limits, path.stat().st_size)
        yield from expand(path, name, self._temporaries, budget)

    def _folder(self, root: Path) -> Iterator[IncomingFile]:
        unreadable: list[OSError] = []
        for folder, folders, files in os.walk(root, onerror=unreadable.append, followlinks=False):
            folders.sort()
            for name in [one for one in folders if (Path(folder) / one).is_symlink()]:
                yield IncomingFile(shown(f"{folder}/{name}"), left_out_because=_LINK)
            for name in sorted(files):
                yield from self._file(Path(folder) / name)
        for error in unreadable:
            text = f"This folder cannot be read: {error.strerror}."
            yield IncomingFile(shown(str(error.filename)), refused_because=text)

    def _file(self, path: Path) -> Iterator[IncomingFile]:
        name = shown(str(path))
        try:
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode):
                text = _LINK if stat.S_ISLNK(mode) else _SPECIAL
                yield IncomingFile(name, left_out_because=text)
                return
            start = _start_of(path)
        except OSError as error:
            yield IncomingFile(name, refused_because=f"It cannot be read: {error.strerror}.")
            return
        if left_out := left_out_because(path.as_posix(), start):
            yield IncomingFile(name, left_out_because=left_out)
        elif is_dicomdir(start):
            yield IncomingFile(name, left_out_because=INDEX)
            if path.name.upper() == "DICOMDIR":
                yield from _not_on_medium(path)
        elif is_zip(start):
            yield from self._zip(path, name)
        else:
            yield IncomingFile(name, path)


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_START_BYTES)


def _not_on_medium(index: Path) -> Iterator[IncomingFile]:
    """Yield the names of an index that lead to no file of its medium, each once.

    The names are only ever compared with what the medium's folder lists: none is opened.
    """
    if index.stat().st_size > _MOST_INDEX_BYTES:
        return
    listed: dict[Path, frozenset[str]] = {}
    for parts in dict.fromkeys(referenced_files(index.read_bytes())):
        name = shown(f"{index.parent}/{'/'.join(parts)}")
        if any(_leads_out(part) for part in parts):
            yield IncomingFile(name, refused_because=_OUTSIDE)
        elif not _is_listed(index.parent, parts, listed):
            yield IncomingFile(name, missing_because=_NOT_ON_MEDIUM)


def _leads_out(part: str) -> bool:
    return part in {"", ".", ".."} or any(char in part for char in "/\\:\0")


def _is_listed(root: Path, parts: Sequence[str], listed: dict[Path, frozenset[str]]) -> bool:
    folder = root
    for part in parts:
        if folder not in listed:
            try:
                listed[folder] = frozenset(entry.name for entry in os.scandir(folder))
            except OSError:
                listed[folder] = frozenset()
        # Media are often read through file systems that change the case of names.
        match = next((n for n in (part, part.lower(), part.upper()) if n in listed[folder]), None)
        if match is None or (folder / match).is_symlink():
            return False
        folder /= match
    return True
