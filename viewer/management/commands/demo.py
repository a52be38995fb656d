"""``telerad demo``: everything from an empty folder to a running server with real studies."""

import json
import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consults import actions
from consults.access import Principal, Right
from consults.demo_people import DEMO_PASSWORD, DemoPeople, ensure_people
from consults.models import Case
from viewer import ingest
from viewer.archive import walk
from viewer.models import ReceivedFile

DEMO_DIR = Path(__file__).resolve().parents[2] / "demo"


class Command(BaseCommand):
    """Prepare the demo and serve it. Safe to repeat: what is there already stays as it is."""

    help = "Show Telerad with real studies: prepares data and people once, then serves them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=8000, help="port on this machine (8000)")
        parser.add_argument("--no-serve", action="store_true", help="prepare, then stop")

    def handle(self, *_args: object, **options: object) -> None:
        """Prepare what is not there yet, print the log-ins, serve."""
        if not settings.DEMO:
            raise CommandError(
                "The demo has known passwords, so it keeps to itself: start it as `telerad demo` "
                "or with TELERAD_DEMO=1, never on a server that holds patients."
            )
        call_command("migrate", verbosity=0)
        people = ensure_people()
        for entry in json.loads((DEMO_DIR / "cases.json").read_text(encoding="utf-8")):
            self.load(entry, people)
        port = int(str(options["port"]))
        self.stdout.write(self.welcome(port))
        if not options["no_serve"]:
            call_command("serve", port=port)

    def load(self, entry: dict[str, str], people: DemoPeople) -> None:
        """Import one folder of studies into its case, unless it is there."""
        folder = DEMO_DIR / "studies" / entry["folder"]
        referrer = Principal.of(people.referrer)
        case = self.case_of(entry, people) if entry["title"] else None
        if case is None:
            names = sum(1 for path in folder.rglob("*") if path.is_file())
            if ReceivedFile.objects.filter(case__title="").count() >= names:
                return
        elif case.received_files.exists():
            return
        self.stdout.write(f"Loading {entry['folder']} ...")
        reports = list(
            ingest.receive(
                walk([folder]), case=case, organisation=people.organisation, principal=referrer
            )
        )
        refused = [report for report in reports if report.outcome == "refused"]
        for report in refused:
            self.stderr.write(f"  {report.name}: {report.reason}")

    def case_of(self, entry: dict[str, str], people: DemoPeople) -> Case:
        """Return the demo's case with this title, opened now if it is not there."""
        existing = Case.objects.filter(organisation=people.organisation, title=entry["title"])
        case = existing.first()
        if case is None:
            case = actions.open_case(
                Principal.of(people.referrer),
                people.organisation,
                title=entry["title"],
                question=entry["question"],
            )
            may = [Right.LOOK, Right.COMMENT, Right.DOWNLOAD]
            actions.add_participant(case, people.consultant, may=may)
            if entry["folder"] == "chest-ct":
                actions.add_participant(case, people.patient, may=[Right.LOOK])
        return case

    def welcome(self, port: int) -> str:
        """Return what to open and whom to sign in as."""
        address = f"http://127.0.0.1:{port}/"
        lines = [
            "",
            f"  Telerad is at {address}",
            "",
            "  Sign in as                                  with the password",
        ]
        for email, who in (
            ("amara@demo.example", "a referring doctor"),
            ("bo@demo.example", "the consultant"),
            ("pat@demo.example", "a patient"),
        ):
            lines.append(f"  {email:<22} {who:<20} {DEMO_PASSWORD}")
        lines += ["", "  Stop with Ctrl+C. Sample images: nothing here is for diagnosis.", ""]
        if os.environ.get("TELERAD_DATA_DIR"):
            lines.insert(-1, f"  Data: {settings.DATA_DIR}")
        return "\n".join(lines)
