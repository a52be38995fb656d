"""``telerad check``: explain every bad or unsafe setting, and ask the services that are named."""

from typing import Any

from django.core.management.commands.check import Command as DjangoCheck


class Command(DjangoCheck):
    """Django's check with the deployment and the database checks always included."""

    help = "Explain every bad or unsafe setting; ask the database and the cache."

    def handle(self, *app_labels: Any, **options: Any) -> None:  # noqa: ANN401, Django's signature
        """Run every check."""
        options["deploy"] = True
        options["databases"] = options["databases"] or ["default"]
        super().handle(*app_labels, **options)
