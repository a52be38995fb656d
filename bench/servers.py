"""The two servers that are compared, on loopback: Orthanc as Debian ships it, and Telerad."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg

from tests import parts
from tests.parts import answers, free_port

PLUGINS = "/usr/share/orthanc/plugins"
EMAIL, PASSWORD = "bench@example.org", "only-for-this-measurement"


@contextmanager
def orthanc() -> Iterator[str]:
    """Run an Orthanc of our own with DICOMweb and GDCM; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        configuration = {
            "HttpPort": port,
            "DicomPort": free_port(),
            "StorageDirectory": folder,
            "IndexDirectory": folder,
            "AuthenticationEnabled": False,
            "RemoteAccessAllowed": False,
            "DicomWeb": {"Enable": True},
            "Plugins": [PLUGINS],
        }
        path = Path(folder) / "orthanc.json"
        path.write_text(json.dumps(configuration))
        log = (Path(folder) / "log").open("w")
        process = subprocess.Popen(["Orthanc", str(path)], stdout=log, stderr=log)
        try:
            if not answers(port, 30):
                raise SystemExit("Orthanc did not start")
            time.sleep(1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def send_to_orthanc(address: str, paths: list[Path]) -> None:
    """Store files by Orthanc's REST interface."""
    for path in paths:
        request = urllib.request.Request(f"{address}/instances", path.read_bytes(), method="POST")
        urllib.request.urlopen(request, timeout=60).close()


@dataclass
class Telerad:
    """A running Telerad: its address, its process and a signed-in client."""

    address: str
    process: subprocess.Popen[bytes]
    client: urllib.request.OpenerDirector
    frame_cache: Path

    def forget_frames(self) -> None:
        """Remove all decoded frames, so that the next run decodes each anew."""
        for path in self.frame_cache.glob("[!.]*"):
            path.unlink(missing_ok=True)

    def json(self, path: str, data: object = None) -> dict[str, object]:
        """GET, or POST where there is data, and return the JSON answer."""
        headers = {"Accept": "application/json"}
        body = None
        if data is not None:
            body = json.dumps(data).encode()
            cookies = next(h.cookiejar for h in self.client.handlers if hasattr(h, "cookiejar"))
            token = next(c.value for c in cookies if c.name == "csrftoken")
            headers |= {"Content-Type": "application/json", "X-CSRFToken": token or ""}
        request = urllib.request.Request(self.address + path, body, headers)
        with self.client.open(request, timeout=120) as answer:
            return json.loads(answer.read())

    def memory_bytes(self) -> int:
        """Return the resident memory of the web process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


@contextmanager
def scaled(processes: int) -> Iterator[dict[str, str]]:
    """Yield the environment of a scaled Telerad with a database of its own."""
    with parts.postgresql() as database, parts.redis() as redis:
        if not database or not redis:
            raise SystemExit("The scaled profile needs: apt install postgresql redis-server")
        url = database["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS telerad_bench WITH (FORCE)")
            connection.execute("CREATE DATABASE telerad_bench")
        try:
            yield {
                "DATABASE_URL": url.rsplit("/", 1)[0] + "/telerad_bench",
                "REDIS_URL": redis["REDIS_URL"],
                "TELERAD_WEB_PROCESSES": str(processes),
            }
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS telerad_bench WITH (FORCE)")


@contextmanager
def telerad(folders: list[Path], **environment: str) -> Iterator[Telerad]:
    """Run a Telerad of our own with the studies of ``folders``; yield it, signed in."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        tempfile.TemporaryDirectory() as data,
        tempfile.TemporaryDirectory(dir=memory) as frames,
    ):
        outside = ("DATABASE_URL", "REDIS_URL", "BLOB_URL")
        env = {name: value for name, value in os.environ.items() if name not in outside}
        env |= {"TELERAD_FRAME_CACHE_DIR": frames, "TELERAD_FRAME_CACHE_BYTES": str(3 << 30)}
        env |= {"TELERAD_DATA_DIR": data, "TELERAD_DEMO": "1", "TELERAD_LOG_LEVEL": "WARNING"}
        env |= environment
        manage = [sys.executable, "-m", "telerad"]
        subprocess.run([*manage, "migrate", "-v0"], env=env, check=True)
        code = (
            "from consults.models import *\n"
            "o = Organisation.objects.create(name='Bench')\n"
            f"u = User.objects.create_user('{EMAIL}', '{PASSWORD}', name='Bench')\n"
            "Membership.objects.create(organisation=o, user=u, role='physician')\n"
        )
        subprocess.run([*manage, "shell", "-v0", "-c", code], env=env, check=True)
        if folders:
            names = [str(folder) for folder in folders]
            subprocess.run(
                [*manage, "import", *names, "--organisation", "Bench"],
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        port = free_port()
        process = subprocess.Popen([*manage, "serve", "--port", str(port)], env=env)
        try:
            if not answers(port, 30):
                raise SystemExit("Telerad did not start")
            yield sign_in(f"http://127.0.0.1:{port}", process, Path(frames))
        finally:
            process.terminate()
            process.wait()


def sign_in(address: str, process: subprocess.Popen[bytes], frame_cache: Path) -> Telerad:
    """Sign in by the page a person would use."""
    jar = CookieJar()
    client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = client.open(f"{address}/sign-in/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {
        "csrfmiddlewaretoken": token[1] if token else "",
        "username": EMAIL,
        "password": PASSWORD,
    }
    body = "&".join(f"{k}={urllib.request.quote(v)}" for k, v in form.items())
    client.open(f"{address}/sign-in/", body.encode(), timeout=30).close()
    return Telerad(address, process, client, frame_cache)
