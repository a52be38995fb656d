/** The slice slider at the right edge of a viewport. */

import { el } from "./dom.js";

export class SliceSlider {
  /** @param {HTMLElement} host @param {(index: number) => void} goTo */
  constructor(host, goTo) {
    this.host = host;
    this.range = el("input", { type: "range", class: "slice-range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Image", "aria-orientation": "vertical" });
    this.range.addEventListener("input", () => goTo(Number(this.range.value)));
    this.loaded = el("span", { class: "slice-loaded", "aria-hidden": "true" });
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

  /** @param {number} part 0 to 1 of the stack that has arrived at full depth */
  loadedPart(part) {
    this.loaded.style.setProperty("--part", String(part));
  }
}
