"""Load by wrk: every request another URL; answers are counted, errors refused."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local k = 0
request = function()
  k = k + 1
  return wrk.format("GET", paths[(k - 1) %% #paths + 1])
end
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format("RESULT %%d %%d %%d %%.0f %%.0f %%d",
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(95),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What one run gave."""

    per_second: float
    p50_ms: float
    p95_ms: float
    bytes_each: float


def run(
    address: str, paths: list[str], headers: dict[str, str], connections: int, seconds: float = 3
) -> Load:
    """Ask for ``paths`` in turn over ``connections`` kept-alive connections."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "paths"
        listing.write_text("\n".join(paths))
        script = Path(folder) / "load.lua"
        script.write_text(SCRIPT % {"paths": listing})
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s"]
        command += ["-s", str(script)]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        output = subprocess.run(
            [*command, address], check=True, capture_output=True, text=True
        ).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if found is None:
        raise SystemExit(output)
    count, microseconds, size, p50, p95, errors = map(int, found.groups())
    if errors or not count:
        raise SystemExit(f"{errors} of {count} answers were errors: {paths[0]}\n{output}")
    return Load(count / microseconds * 1e6, p50 / 1000, p95 / 1000, size / count)
