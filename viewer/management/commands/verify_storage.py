"""``telerad verify_storage``: hash every stored file again; find files that no row names."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from viewer.models import Blob
from viewer.store import default_store
from viewer.sweep import damaged, orphans

SOME_DAMAGED = 2
_LINE_EVERY = 1000


class Command(BaseCommand):
    """Verify the store. Exit code 2 when a file is damaged or missing."""

    help = "Hash every stored file again and list those that are damaged, missing or unused."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--sweep", action="store_true", help="remove files older than a day that no row names"
        )
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401 - as Django gives them
        """Verify, list, exit."""
        store = default_store()
        total = Blob.objects.count()
        findings = []
        for done, finding in enumerate(damaged(store), 1):
            if finding:
                findings.append(finding)
            if done % _LINE_EVERY == 0 and not options["json"]:
                self.stderr.write(f"{done} of {total} files")
        unused = list(orphans(store))
        if options["sweep"]:
            for digest in unused:
                store.delete(digest)
        if options["json"]:
            account = {
                "files": total,
                "damaged": [{"sha256": one.sha256, "text": one.text} for one in findings],
                "unused": unused,
                "removed": options["sweep"],
            }
            self.stdout.write(json.dumps(account, indent=1))
        else:
            for one in findings:
                self.stdout.write(f"{one.sha256} {one.text}")
            removed = "removed" if options["sweep"] else "not removed (--sweep removes them)"
            self.stdout.write(
                f"{total} files, {len(findings)} damaged or missing; "
                f"{len(unused)} that no row names, {removed}"
            )
        if findings:
            raise SystemExit(SOME_DAMAGED)
