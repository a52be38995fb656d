"""``python -m telerad COMMAND`` is the same as ``telerad COMMAND``."""

from telerad.cli import main

main()
