"""Checks of the settings: each message says what is wrong, why it matters, and what to set.

They run by ``telerad check``, and those that need no other service run before a server starts.
They are deployment checks, so that other commands work on a machine that is not yet set up.
"""

import ipaddress
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import Error as DatabaseError

from telerad import health

Check = Callable[..., list[CheckMessage]]

SHORTEST_SECRET = 50
# WAL with IMMEDIATE, ON CONFLICT with RETURNING, JSON.
OLDEST_SQLITE = (3, 37)

_starting: list[Check] = []


def _before_start(check: Check) -> Check:
    """Register a check that needs nothing but the settings and this machine."""
    _starting.append(check)
    checks.register(check, Tags.security, deploy=True)
    return check


def is_loopback(host: str) -> bool:
    """Return whether the name or address can be reached from this machine alone."""
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@_before_start
def secret_key(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a key that everybody knows or can guess."""
    if settings.DEMO:
        return []
    advice = (
        "Set TELERAD_SECRET_KEY (or TELERAD_SECRET_KEY_FILE) to a random text of 50 characters or "
        "more, for instance from: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY:
        return [
            Error(
                "The secret key is the one in the source. Sessions and tickets are signed with it, "
                "so that anybody could sign in as anybody.",
                hint=advice,
                id="telerad.E001",
            )
        ]
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        return [
            Error(
                f"The secret key has {len(settings.SECRET_KEY)} characters; a key shorter than "
                f"{SHORTEST_SECRET} can be guessed.",
                hint=advice,
                id="telerad.E002",
            )
        ]
    return []


@_before_start
def debug(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse pages that show source and settings to whoever makes an error happen."""
    if settings.DEBUG and not settings.DEMO:
        return [
            Error(
                "TELERAD_DEBUG is on: an error page would show source, settings and patients' data "
                "to whoever asks.",
                hint="Unset TELERAD_DEBUG; on your own machine, set TELERAD_DEMO=1 beside it.",
                id="telerad.E003",
            )
        ]
    return []


@_before_start
def hosts(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse to answer to any name, and patients' data over plain HTTP beyond this machine."""
    found: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                'TELERAD_ALLOWED_HOSTS contains "*": a forged Host header then decides where links '
                "lead.",
                hint="Set TELERAD_ALLOWED_HOSTS to the names people type, separated by commas.",
                id="telerad.E004",
            )
        )
    elif not settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "TELERAD_ALLOWED_HOSTS is empty: every request would be refused.",
                hint="Set TELERAD_ALLOWED_HOSTS to the names people type, separated by commas.",
                id="telerad.E005",
            )
        )
    distant = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host)]
    if settings.INSECURE_HTTP and distant:
        found.append(
            Error(
                "Plain HTTP is allowed while other machines are served: patients' data and "
                "passwords would travel unencrypted.",
                hint="Unset TELERAD_INSECURE_HTTP (and TELERAD_DEMO), put a TLS proxy in front and "
                "name its address in TELERAD_TRUSTED_PROXIES; or serve localhost only.",
                id="telerad.E006",
            )
        )
    if "*" in settings.TRUSTED_PROXIES:
        found.append(
            Error(
                'TELERAD_TRUSTED_PROXIES contains "*": anybody could forge the address that '
                "sign-in limits and the audit rely on.",
                hint="Name the exact addresses or networks of your proxies.",
                id="telerad.E007",
            )
        )
    return found


