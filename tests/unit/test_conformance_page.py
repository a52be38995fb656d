"""docs/conformance.md is what the code says."""

from pathlib import Path

from viewer.conformance import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: telerad conformance"


def test_a_ct_is_displayed_and_a_report_is_stored() -> None:
    assert "| CT Image | 1.2.840.10008.5.1.4.1.1.2 | displayed |" in page()
    assert "| Basic Text SR | 1.2.840.10008.5.1.4.1.1.88.11 | stored |" in page()


def test_video_is_not_claimed_and_jpeg_lossless_is() -> None:
    lines = page().splitlines()
    assert any("1.2.840.10008.1.2.4.70 | JPEG, in a child" in line for line in lines)
    assert any("1.2.840.10008.1.2.4.102 | stored, not decoded" in line for line in lines)
