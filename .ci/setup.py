"""Make the virtual environment: ``python3 .ci/setup.py demo`` or ``... test``. Safe to repeat."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
EXTRAS = {"demo": "codecs,speed", "test": "codecs,speed,scale,dev"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def wanted(purpose: str) -> str:
    """Return a digest of everything that decides what gets installed."""
    parts = [EXTRAS[purpose].encode(), (ROOT / "pyproject.toml").read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, CONSTRAINTS.read_bytes()])).hexdigest()


def install(purpose: str) -> None:
    """Create the environment if need be and install the project with the extras of ``purpose``."""
    stamp = VENV / f".installed-for-{purpose}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted(purpose):
        return
    print(f"Setting up .venv for {purpose}; the first time this takes a minute.", flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True, symlinks=True)
    subprocess.run(
        [
            str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--constraint", str(CONSTRAINTS), "--editable", f"{ROOT}[{EXTRAS[purpose]}]",
        ],
        check=True,
    )  # fmt: skip
    stamp.write_text(wanted(purpose))


def install_browser() -> None:
    """Install Debian's Chromium where none is there and we may; else say what to do."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            env=environment,
            check=False,
            stdout=subprocess.DEVNULL,
        )
    if not any(shutil.which(name) for name in BROWSERS):
        print("No Chromium or Chrome found: the browser tests need one, e.g. apt install chromium.")


def main() -> int:
    """Set up for the purpose named on the command line."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if sys.version_info < (3, 11):
        print(
            "Telerad needs Python 3.11 or newer; name one with: make PYTHON=python3.12",
            file=sys.stderr,
        )
        return 1
    try:
        install(purpose)
    except subprocess.CalledProcessError as error:
        print(
            f"Setting up .venv failed (exit {error.returncode}); is the package index reachable, "
            "and is the venv module there (Debian: apt install python3-venv)?",
            file=sys.stderr,
        )
        return 1
    if purpose == "test":
        install_browser()
    return 0


if __name__ == "__main__":
    sys.exit(main())
