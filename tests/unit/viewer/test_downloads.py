"""Byte ranges (RFC 9110 section 14)."""

import pytest

from viewer.downloads import ByteRange, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1000),
        ("bytes=-500", 9500, 10_000),
        ("bytes=9500-", 9500, 10_000),
        ("bytes=0-0", 0, 1),
        ("bytes=-1", 9999, 10_000),
        # A last position behind the end, and a suffix longer than the file, mean what there is.
        ("bytes=9999-123456789012345678", 9999, 10_000),
        ("bytes=-123456789012345678", 0, 10_000),
    ],
)
def test_D3_a_range_of_a_file_of_10000_bytes(header: str, start: int, end: int) -> None:
    assert parse_range(header, 10_000) == ByteRange(start, end)


@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=10000-10001", "bytes=-0"])
def test_D3_a_range_without_a_byte_of_the_file_is_unsatisfiable(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 10_000)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,5-6",  # several ranges: the whole file may be sent, RFC 9110 14.2
        "bytes=0-1,0-1,0-1,0-1",
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes",
        "",
        "items=0-5",
        "bytes=a-b",
        "bytes=--5",
        "bytes=1e3-",
        "bytes=\u0661-\u0662",
        "bytes=0-1234567890123456789012345678901234567890",
    ],
)
def test_D3_what_is_no_single_range_is_ignored(header: str) -> None:
    assert parse_range(header, 10_000) is None
