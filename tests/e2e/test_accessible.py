"""axe finds nothing to object to on any page, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.test_viewer import CHEST
from tests.e2e.viewer_page import case_id, open_viewer

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


def violations(page: Page) -> list[str]:
    """Return what axe objects to, each with the element."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {n['html'][:160]}" for v in found for n in v["nodes"]]


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest) -> Page:
    """The signed-in page, wide and narrow."""
    found: Page = request.getfixturevalue(request.param)
    return found


def test_the_viewer(page: Page) -> None:
    open_viewer(page, CHEST)
    assert violations(page) == []
    page.evaluate("document.querySelector('#help-dialog').showModal()")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/cases/new/", "/cases/{case}/", "/cases/{case}/upload/"])
def test_the_pages(page: Page, path: str) -> None:
    page.goto(path.format(case=case_id(page, CHEST)))
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


def test_signing_in(address: str, browser: Browser) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/sign-in/")
    assert violations(page) == []
    context.close()
