"""Vendored files are the bytes that were reviewed, with their licences."""

import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"


def listed() -> dict[str, str]:
    """The reviewed files: path under static/vendor to SHA-256."""
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    return {path: digest for digest, path in (line.split() for line in lines)}


def test_every_vendored_file_has_its_reviewed_bytes():
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.glob("*/*")
    }
    assert found == listed()


def test_every_vendored_folder_carries_its_licence():
    for folder in {path.split("/")[0] for path in listed()}:
        assert list((VENDOR / folder).glob("LICENSE*")), f"{folder} has no licence file"


def test_the_sprite_holds_each_listed_icon_once_and_draws_something():
    names = (VENDOR / "lucide" / "icons.txt").read_text().split()
    symbols = ET.parse(VENDOR / "lucide" / "sprite.svg").getroot()
    assert [symbol.attrib["id"] for symbol in symbols] == names
    assert names == sorted(set(names))
    assert all(len(symbol) > 0 for symbol in symbols)
