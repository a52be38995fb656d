#!/usr/bin/env python
"""Run a Telerad command: ``python manage.py COMMAND`` is the same as ``telerad COMMAND``."""

from telerad.cli import main

if __name__ == "__main__":
    main()
