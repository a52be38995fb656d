"""``telerad verify_audit``: check that the audit is as it was written."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consults import audit
from consults.models import AuditHead


def known_event(text: str) -> tuple[int, str]:
    """Return ``SEQUENCE:SHA256`` as a pair. Raises ArgumentTypeError for another form."""
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit()) or len(digest) != 64:
        raise ArgumentTypeError("expected SEQUENCE:SHA256, as in a line of the log")
    return int(number), digest


class Command(BaseCommand):
    """Names the first event that is not as it was written; exit status 1 if there is one."""

    help = "Check the audit's chain of hashes; name the first event that was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what may be known from elsewhere."""
        parser.add_argument(
            "--known",
            type=known_event,
            metavar="SEQUENCE:SHA256",
            help="an event as the log names it; shows an audit that was rewritten as a whole",
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401, Django's signature
        """Check every event."""
        bad = audit.verify(options["known"])
        if bad is not None:
            raise CommandError(
                f"The audit is not as it was written: event {bad} was changed, removed or moved. "
                "Keep the database as it is, and compare with a backup."
            )
        head = AuditHead.objects.filter(id=1).first()
        count = head.sequence if head else 0
        self.stdout.write(f"The audit is whole: {count} events.")
        if head:
            self.stdout.write(f"Newest: {head.sequence}:{head.sha256}")
