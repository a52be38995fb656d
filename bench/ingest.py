"""Import of CT slices, durable, against Orthanc in the same run: ``python -m bench.ingest``.

Ours reads a folder, as ``telerad import`` does, and counts from the first file to the last row.
Orthanc takes the same files over loopback, by REST and by STOW-RS, on one and on eight connections;
it does not sync its files to the disk.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from bench import samples, servers

_STOW_FILES = 20
_BOUNDARY = "telerad-bench"
_CHILD = """
import sys, time
from pathlib import Path
import django
django.setup()
from consults.models import Organisation
from viewer.archive import walk
from viewer.ingest import receive
organisation = Organisation.objects.create(name="Bench")
start, cpu = time.perf_counter(), time.process_time()
files = walk([Path(sys.argv[1])])
reports = list(receive(files, case=None, organisation=organisation, principal=None))
seconds, used = time.perf_counter() - start, time.process_time() - cpu
assert all(report.outcome == "displayed" for report in reports), reports[0]
print(len(reports) / seconds, used / len(reports) * 1000)
"""


def ours(folder: Path, scratch: Path) -> tuple[float, float]:
    """Return (instances a second, CPU ms each) of an import into an empty installation."""
    with tempfile.TemporaryDirectory(dir=scratch) as data:
        env = {
            **os.environ,
            "TELERAD_DATA_DIR": data,
            "TELERAD_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "telerad.settings",
        }
        for name in ("DATABASE_URL", "REDIS_URL", "BLOB_URL"):
            env.pop(name, None)
        migrate = [sys.executable, "-m", "telerad", "migrate", "-v0"]
        subprocess.run(migrate, env=env, check=True)
        answer = subprocess.run(
            [sys.executable, "-c", _CHILD, str(folder)],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    return float(answer[0]), float(answer[1])


def rest_bodies(files: Sequence[Path]) -> list[tuple[str, str, bytes]]:
    """Return (path, content type, body) of one request a file."""
    return [("/instances", "application/dicom", path.read_bytes()) for path in files]


def stow_bodies(files: Sequence[Path]) -> list[tuple[str, str, bytes]]:
    """Return (path, content type, body) of requests of 20 files each (PS3.18 10.5)."""
    kind = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'
    head = f"--{_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    bodies = []
    for first in range(0, len(files), _STOW_FILES):
        parts = [head + path.read_bytes() + b"\r\n" for path in files[first : first + _STOW_FILES]]
        end = f"--{_BOUNDARY}--".encode()
        bodies.append(("/dicom-web/studies", kind, b"".join(parts) + end))
    return bodies


def orthanc(
    files: Sequence[Path],
    bodies_of: Callable[[Sequence[Path]], list[tuple[str, str, bytes]]],
    connections: int,
) -> float:
    """Return the instances a second that an empty Orthanc takes."""
    requests = bodies_of(files)
    with servers.orthanc() as address:
        host = urlsplit(address).netloc

        def send(mine: list[tuple[str, str, bytes]]) -> None:
            connection = http.client.HTTPConnection(host, timeout=120)
            for path, kind, body in mine:
                connection.request("POST", path, body, {"Content-Type": kind})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise SystemExit(f"Orthanc answered {answer.status} to {path}")
            connection.close()

        shares = [requests[first::connections] for first in range(connections)]
        start = time.perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(send, shares))
        return len(files) / (time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if missing := samples.programs_missing():
        raise SystemExit(f"Install first: {' '.join(missing)}")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder = samples.chest_ct(scratch, slices=options.slices)
        files = sorted(folder.iterdir())
        size = sum(path.stat().st_size for path in files)
        print(f"{len(files)} CT slices, {size / 1e6:.0f} MB; best of {options.rounds}")
        best, cpu = max(ours(folder, scratch) for _ in range(options.rounds))
        print(f"telerad import, synced   {best:6.0f} instances/s  {cpu:.1f} CPU ms each")
        peers = {
            "Orthanc REST, 1": (rest_bodies, 1),
            "Orthanc REST, 8": (rest_bodies, 8),
            "Orthanc STOW, 1": (stow_bodies, 1),
            "Orthanc STOW, 8": (stow_bodies, 8),
        }
        for label, (bodies, connections) in peers.items():
            rate = max(orthanc(files, bodies, connections) for _ in range(options.rounds))
            print(f"{label:<24} {rate:6.0f} instances/s  ratio {best / rate:.2f}x")


if __name__ == "__main__":
    main()
