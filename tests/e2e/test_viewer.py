"""What a doctor does in the viewer, on a desk."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread

from tests import parts
from tests.e2e.viewer_page import (
    canvas_pixels,
    case_id,
    door_picture,
    open_viewer,
    stack_of,
    text_of,
    view,
    viewport,
    wait_index,
    wait_shown,
)

CHEST = "Chest CT: nodule in the right lung"
DEMO = parts.ROOT / "viewer" / "demo" / "studies"


def test_a_case_opens_from_the_list_and_shows_its_first_image(desktop: Page) -> None:
    desktop.goto("/")
    desktop.get_by_role("link", name=CHEST).or_(
        desktop.locator("li", has_text=CHEST).get_by_role("link")
    ).first.click()
    desktop.get_by_role("link", name="Open the viewer").click()
    wait_shown(desktop)
    text = text_of(desktop)
    assert "LIDC-IDRI-0314" in text
    assert "01 Jan 2000" in text
    assert "Image 1 / 42" in text
    assert "Stored values" in text


def test_wheel_keys_and_slider_move_through_the_stack(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    viewport(desktop).hover()
    desktop.mouse.wheel(0, 120)
    wait_index(desktop, 1)
    desktop.keyboard.press("ArrowDown")
    wait_index(desktop, 2)
    desktop.keyboard.press("ArrowUp")
    wait_index(desktop, 1)
    desktop.keyboard.press("End")
    wait_index(desktop, 41)
    desktop.keyboard.press("ArrowDown")
    wait_index(desktop, 41)
    desktop.keyboard.press("Home")
    wait_index(desktop, 0)
    desktop.locator("[data-viewport] input[type=range], .pane input[type=range]").first.fill("21")
    expect(viewport(desktop)).not_to_have_attribute("data-index", "0")


def matches_the_door(page: Page, case: str) -> None:
    """Every canvas pixel that lies on the image equals the server's PNG of the same window."""
    now = view(page)
    stack = stack_of(page, case)
    index = int(now["frame"]) - 1
    picture = door_picture(page, case, stack, index, f"window={now['window']}")
    canvas = canvas_pixels(page)
    height, width = canvas.shape[:2]
    x, y = (float(value) for value in now["at"].split(","))
    assert float(now["zoom"]) == 1
    # The image point (x, y) is at the middle of the canvas; pixel k covers k - 0.5 to k + 0.5.
    left, top = round(x + 0.5 - width / 2), round(y + 0.5 - height / 2)
    rows, columns = picture.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(columns, left + width), min(rows, top + height)
    assert (x1 - x0) * (y1 - y0) > 100_000
    shown = canvas[y0 - top : y1 - top, x0 - left : x1 - left]
    for channel in range(3):
        np.testing.assert_array_equal(shown[..., channel], picture[y0:y1, x0:x1])


def test_the_canvas_equals_the_servers_png_of_the_same_window(desktop: Page) -> None:
    case = open_viewer(desktop, CHEST)
    desktop.keyboard.press("0")
    matches_the_door(desktop, case)
    box = viewport(desktop).bounding_box()
    assert box is not None
    before = view(desktop)["window"]
    desktop.mouse.move(box["x"] + 500, box["y"] + 400)
    desktop.mouse.down()
    desktop.mouse.move(box["x"] + 600, box["y"] + 330, steps=8)
    desktop.mouse.up()
    assert view(desktop)["window"] != before
    matches_the_door(desktop, case)


