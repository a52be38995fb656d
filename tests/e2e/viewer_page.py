"""Steps that the browser tests share: open a case's viewer, ask the door, read the canvas."""

import base64
import io
import re
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

# The canvas of the first viewport as RGBA bytes; reading it back here is a test's business alone.
READ_CANVAS = """
() => {
  const canvas = document.querySelector("[data-viewport] canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let k = 0; k < data.length; k += 0x8000)
    text += String.fromCharCode(...data.subarray(k, k + 0x8000));
  return [canvas.width, canvas.height, btoa(text)];
}
"""


def case_id(page: Page, title: str) -> str:
    """Return the id of the demo's case with this title."""
    for case in page.context.request.get("/api/v1/cases/").json()["results"]:
        if case["title"] == title:
            return str(case["id"])
    raise AssertionError(f"no case is titled {title!r}")


def open_viewer(page: Page, title: str, fragment: str = "") -> str:
    """Open the viewer of a case; wait until the first viewport shows a frame at full quality."""
    case = case_id(page, title)
    page.goto(f"/cases/{case}/viewer/{fragment}")
    wait_shown(page)
    return case


def viewport(page: Page) -> Locator:
    """Return the first viewport."""
    return page.locator("[data-viewport]").first


def wait_shown(page: Page, quality: str = "full") -> None:
    """Wait until the first viewport shows its frame at ``quality``."""
    page.locator(f'[data-viewport][data-quality="{quality}"]').first.wait_for(timeout=20_000)


def wait_index(page: Page, index: int) -> None:
    """Wait until the first viewport has drawn the frame at ``index`` (from 0)."""
    page.locator(f'[data-viewport][data-index="{index}"]').first.wait_for(timeout=20_000)


def view(page: Page) -> dict[str, str]:
    """Return the view that the address holds: it follows the screen with a little delay."""
    page.wait_for_timeout(700)
    fragment = page.evaluate("location.hash").lstrip("#")
    return {key: values[0] for key, values in parse_qs(fragment).items()}


def stack_of(page: Page, case: str) -> dict[str, Any]:
    """Return the stack of the first viewport, with a fresh ticket."""
    stack = viewport(page).get_attribute("data-stack")
    answer: dict[str, Any] = page.context.request.get(
        f"/api/v1/cases/{case}/stacks/{stack}/"
    ).json()
    return answer


def door_picture(
    page: Page, case: str, stack: dict[str, Any], index: int, query: str
) -> NDArray[Any]:
    """Return the server's PNG of one frame as an array."""
    frame = stack["frames"][index]
    path = f"/pixels/v1/cases/{case}/instances/{frame['instance']}/frames/{frame['frame']}"
    answer = page.context.request.get(
        f"{path}/tiles/0/0/0.png?{query}",
        headers={"Authorization": f"Ticket {stack['ticket']['token']}"},
    )
    assert answer.status == 200, answer.text()
    return np.asarray(Image.open(io.BytesIO(answer.body()), formats=["PNG"]))


def canvas_pixels(page: Page) -> NDArray[np.uint8]:
    """Return the first viewport's canvas, (rows, columns, 4)."""
    width, height, data = page.evaluate(READ_CANVAS)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


def text_of(page: Page) -> str:
    """Return all text of the first viewport, spaces folded."""
    return re.sub(r"\s+", " ", viewport(page).inner_text())
