"""Two questions that a supervisor asks: is the process alive, and can it do its work."""

import logging
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


def database_answers() -> None:
    """Ask the database for one row. Raises what the driver raises."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def cache_keeps() -> None:
    """Write a value and read it back. Raises RuntimeError if it is lost."""
    value = token_hex(8)
    cache.set("readiness", value, timeout=30)
    if cache.get("readiness") is None:
        raise RuntimeError("the cache lost a value that was just written")


def folder_is_writable() -> None:
    """Write one file into the data folder. Raises OSError."""
    probe = Path(settings.DATA_DIR) / f".readiness-{token_hex(8)}"
    probe.write_bytes(b"")
    probe.unlink()


CHECKS: dict[str, Callable[[], None]] = {
    "database": database_answers,
    "cache": cache_keeps,
    "folder": folder_is_writable,
}


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer that the process serves requests; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer which parts work: 200 when all do, else 503. The reasons are in the log alone."""
    parts = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception:
            logger.exception("not ready: %s", name)
            parts[name] = "failed"
        else:
            parts[name] = "ok"
    works = all(state == "ok" for state in parts.values())
    return JsonResponse(
        {"status": "ok" if works else "failed", "parts": parts}, status=200 if works else 503
    )
