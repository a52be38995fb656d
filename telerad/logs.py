"""Log lines without patients' data: no query strings, no words that may quote a file or a row."""

import logging
import re
import traceback
from types import TracebackType

from django.core.exceptions import DisallowedHost, ImproperlyConfigured

from telerad.errors import TeleradError

_QUERY = re.compile(r"(/[^\s?\"']*)\?[^\s\"']+")

# Errors whose text is ours or the system's. Any other (a database's "Key (name)=(...)", a parser's
# "invalid literal ...") may quote what it failed on, so that its type alone is written.
_TEXT_IS_SAFE = (
    TeleradError,
    ImproperlyConfigured,
    DisallowedHost,
    OSError,
    ImportError,
    AttributeError,
    NameError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def _said(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, _TEXT_IS_SAFE):
        return f"{name}: {error}"
    return f"{name} (its text is withheld: it may quote data)"


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and what it came from, the first cause first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return chain[::-1]


class PrivateFormatter(logging.Formatter):
    """Formats ``time level logger message``, a traceback as code positions and safe texts."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, logging's name
        """Return the line without query strings and without line breaks from outside."""
        record.message = _QUERY.sub(r"\1", record.message)
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802, logging's name
        """Return the traceback of the error and its causes; source lines, never values."""
        if ei[1] is None:
            return ""
        lines: list[str] = []
        for error in _chain(ei[1]):
            lines += traceback.format_tb(error.__traceback__)
            lines.append(_said(error) + "\n")
        return "".join(lines).rstrip("\n")
