"""The consults app: people, organisations, cases, and who may see what."""

from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    """Django's registration of the app."""

    name = "consults"
    verbose_name = "Cases and people"
