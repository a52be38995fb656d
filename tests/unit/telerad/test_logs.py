"""U4: the log holds no query string and no words that may quote a file or a row."""

import logging
import sys

import pytest

from telerad.errors import Invalid
from telerad.logs import PrivateFormatter

CANARY = "Okonkwo^Adaeze"


def line(message: str, *args: object) -> str:
    record = logging.LogRecord("x", logging.INFO, "", 0, message, args, None)
    return PrivateFormatter().format(record)


def traced(error: Exception, cause: Exception | None = None) -> str:
    try:
        raise error from cause
    except Exception:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    return PrivateFormatter().format(record)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (f'"GET /cases/?search={CANARY} HTTP/1.1" 200', '"GET /cases/ HTTP/1.1" 200'),
        (f"Not Found: /a/b?x={CANARY}&y=1", "Not Found: /a/b"),
        ("Did it work? Yes.", "Did it work? Yes."),
    ],
)
def test_U4_query_strings_are_left_out(message, kept):
    assert line(message).endswith(kept)


def test_U4_one_message_is_one_line():
    assert len(line("a\nINFO forged line\r\n").splitlines()) == 1


def test_U4_the_text_of_a_foreign_error_is_withheld_and_its_place_is_kept():
    text = traced(ValueError(f"invalid name {CANARY!r}"))
    assert CANARY not in text
    assert "ValueError" in text
    assert "test_logs.py" in text


def test_U4_a_cause_is_told_by_the_same_rule():
    text = traced(Invalid("(0010,0010) has 400 characters."), KeyError(CANARY))
    assert CANARY not in text
    assert "KeyError" in text
    assert "(0010,0010) has 400 characters." in text
