"""The consults app: people, organisations, cases, and who may see what."""

from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    """Django's registration of the app."""

    name = "consults"
    verbose_name = "Cases and people"

    def ready(self) -> None:
        """Let the audit hear of refusals and sign-ins."""
        from consults import hearing  # noqa: F401, connecting is the import's effect
