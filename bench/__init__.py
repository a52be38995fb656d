"""Measurements: each module is one command, ``python -m bench.NAME``; figures go to docs/performance.md."""
