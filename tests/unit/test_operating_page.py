"""docs/operating.md names every variable that the settings read, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = r"(?:TELERAD_[A-Z_]+|DATABASE_URL|REDIS_URL|BLOB_URL)"


def test_every_variable_that_is_read_is_described_and_every_one_described_is_read() -> None:
    settings = (ROOT / "telerad" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(rf'env\.\w+\(\s*"({NAME})"', settings))
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    described = set(re.findall(rf"^\| `({NAME})` \|", page, re.MULTILINE))
    assert len(read) > 20
    assert described == read
