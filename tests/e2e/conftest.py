"""One server with the demo's studies, one browser; every page must end without an error."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import parts

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
PASSWORD_COMMAND = "from consults.demo_people import DEMO_PASSWORD; print(DEMO_PASSWORD)"


@pytest.fixture(scope="session")
def server_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a demo with a data folder of its own."""
    return {
        **os.environ,
        "TELERAD_DEMO": "1",
        "TELERAD_DATA_DIR": str(tmp_path_factory.mktemp("telerad")),
        "TELERAD_LOG_LEVEL": "WARNING",
    }


@pytest.fixture(scope="session")
def address(
    server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running server that holds the demo's studies."""
    manage = [sys.executable, "-m", "telerad"]
    subprocess.run(
        [*manage, "demo", "--no-serve"], env=server_environment, check=True, cwd=parts.ROOT
    )
    port = parts.free_port()
    log = tmp_path_factory.mktemp("log") / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*manage, "serve", "--port", str(port)],
            env=server_environment,
            cwd=parts.ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            assert parts.answers(port, 60), log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def password(server_environment: dict[str, str]) -> str:
    """The password of the demo's people."""
    shell = [sys.executable, "-m", "telerad", "shell", "-v0", "-c", PASSWORD_COMMAND]
    return subprocess.run(
        shell, env=server_environment, check=True, capture_output=True, text=True, cwd=parts.ROOT
    ).stdout.strip()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """An installed Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(address: str, browser: Browser, password: str) -> dict[str, Any]:
    """The cookies of Amara, who refers, signed in once through the page."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill("amara@demo.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    state = context.storage_state()
    context.close()
    return state


WATCH = """
window.reports = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.reports.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));
"""


class Watched:
    """A context whose pages are watched for errors."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        context.add_init_script(WATCH)
        context.on("page", self.watch)

    def watch(self, page: Page) -> None:
        """Note the page's console errors and uncaught exceptions."""
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self.note)

    def note(self, message: ConsoleMessage) -> None:
        """Keep an error that the page wrote to the console."""
        if message.type == "error":
            self.errors.append(f"console: {message.text}")

    def close(self) -> None:
        """Close the pages; fail if any of them had an error or a CSP report."""
        for page in self.context.pages:
            if not page.is_closed():
                self.errors += page.evaluate("window.reports ?? []")
        self.context.close()
        assert not self.errors, self.errors


@pytest.fixture
def desktop(address: str, browser: Browser, signed_in: Any) -> Iterator[Page]:
    """A page of a 1440 x 900 screen, signed in as Amara."""
    watched = Watched(
        browser.new_context(
            base_url=address, storage_state=signed_in, viewport={"width": 1440, "height": 900}
        )
    )
    yield watched.context.new_page()
    watched.close()


@pytest.fixture
def phone(address: str, browser: Browser, signed_in: Any) -> Iterator[Page]:
    """A page of a 390 x 844 phone with touch, signed in as Amara."""
    watched = Watched(
        browser.new_context(
            base_url=address,
            storage_state=signed_in,
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
        )
    )
    yield watched.context.new_page()
    watched.close()


@pytest.fixture
def screenshots() -> Path:
    """Where pictures of pages are put to be looked at: test-results/, which git ignores."""
    folder = parts.ROOT / "test-results"
    folder.mkdir(exist_ok=True)
    return folder