def test_number_keys_choose_window_presets(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    desktop.keyboard.press("1")
    assert view(desktop)["window"].startswith("-450,2000")
    desktop.keyboard.press("2")
    second = view(desktop)["window"]
    assert not second.startswith("-450,2000")
    desktop.keyboard.press("Backspace")
    assert view(desktop)["window"].startswith("-450,2000")


def test_invert_turns_the_picture_round(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    before = canvas_pixels(desktop)
    desktop.keyboard.press("i")
    desktop.wait_for_timeout(300)
    after = canvas_pixels(desktop)
    middle = (slice(350, 450), slice(450, 650), 0)
    assert np.abs(255 - before[middle].astype(int) - after[middle]).max() <= 1


def test_orientation_letters_follow_rotation_and_flip(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    letters = desktop.locator("[data-viewport] [data-edge], .pane .letter")

    def around() -> list[str]:
        desktop.wait_for_timeout(200)
        return [text for text in letters.all_inner_texts() if text]

    first = around()
    assert sorted(first) == ["A", "L", "P", "R"]
    desktop.keyboard.press("r")
    second = around()
    assert sorted(second) == ["A", "L", "P", "R"]
    assert second != first
    desktop.keyboard.press("l")
    desktop.keyboard.press("h")
    third = around()
    changed = {a + b for a, b in zip(first, third, strict=True) if a != b}
    assert changed == {"RL", "LR"}


def test_the_probe_reads_the_stored_value_in_hounsfield_units(desktop: Page) -> None:
    case = open_viewer(desktop, CHEST)
    desktop.keyboard.press("0")
    desktop.keyboard.press("b")
    box = viewport(desktop).locator("canvas").first.bounding_box()
    assert box is not None
    desktop.mouse.move(box["x"] + box["width"] / 2 + 7, box["y"] + box["height"] / 2 + 3)
    desktop.wait_for_timeout(400)
    text = text_of(desktop)
    words = text.split(" x ")[1].split()
    x, y, value = (
        int(words[0]),
        int(words[2]),
        words[3].replace("\N{MINUS SIGN}", "-").replace(",", ""),
    )
    stack = stack_of(desktop, case)
    position = stack["frames"][int(view(desktop)["frame"]) - 1]["position"]
    for path in (DEMO / "chest-ct").glob("*.dcm"):
        ds = dcmread(path)
        if abs(float(ds.ImagePositionPatient[2]) - position[2]) < 1e-3:
            stored = int(ds.pixel_array[y, x])
            assert float(value) == stored * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
            assert words[4] == "HU"
            return
    raise AssertionError("no slice lies at this position")


def test_a_cine_plays_at_the_files_own_timing_and_space_stops_it(desktop: Page) -> None:
    case = open_viewer(desktop, "Echo: adult heart, cine")
    cine = stack_of(desktop, case)["cine"]
    assert cine["frameTimeMs"] > 0
    host = viewport(desktop)
    total = host.get_attribute("data-total")
    expect(host).to_have_attribute("data-loaded", str(total), timeout=20_000)
    seen = desktop.evaluate(
        """async () => {
          const host = document.querySelector("[data-viewport]");
          const started = performance.now();
          let steps = 0, last = host.dataset.index;
          while (performance.now() - started < 2000) {
            await new Promise(requestAnimationFrame);
            if (host.dataset.index !== last) {
              const step = Number(host.dataset.index) - Number(last);
              steps += step > 0 ? step : step + Number(host.dataset.total);
              last = host.dataset.index;
            }
          }
          return steps / ((performance.now() - started) / 1000);
        }"""
    )
    assert seen == pytest.approx(1000 / cine["frameTimeMs"], rel=0.15)
    desktop.keyboard.press(" ")
    desktop.wait_for_timeout(300)
    stopped = viewport(desktop).get_attribute("data-index")
    desktop.wait_for_timeout(500)
    assert viewport(desktop).get_attribute("data-index") == stopped
    desktop.keyboard.press("ArrowRight")
    expect(viewport(desktop)).not_to_have_attribute("data-index", str(stopped))


def test_two_by_two_shows_four_viewports_each_with_its_own_patient(desktop: Page) -> None:
    open_viewer(desktop, "PET/CT: head and neck")
    for _ in range(3):
        desktop.keyboard.press("g")
    expect(desktop.locator("[data-viewport]")).to_have_count(4)
    desktop.wait_for_timeout(500)
    assert "IDS-DEPT027-a" in text_of(desktop)


def test_an_address_restores_the_exact_view(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    desktop.keyboard.press("End")
    wait_index(desktop, 41)
    desktop.keyboard.press("2")
    desktop.keyboard.press("r")
    desktop.keyboard.press("+")
    before = view(desktop)
    address = desktop.url
    other = desktop.context.new_page()
    other.goto(address)
    wait_index(other, 41)
    assert view(other) == before
    assert "LIDC" not in address


def test_the_key_sheet_opens_and_closes(desktop: Page) -> None:
    open_viewer(desktop, CHEST)
    desktop.keyboard.press("?")
    expect(desktop.get_by_role("dialog", name="Keys and gestures")).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(desktop.get_by_role("dialog", name="Keys and gestures")).to_be_hidden()


def test_case_47_an_ecg_is_a_named_tile_that_says_why(desktop: Page) -> None:
    rows = desktop.context.request.get("/api/v1/cases/").json()["results"]
    case = next(row for row in rows if row["patient"]["id"] == "642341")
    desktop.goto(f"/cases/{case['id']}/")
    expect(desktop.get_by_text("ECG").first).to_be_visible()
    expect(desktop.get_by_text("cannot be displayed").first).to_be_visible()


def test_a_truncated_picture_says_that_it_is_incomplete(desktop: Page) -> None:
    rows = desktop.context.request.get("/api/v1/cases/?q=4MR1").json()["results"]
    case = next(row for row in rows if row["patient"]["id"] == "4MR1")
    desktop.goto(f"/cases/{case['id']}/viewer/")
    wait_shown(desktop)
    assert "ncomplete" in text_of(desktop)


def test_a_stranger_is_told_nothing(desktop: Page) -> None:
    case = case_id(desktop, CHEST)
    desktop.context.clear_cookies()
    desktop.goto(f"/cases/{case}/viewer/")
    assert "/sign-in/" in desktop.url
