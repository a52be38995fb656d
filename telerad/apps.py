"""The platform app: checks, commands, and what both other apps stand on."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Django's registration of the app."""

    name = "telerad"
    verbose_name = "Telerad"

    def ready(self) -> None:
        """Register the checks, and the API's sign-in with its schema."""
        from telerad import checks, schema  # noqa: F401, registering is the import's effect
