/** The slice slider at the right edge of a viewport. */

import { el } from "./dom.js";

/** More marks than the slider has pixels would not be seen. */
const MOST_MARKS = 1024;
const MARK = "#7a7a7a";

export class SliceSlider {
  /** @param {HTMLElement} host @param {(index: number) => void} goTo */
  constructor(host, goTo) {
    this.host = host;
    this.count = 0;
    this.word = "Image";
    this.range = el("input", { type: "range", class: "slice-range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Image", "aria-orientation": "vertical" });
    this.range.addEventListener("input", () => goTo(Number(this.range.value)));
    this.loaded = el("canvas", { class: "slice-loaded", width: 1, height: 1, "aria-hidden": "true" });
    host.append(el("span", { class: "slice-track", "aria-hidden": "true" }), this.loaded, this.range);
  }

  /** @param {number} count @param {string} word */
  open(count, word) {
    this.count = count;
    this.word = word;
    this.range.max = String(Math.max(0, count - 1));
    this.host.dataset.empty = String(count < 2);
    this.range.disabled = count < 2;
    this.range.setAttribute("aria-label", word);
    // A thumb of the height of its share, as on a scroll bar, but never too small to take.
    this.host.style.setProperty("--thumb", `${Math.max(28, Math.min(120, 600 / Math.max(1, count)))}px`);
  }

  /** @param {number} index */
  at(index) {
    this.range.value = String(index);
    this.range.setAttribute("aria-valuetext", `${this.word} ${index + 1} of ${this.count}`);
  }

  /**
   * Marks the images that have arrived at full depth: they come outward from the one in view.
   * @param {(index: number) => boolean} isLoaded
   */
  markLoaded(isLoaded) {
    const rows = Math.max(1, Math.min(this.count, MOST_MARKS));
    this.loaded.height = rows;
    const context = this.loaded.getContext("2d");
    if (!context) return;
    context.fillStyle = MARK;
    for (let row = 0; row < rows; row += 1) {
      if (isLoaded(Math.floor((row * this.count) / rows))) context.fillRect(0, row, 1, 1);
    }
  }
}
