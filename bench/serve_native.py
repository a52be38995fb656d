"""What the pixel door does with native CT slices: requests a second and CPU, cold and cached.

``python -m bench.serve_native`` prints one line per cell. No peer takes part: this is the figure to
look at while working on the door (``bench/tiles.py`` compares with one).
"""

import argparse
import os
import tempfile
from pathlib import Path

from bench import load, samples, servers
from bench.tiles import Stacks

CELLS = (
    ("40/400", "tiles/0/0/0.png?window=40,400"),
    ("-500/1500", "tiles/0/0/0.png?window=-500,1500"),
    ("deep", "tiles/0/0/0.deep"),
)


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: servers.Telerad, label: str, seconds: float, rounds: int) -> None:
    """Print the best of some rounds for every cell."""
    stacks = Stacks(server)
    for name, end in CELLS:
        paths = stacks.paths("ct", end)
        for connections in (1, 8):
            best = (0.0, "")
            for _ in range(rounds):
                before = cpu_seconds(server.process.pid)
                found = load.run(server.address, paths, stacks.headers("ct"), connections, seconds)
                cpu_ms = (cpu_seconds(server.process.pid) - before) / found.per_second / seconds
                text = (
                    f"{label:7}{name:10}{connections:2} conn {found.per_second:7.0f}/s"
                    f"  cpu {cpu_ms * 1000:5.2f} ms"
                    f"  p50 {found.p50_ms:6.2f}  p95 {found.p95_ms:6.2f}"
                    f"  {found.bytes_each / 1024:5.0f} KB"
                )
                best = max(best, (found.per_second, text))
            print(best[1], flush=True)


def main() -> None:
    """Measure cold (nothing is kept), then cached."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--slices", type=int, default=100)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ct = samples.chest_ct(Path(folder), slices=given.slices)
        for label, cache_bytes in (("cold", "0"), ("cached", str(512 * 1024**2))):
            with servers.telerad([ct], TELERAD_TILE_CACHE_BYTES=cache_bytes) as server:
                measure(server, label, given.seconds, given.rounds)


if __name__ == "__main__":
    main()
