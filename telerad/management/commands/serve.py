"""``telerad serve``: start the web server with the limits that Telerad relies on."""

import resource
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from telerad.checks import is_loopback, start_problems

# A live message is a few hundred bytes; 256 KiB is the largest that is ever read.
LARGEST_SOCKET_MESSAGE_BYTES = 262_144
SOCKET_QUEUE_MESSAGES = 32
CONNECTIONS_PER_PROCESS = 1000
GRACEFUL_SECONDS = 20


def allow_many_open_files() -> None:
    """Raise the limit on open files as far as the system lets: connections and maps of blobs."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Command(BaseCommand):
    """Checks, collects static files if they changed, then serves until it is stopped."""

    help = "Start the web server."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where to listen."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--access-log", action="store_true", help="log each request, without query strings"
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401, Django's signature
        """Refuse an unsafe or unfinished installation; else serve."""
        self.refuse_unsafe(options["host"])
        self.refuse_missing_migrations()
        self.collect_static()
        allow_many_open_files()
        proxies = ",".join(settings.TRUSTED_PROXIES)
        self.stdout.write(f"Telerad listens on http://{options['host']}:{options['port']}/")
        uvicorn.run(
            "telerad.asgi:application",
            host=options["host"],
            port=options["port"],
            workers=settings.WEB_PROCESSES,
            # Believed from the named proxies alone; without one nobody's header is.
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            ws_max_size=LARGEST_SOCKET_MESSAGE_BYTES,
            ws_max_queue=SOCKET_QUEUE_MESSAGES,
            # Compression costs 250 KB a socket and saves little on small messages.
            ws_per_message_deflate=False,
            limit_concurrency=CONNECTIONS_PER_PROCESS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            server_header=False,
            access_log=options["access_log"],
            log_config=settings.LOGGING,
            lifespan="on",
        )

    def refuse_unsafe(self, host: str) -> None:
        """Raise CommandError for a setting or an address that must not be served."""
        problems = [f"{problem.msg}\n    {problem.hint}" for problem in start_problems()]
        if settings.DEMO and not is_loopback(host):
            problems.append(
                f"The demo has known passwords and listens on this machine only, not on {host}.\n"
                "    Use --host 127.0.0.1, or unset TELERAD_DEMO and set TELERAD_SECRET_KEY."
            )
        if problems:
            raise CommandError("Telerad does not start:\n  " + "\n  ".join(problems))

    def refuse_missing_migrations(self) -> None:
        """Raise CommandError if the database is older than this version."""
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise CommandError(
                f"The database lacks {len(missing)} migration(s). Run: telerad migrate"
            )

    def collect_static(self) -> None:
        """Copy and hash the static files, unless nothing changed since the last time."""
        manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
        made_at = manifest.stat().st_mtime if manifest.exists() else 0.0
        files = (
            Path(storage.path(name))
            for finder in finders.get_finders()
            for name, storage in finder.list([])
        )
        if any(file.stat().st_mtime > made_at for file in files):
            call_command("collectstatic", interactive=False, verbosity=0)
