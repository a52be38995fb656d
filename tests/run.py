"""Every check, one after another: ``make test``. ``--require-all`` fails where a part is absent.

Real parts are used where they run at their usual address, else started here where their programs
are; what is absent is said in the closing lines together with the tests that did not run for it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import parts  # noqa: E402

BIN = Path(sys.executable).parent


@dataclass
class Report:
    """What ran, how long it took, what failed and what could not run."""

    rows: list[tuple[str, str, float]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def run(
        self, name: str, command: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None
    ) -> bool:
        """Run one check, show its output, note the result."""
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}).returncode
        self.rows.append((name, "ok" if code == 0 else "FAILED", time.monotonic() - started))
        return code == 0

    def close(self, require_all: bool) -> int:
        """Print the summary; return the exit code."""
        print("\n" + "=" * 72)
        for name, result, seconds in self.rows:
            print(f"{result:>7}  {seconds:6.1f} s  {name}")
        for line in self.absent:
            print(f"NOT RUN  {line}")
        failed = any(result != "ok" for _, result, _ in self.rows)
        if require_all and self.absent:
            print("A part that is required here is absent.")
        return 1 if failed or (require_all and self.absent) else 0


def check_python(report: Report) -> None:
    """Lint, format, types, import contracts."""
    report.run("ruff check", [str(BIN / "ruff"), "check", "."])
    report.run("ruff format", [str(BIN / "ruff"), "format", "--check", "."])
    report.run("mypy --strict", [str(BIN / "mypy")])
    report.run("import contracts", [str(BIN / "lint-imports"), "--no-cache"])


def check_javascript(report: Report) -> None:
    """Types by tsc over JSDoc, then node's test runner."""
    if not shutil.which("node"):
        report.absent.append(
            "JavaScript tests: no node on the PATH (Debian: apt install nodejs npm)"
        )
        return
    folder = ROOT / "tests" / "js"
    if shutil.which("npm"):
        quiet = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        if (folder / "node_modules" / "typescript").exists() or report.run(
            "npm ci", quiet, cwd=folder
        ):
            for project in ("model", "io"):
                tsc = ["node", "node_modules/typescript/bin/tsc", "-p", f"tsconfig.{project}.json"]
                report.run(f"tsc {project}", tsc, cwd=folder)
    else:
        report.absent.append("JavaScript types: no npm on the PATH (Debian: apt install npm)")
    report.run("node --test", ["node", "--test", "."], cwd=folder)


def check_pytest(report: Report, workers: str) -> None:
    """Python tests on the embedded profile, then those with rows or blobs on the scaled one."""
    pytest = [str(BIN / "pytest"), "-q", "-n", workers]
    if not parts.data_is_there():
        report.absent.append(
            f"tests over the whole data set: none at {parts.data_folder()}; set TELERAD_TEST_DATA"
        )
    with parts.s3_server() as s3:
        scaled = dict(s3)
        if not s3:
            report.absent.append("S3 tests: moto_server did not start (pip install 'moto[server]')")
        report.run("pytest, embedded profile (SQLite, local blobs)", pytest, env=dict(s3))
        with parts.postgresql() as database, parts.redis() as redis:
            for found, name, how in (
                (database, "PostgreSQL", "apt install postgresql"),
                (redis, "Redis", "apt install redis-server"),
            ):
                scaled |= found
                if not found:
                    report.absent.append(f"scaled-profile tests: no {name} ({how})")
            if database and redis and s3:
                scaled["BLOB_URL"] = scaled["TELERAD_TEST_S3_URL"]
                name = "pytest, scaled profile (PostgreSQL, Redis, S3)"
                report.run(name, [*pytest, "-m", "stores"], env=scaled)


def check_browser(report: Report) -> None:
    """The real server as a subprocess, the real Chromium in front of it."""
    if parts.chromium() is None:
        report.absent.append("browser tests: no Chromium or Chrome (Debian: apt install chromium)")
        return
    report.run("browser tests", [str(BIN / "pytest"), "-q", "tests/e2e"])


def main() -> int:
    """Run the checks named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--require-all", action="store_true", help="fail where a part is absent")
    parser.add_argument("--workers", default="2", help="pytest processes")
    parser.add_argument(
        "only", nargs="*", choices=["python", "javascript", "pytest", "browser", []]
    )
    arguments = parser.parse_args()
    report = Report()
    checks = {
        "python": lambda: check_python(report),
        "javascript": lambda: check_javascript(report),
        "pytest": lambda: check_pytest(report, arguments.workers),
        "browser": lambda: check_browser(report),
    }
    for name in arguments.only or checks:
        checks[name]()
    return report.close(arguments.require_all)


if __name__ == "__main__":
    sys.exit(main())
