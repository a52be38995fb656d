"""The real parts that tests talk to: found at their usual addresses, or started for the run.

Each context manager yields the environment variables that point Telerad at the part, or an empty
dict where the part is absent.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def data_folder() -> Path:
    """Where the whole sample data set is, or would be."""
    return Path(os.environ.get("TELERAD_TEST_DATA", ROOT.parent / "shared" / "data"))


def data_is_there() -> bool:
    """True if the whole sample data set can be read."""
    return (data_folder() / "MANIFEST.csv").is_file()


def chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def free_port() -> int:
    """Return a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, seconds: float = 0.0) -> bool:
    """True if something on loopback accepts a connection at ``port`` within ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        else:
            return True


@contextmanager
def started(command: list[str], port: int, seconds: float = 20) -> Iterator[bool]:
    """Run ``command`` for the time of the block; yield whether it came to answer at ``port``."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield answers(port, seconds)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """Yield ``DATABASE_URL`` of the server at 127.0.0.1:5432, or of one started here."""
    usual = os.environ.get(
        "TELERAD_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres"
    )
    if answers(5432) or "TELERAD_TEST_DATABASE_URL" in os.environ:
        yield {"DATABASE_URL": usual}
        return
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(shutil.which("initdb") or "").parent
    ]
    initdb = folders[-1] / "initdb"
    if not initdb.is_file():
        yield {}
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Path(folder) / "cluster"
        prefix = []
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run(
            [*prefix, str(initdb), "-D", str(cluster), "-U", "postgres", "-A", "trust"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        server = [
            *prefix,
            str(folders[-1] / "postgres"),
            "-D",
            str(cluster),
            "-p",
            str(port),
            "-k",
            folder,
        ]
        with started(server, port) as up:
            yield {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{port}/postgres"} if up else {}


@contextmanager
def redis() -> Iterator[dict[str, str]]:
    """Yield ``REDIS_URL`` of the server at 127.0.0.1:6379, or of one started from its program."""
    if answers(6379):
        yield {"REDIS_URL": "redis://127.0.0.1:6379/7"}
        return
    program = shutil.which("redis-server")
    if program is None:
        yield {}
        return
    port = free_port()
    with started([program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port) as up:
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/7"} if up else {}


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Yield the address of an S3-compatible server and of a fresh bucket in it."""
    if "TELERAD_TEST_S3_URL" in os.environ:
        yield {
            key: os.environ[key]
            for key in os.environ
            if key.startswith(("AWS_", "TELERAD_TEST_S3"))
        }
        return
    program = Path(sys.executable).parent / "moto_server"
    if not program.is_file():
        yield {}
        return
    port = free_port()
    with started([str(program), "-H", "127.0.0.1", "-p", str(port)], port) as up:
        if not up:
            yield {}
            return
        bucket = urllib.request.Request(f"http://127.0.0.1:{port}/telerad-test", method="PUT")
        urllib.request.urlopen(bucket, timeout=10).close()
        yield {
            "TELERAD_TEST_S3_URL": "s3://telerad-test/blobs",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
