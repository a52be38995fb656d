"""The ``telerad`` console command: each sub-command is a Django management command."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command named on the command line with Telerad's settings."""
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("TELERAD_DEMO", "1")
        os.environ.setdefault("TELERAD_LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telerad.settings")
    execute_from_command_line(sys.argv)
