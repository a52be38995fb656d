"""Measurements: each module is one command, ``python -m bench.NAME``.

Figures go to docs/performance.md.
"""
