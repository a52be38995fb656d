"""A real S3-compatible server for the tests.

It is the one that ``TELERAD_TEST_S3_URL`` (s3://bucket/prefix) and AWS_* variables name, or else
moto's, started here. Import both fixtures: ``from tests.s3_server import s3_endpoint, s3_url``.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of moto's server, started for this run; "" if another one is named."""
    if os.environ.get("TELERAD_TEST_S3_URL"):
        yield ""
        return
    program = Path(sys.executable).with_name("moto_server")
    found = str(program) if program.exists() else shutil.which("moto_server")
    if not found:
        pytest.skip("no S3-compatible server: set TELERAD_TEST_S3_URL or install moto[server]")
    port = _free_port()
    server = subprocess.Popen(
        [found, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while not _answers(url):
        if time.monotonic() > deadline or server.poll() is not None:
            server.kill()
            pytest.fail("moto_server did not start")
        time.sleep(0.1)
    yield url
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(10)
    if server.poll() is None:
        server.kill()
        server.wait()


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``s3://bucket/prefix`` of an empty place, with the AWS_* variables that reach it."""
    pytest.importorskip("obstore", reason="S3 blobs need obstore (the 'scale' extra)")
    place = f"telerad-{uuid.uuid4().hex[:12]}"
    if not s3_endpoint:
        return f"{os.environ['TELERAD_TEST_S3_URL'].rstrip('/')}/{place}"
    for name, value in {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    request = urllib.request.Request(f"{s3_endpoint}/{place}", method="PUT", data=b"")
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/x")
    urllib.request.urlopen(request, timeout=10).close()
    return f"s3://{place}/blobs"
