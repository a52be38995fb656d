"""The same hands on a phone: one finger, two fingers, 390 pixels."""

from playwright.sync_api import Page, expect

from tests.e2e.test_viewer import CHEST
from tests.e2e.viewer_page import open_viewer, view, viewport


class Fingers:
    """Touches sent through the browser's own input, one session for a whole gesture."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        """Send one touch event with the fingers that are down."""
        down = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": down})


def test_one_finger_scrolls_through_the_images(phone: Page) -> None:
    open_viewer(phone, CHEST)
    box = viewport(phone).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = Fingers(phone)
    fingers.send("touchStart", (x, y))
    for k in range(1, 11):
        fingers.send("touchMove", (x, y + k * 12))
    fingers.send("touchEnd")
    expect(viewport(phone)).not_to_have_attribute("data-index", "0")


def test_two_fingers_zoom(phone: Page) -> None:
    open_viewer(phone, CHEST)
    before = float(view(phone)["zoom"])
    box = viewport(phone).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = Fingers(phone)
    fingers.send("touchStart", (x - 40, y), (x + 40, y))
    for k in range(1, 9):
        fingers.send("touchMove", (x - 40 - k * 8, y), (x + 40 + k * 8, y))
    fingers.send("touchEnd")
    assert float(view(phone)["zoom"]) > before * 1.5


def test_nothing_is_wider_than_the_phone(phone: Page) -> None:
    case = open_viewer(phone, CHEST)
    for path in ("/", f"/cases/{case}/", f"/cases/{case}/upload/", f"/cases/{case}/viewer/"):
        phone.goto(path)
        phone.wait_for_timeout(500)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_targets_of_the_viewer_are_large_enough_for_a_thumb(phone: Page) -> None:
    open_viewer(phone, CHEST)
    small = phone.evaluate(
        """() => [...document.querySelectorAll("button, a[href]")]
          .filter((e) => e.checkVisibility() && !e.closest("[inert]"))
          .map((e) => ({
            name: e.getAttribute("aria-label") ?? e.textContent.trim(),
            least: e.closest(".trust") ? 24 : 44,
            box: e.getBoundingClientRect(),
          }))
          .filter(({box, least}) => box.width > 0 && (box.width < least || box.height < least))
          .map(({name, box}) => `${name} ${box.width}x${box.height}`)"""
    )
    assert small == []
