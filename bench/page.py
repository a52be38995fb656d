"""A 300-slice CT in Chromium: first image, scrolling, window changes, memory, script size.

``python -m bench.page``: Telerad on loopback, an empty browser cache, software rendering.
"""

import gzip
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench import samples, servers
from tests import parts
from tests.e2e.conftest import ARGUMENTS

WATCH = """
window.seen = {first: null};
new MutationObserver(() => {
  const host = document.querySelector("[data-viewport]");
  if (!host) return;
  const q = host.dataset.quality;
  if (window.seen.first === null && (q === "preview" || q === "full"))
    window.seen.first = performance.timeOrigin + performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
"""

# Move the slice slider to a slice and wait until that slice is on the canvas.
JUMP = """
async (index) => {
  const host = document.querySelector("[data-viewport]");
  const slider = document.querySelector("input[type=range]");
  const started = performance.now();
  slider.value = String(Number(slider.min) + index);
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  while (!(host.dataset.index === String(index) && host.dataset.quality !== "none"))
    await new Promise((next) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = next;
      channel.port2.postMessage(0);
    });
  return [performance.now() - started, Number(host.dataset.drawMs), host.dataset.quality];
}
"""


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def open_viewer(page: Page, address: str) -> float:
    """Sign in, open the case, click its first stack; return milliseconds to the first image."""
    page.goto(f"{address}/sign-in/")
    page.get_by_label("E-mail").fill(servers.EMAIL)
    page.get_by_label("Password", exact=True).fill(servers.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("h2 a[href*='/cases/']").first.click()
    link = page.locator("a[href*='/viewer/']").first
    link.wait_for()
    page.wait_for_load_state("networkidle")
    clicked = page.evaluate("performance.timeOrigin + performance.now()")
    link.click()
    page.wait_for_function("() => window.seen?.first != null", timeout=20_000)
    return float(page.evaluate("window.seen.first")) - clicked


def window_changes(page: Page) -> list[float]:
    """Drag the window forty times; return the cost of each redraw."""
    box = page.locator("[data-viewport] canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    costs = []
    for k in range(40):
        page.mouse.move(x + k * 3, y + k)
        page.wait_for_timeout(40)
        costs.append(
            float(page.locator("[data-viewport]").first.get_attribute("data-draw-ms") or 0)
        )
    page.mouse.up()
    return costs


def measure(folder: Path, slices: int) -> dict[str, float]:
    """Run the page over one folder; return the figures in milliseconds."""
    figures: dict[str, float] = {}
    with servers.telerad([folder]) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium(), args=ARGUMENTS)
        firsts, jumps, page = [], [], None
        for _ in range(5):
            if page:
                page.context.close()
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_init_script(WATCH)
            page = context.new_page()
            firsts.append(open_viewer(page, server.address))
            opened = page.evaluate("performance.now()")
            if slices > 1:
                far = [(k * 97 + 150) % slices for k in range(12)]
                jumps += [page.evaluate(JUMP, index) for index in far]
        assert page is not None
        figures["first image, median of 5"] = statistics.median(firsts)
        if jumps:
            figures["slice not yet loaded, p50"] = percentile([j[0] for j in jumps], 0.5)
            figures["slice not yet loaded, p95"] = percentile([j[0] for j in jumps], 0.95)
        page.wait_for_function(
            "() => { const d = document.querySelector('[data-viewport]').dataset;"
            " return Number(d.loaded) >= Number(d.total) && Number(d.total) > 0; }",
            timeout=60_000,
        )
        figures["whole stack, from opening"] = page.evaluate("performance.now()") - opened
        if slices > 1:
            near = [page.evaluate(JUMP, index) for index in range(20, 80)]
            figures["slice loaded, drawing p95"] = percentile([j[1] for j in near], 0.95)
            figures["slice loaded, event to canvas p50"] = percentile([j[0] for j in near], 0.5)
        figures["window change, drawing p95"] = percentile(window_changes(page), 0.95)
        figures["heap MB"] = (
            page.evaluate("performance.memory ? performance.memory.usedJSHeapSize : 0") / 1e6
        )
        browser.close()
    return figures


def script_bytes() -> int:
    """Return the gzipped size of the viewer page's scripts."""
    folder = parts.ROOT / "static" / "viewer"
    return sum(len(gzip.compress(path.read_bytes())) for path in folder.rglob("*.js"))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        stack = samples.chest_ct(Path(folder))
        print("300-slice CT, 512 x 512, 1440 x 900 screen")
        for name, value in measure(stack, 300).items():
            print(f"  {name:<36} {value:8.1f}")
        mammogram = samples.mammogram(Path(folder))
        print("Mammogram 4096 x 3328")
        for name, value in measure(mammogram, 1).items():
            print(f"  {name:<36} {value:8.1f}")
    print(f"  viewer scripts, gzipped: {script_bytes() / 1000:.1f} KB")


if __name__ == "__main__":
    main()
