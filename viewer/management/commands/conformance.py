"""``telerad conformance``: write docs/conformance.md from the code."""

from pathlib import Path

from django.core.management.base import BaseCommand

from viewer.conformance import page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "conformance.md"


class Command(BaseCommand):
    """Write the page; a test fails when it is not what the code says."""

    help = "Write docs/conformance.md: the SOP classes and transfer syntaxes that are displayed."

    def handle(self, *_args: object, **_options: object) -> None:
        """Write the page."""
        PAGE.write_text(page(), encoding="utf-8")
        self.stdout.write(f"Wrote {PAGE}")
