"""The one error root. What a kind means to HTTP or a socket is decided in :mod:`telerad.edge`."""

from enum import Enum


class Kind(Enum):
    """What went wrong, seen from the one who asked."""

    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    CONFLICT = "conflict"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too-large"
    UNAVAILABLE = "unavailable"


class TeleradError(Exception):
    """An error that a person may read: the text names the tag, the value and what is accepted.

    The text never carries a patient's name, birth date or identifier, because it is logged.
    """

    kind: Kind = Kind.INVALID


class NotFound(TeleradError):
    """The object does not exist, or the principal may not know that it does."""

    kind = Kind.NOT_FOUND


class Forbidden(TeleradError):
    """The object is visible to the principal, the act is not allowed."""

    kind = Kind.FORBIDDEN


class Invalid(TeleradError):
    """The request or the data does not have an accepted form."""

    kind = Kind.INVALID


class Conflict(TeleradError):
    """The request was right for a state that is no longer the current one."""

    kind = Kind.CONFLICT


class Unsupported(TeleradError):
    """The data is understood, but Telerad has no way to do this with it."""

    kind = Kind.UNSUPPORTED


class TooLarge(TeleradError):
    """A stated bound was passed."""

    kind = Kind.TOO_LARGE


class Unavailable(TeleradError):
    """A part that is needed does not answer now; the same request may succeed later."""

    kind = Kind.UNAVAILABLE
