"""What lies beside DICOM files on media and in folders, told by its name and first bytes."""

NOT_DICOM = "Not DICOM, left out."

_SYSTEM_FILES = frozenset(
    {".ds_store", "thumbs.db", "desktop.ini", "autorun.inf", "ehthumbs.db", ".localized"}
)
_SYSTEM_FOLDERS = frozenset(
    {"__macosx", ".trashes", ".spotlight-v100", ".fseventsd", "$recycle.bin"}
)
# Viewers, help pages, pictures and sound that come on a medium, notes kept beside files.
_OTHER_ENDINGS = frozenset(
    """
    bat bmp chm class cmd com config css csv db dll doc docx dylib eot exe gif gz htm html
    icns ico inf ini jar jpeg jpg js json lnk log manifest md mp3 mp4 msi pak pdb pdf plist png ppt
    pptx properties ps1 py rtf sh so svg sys tar tif tiff ttf txt url vbs wav wmv woff woff2 xls
    xlsx xml xsl yaml yml
    """.split()  # noqa: SIM905
)
_DICM = slice(128, 132)


def left_out_because(name: str, start: bytes) -> str:
    """Return why a file is left out, "" if it is to be tried.

    ``name`` is a path with forward slashes, ``start`` the file's first 132 bytes or more. A file
    that begins as DICOM is tried whatever its name.
    """
    *folders, last = name.casefold().split("/")
    if last in _SYSTEM_FILES or last.startswith("._") or _SYSTEM_FOLDERS.intersection(folders):
        return NOT_DICOM
    if start[_DICM] == b"DICM":
        return ""
    _, dot, ending = last.rpartition(".")
    return NOT_DICOM if dot and ending in _OTHER_ENDINGS else ""


def is_zip(start: bytes) -> bool:
    """Return whether a file that begins so is a ZIP archive, and not DICOM with a ZIP preamble."""
    return start[:4] in {b"PK\x03\x04", b"PK\x05\x06"} and start[_DICM] != b"DICM"


def shown(name: str) -> str:
    """Return a foreign file's name for people: no control characters, not endless."""
    return "".join(char if char.isprintable() else "�" for char in name)[:400]