@_before_start
def processes(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse several web processes on parts that only one process can use."""
    if settings.WEB_PROCESSES < 1:
        return [
            Error(
                f"TELERAD_WEB_PROCESSES is {settings.WEB_PROCESSES}; at least 1 is accepted.",
                hint="Unset it, or set the number of web processes.",
                id="telerad.E008",
            )
        ]
    if settings.WEB_PROCESSES == 1:
        return []
    found: list[CheckMessage] = []
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        found.append(
            Error(
                f"{settings.WEB_PROCESSES} web processes share one SQLite file, which one writer "
                "at a time can use.",
                hint="Set DATABASE_URL to a PostgreSQL database, or TELERAD_WEB_PROCESSES=1.",
                id="telerad.E009",
            )
        )
    if "InMemory" in settings.CHANNEL_LAYERS["default"]["BACKEND"]:
        found.append(
            Error(
                f"{settings.WEB_PROCESSES} web processes without Redis do not hear each other.",
                hint="Set REDIS_URL, or TELERAD_WEB_PROCESSES=1.",
                id="telerad.E010",
            )
        )
    return found


@_before_start
def blob_url(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a place for files that is not one."""
    url = urlsplit(settings.BLOB_URL)
    advice = "Set BLOB_URL to file:///absolute/folder or to s3://bucket/prefix, or unset it."
    if url.scheme == "file" and not url.netloc and url.path.startswith("/"):
        return _unwritable(Path(url.path), "BLOB_URL", "telerad.E012")
    if url.scheme == "s3" and url.netloc:
        return []
    return [
        Error(
            f"BLOB_URL has the form {url.scheme or '(none)'}://{'...' if url.netloc else ''}; "
            "received files have nowhere to go.",
            hint=advice,
            id="telerad.E011",
        )
    ]


@_before_start
def data_folder(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a data folder that cannot be written."""
    return _unwritable(Path(settings.DATA_DIR), "TELERAD_DATA_DIR", "telerad.E013")


def _unwritable(folder: Path, variable: str, identifier: str) -> list[CheckMessage]:
    """Return an error if neither the folder nor, while it is missing, its parent takes files."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        # A file that has no name yet: asking for rights would overlook a read-only disk.
        with tempfile.TemporaryFile(dir=existing):
            return []
    except OSError:
        pass
    return [
        Error(
            f"{folder} cannot be written by this user ({variable}); nothing could be stored.",
            hint=f"Make the folder and give it to the user that runs Telerad, or set {variable}.",
            id=identifier,
        )
    ]


@_before_start
def sqlite_version(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a SQLite library that is too old."""
    if "sqlite3" not in settings.DATABASES["default"]["ENGINE"]:
        return []
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite is {sqlite3.sqlite_version}; {'.'.join(map(str, OLDEST_SQLITE))} or newer is "
            "needed.",
            hint="Use a newer Python build, or PostgreSQL by DATABASE_URL.",
            id="telerad.E014",
        )
    ]


@_before_start
def demo(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Say that this is the demo."""
    if not settings.DEMO:
        return []
    return [
        Warning(
            "TELERAD_DEMO is on: known key, known passwords, plain HTTP. Never for patients' data.",
            hint="Unset TELERAD_DEMO.",
            id="telerad.W001",
        )
    ]


@checks.register(Tags.database, deploy=True)
def database(
    app_configs: object, databases: Iterable[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Ask the database, and the cache that tickets and sign-in limits rely on."""
    if not databases or "default" not in databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return [
            Error(
                f"The database does not answer ({type(error).__name__}).",
                hint="See that DATABASE_URL names a server that runs and a user who may log in.",
                id="telerad.E020",
            )
        ]
    return _cache()


def _cache() -> list[CheckMessage]:
    try:
        health.cache_keeps()
    except Exception as error:
        where = "Redis" if settings.REDIS_URL else "cache table"
        todo = (
            "See that REDIS_URL names a server that runs."
            if settings.REDIS_URL
            else "Run: telerad migrate"
        )
        return [
            Error(
                f"The {where} does not keep values ({type(error).__name__}); tickets cannot be "
                "revoked and sign-ins not limited.",
                hint=todo,
                id="telerad.E021",
            )
        ]
    return []


def start_problems() -> list[CheckMessage]:
    """Return the errors that forbid a server to start. Asks no other service."""
    messages = [message for check in _starting for message in check(None)]
    return [message for message in messages if message.level >= checks.ERROR]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, with every reason and remedy, if a server must not start."""
    problems: list[Any] = start_problems()
    if problems:
        lines = [f"{problem.id}: {problem.msg}\n  {problem.hint}" for problem in problems]
        raise ImproperlyConfigured("Telerad does not start:\n" + "\n".join(lines))
