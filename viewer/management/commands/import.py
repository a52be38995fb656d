# ruff: noqa: N999 - Django names a command after its module
"""``telerad import PATH...``: files, folders, ZIP archives and DICOM media into cases."""

import json
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from consults.models import Case, Organisation
from telerad.errors import TeleradError
from viewer.archive import walk
from viewer.ingest import LEFT_OUT, MISSING, FileReport, receive
from viewer.models import Outcome

# In the order of the table: what came in first, what needs attention last.
_WORDS = {
    Outcome.DISPLAYED.value: "Displayed",
    Outcome.STORED.value: "Stored, not displayed",
    Outcome.DUPLICATE.value: "Already here",
    LEFT_OUT: "Left out",
    Outcome.CONFLICT.value: "Kept as a conflict",
    MISSING: "Missing on the medium",
    Outcome.REFUSED.value: "Refused",
}
SOME_REFUSED = 2
_LINE_EVERY = 500
_EXAMPLES = 2
_CASES_LISTED = 10
_LINE_CHARACTERS = 140


class Command(BaseCommand):
    """Import files. Exit code 0: all accounted for; 2: some refused or missing; 1: it failed."""

    help = "Import DICOM files, folders, ZIP archives and media. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--case", type=_uuid, help="the case that takes the files (one patient)"
        )
        parser.add_argument(
            "--organisation",
            metavar="NAME",
            help="whose files these are; needed if there are several organisations and no --case",
        )
        parser.add_argument("--json", action="store_true", help="print the account as JSON")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401 - as Django gives them
        """Import, print the account, exit."""
        paths: list[Path] = options["paths"]
        for path in paths:
            if not path.exists():
                raise CommandError(f"There is no file or folder {path}.")
        case = _case(options["case"]) if options["case"] else None
        organisation = case.organisation if case else _organisation(options["organisation"])
        reports: list[FileReport] = []
        try:
            with self._progress(quiet=options["json"]) as shown:
                for report in receive(
                    walk(paths), case=case, organisation=organisation, principal=None
                ):
                    reports.append(report)
                    shown.add(report)
        except TeleradError as error:
            raise CommandError(f"{error} {len(reports)} files were done before.") from error
        if options["json"]:
            self.stdout.write(json.dumps(_account(reports), indent=1))
        else:
            self._table(reports)
        if any(report.outcome in {Outcome.REFUSED.value, MISSING} for report in reports):
            raise SystemExit(SOME_REFUSED)

    @contextmanager
    def _progress(self, *, quiet: bool) -> Iterator["_Lines | _Bar"]:
        console = Console(stderr=True)
        if quiet or not console.is_terminal:
            yield _Lines(None if quiet else self)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            yield _Bar(progress)

    def _table(self, reports: list[FileReport]) -> None:
        console = Console(file=cast(TextIO, self.stdout))
        if not console.is_terminal:
            console.width = _LINE_CHARACTERS
        table = Table(title="What became of each file", title_justify="left", expand=False)
        table.add_column("Files", justify="right")
        table.add_column("Outcome", no_wrap=True)
        table.add_column("Reason", overflow="fold")
        table.add_column("For example", overflow="fold")
        counts = Counter((report.outcome, report.reason) for report in reports)
        order = list(_WORDS)
        for (outcome, reason), count in sorted(
            counts.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1])
        ):
            needs_example = outcome not in {Outcome.DISPLAYED.value, Outcome.DUPLICATE.value}
            examples = [r.name for r in reports if (r.outcome, r.reason) == (outcome, reason)]
            # Text, not markup: names and reasons quote foreign files.
            table.add_row(
                str(count),
                _WORDS[outcome],
                Text(reason),
                Text("\n".join(map(_short, examples[:_EXAMPLES])) if needs_example else ""),
            )
        table.add_section()
        table.add_row(str(len(reports)), "in all", "", "")
        console.print(table)
        cases = list(dict.fromkeys(str(report.case_id) for report in reports if report.case_id))
        for case_id in cases[:_CASES_LISTED]:
            self.stdout.write(f"Case {case_id}")
        if len(cases) > _CASES_LISTED:
            self.stdout.write(f"and {len(cases) - _CASES_LISTED} more cases")


class _Lines:
    """Progress as plain lines, for logs."""

    def __init__(self, command: BaseCommand | None) -> None:
        self._command = command
        self._files = 0

    def add(self, report: FileReport) -> None:
        """Count a file."""
        self._files += 1
        if self._command and self._files % _LINE_EVERY == 0:
            self._command.stderr.write(f"{self._files} files, {report.outcome}")


class _Bar:
    """Progress as a bar; how many files there will be shows when the last one is found."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Importing", total=None)

    def add(self, report: FileReport) -> None:
        """Count a file."""
        self._progress.advance(self._task)


def _account(reports: list[FileReport]) -> dict[str, Any]:
    totals = Counter(report.outcome for report in reports)
    return {
        "files": len(reports),
        "totals": {outcome: totals[outcome] for outcome in _WORDS if totals[outcome]},
        "reports": [
            {
                "name": report.name,
                "sha256": report.sha256,
                "outcome": report.outcome,
                "reason": report.reason,
                "instance": str(report.instance_id) if report.instance_id else None,
                "case": str(report.case_id) if report.case_id else None,
            }
            for report in reports
        ],
    }


def _short(name: str) -> str:
    return name if len(name) <= 50 else "…" + name[-49:]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ArgumentTypeError("a case is named by its UUID, as in its address") from error


def _case(case_id: UUID) -> Case:
    try:
        return Case.objects.select_related("organisation", "patient").get(id=case_id)
    except (Case.DoesNotExist, ValidationError) as error:
        raise CommandError(f"There is no case {case_id}.") from error


def _organisation(name: str | None) -> Organisation:
    """Return the named organisation, or the only one there is."""
    if name:
        organisation = Organisation.objects.filter(name=name).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {name!r}.")
        return organisation
    organisations = list(Organisation.objects.all()[:2])
    if len(organisations) != 1:
        found = "several organisations" if organisations else "no organisation yet"
        raise CommandError(f"There are {found}: name one with --organisation, or a --case.")
    return organisations[0]
