/** The trust strip under a picture, and the sentences behind its words. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";
import { chipsThatFit } from "./trustitems.js";

/** @typedef {import("./trustitems.js").TrustItem} TrustItem */

const GAP_PX = 4;

export class TrustStrip {
  /** @param {HTMLElement} strip @param {HTMLElement} popover the one that all strips share */
  constructor(strip, popover) {
    this.strip = strip;
    this.popover = popover;
    /** @type {TrustItem[]} */
    this.items = [];
    this.key = "";
    this.more = this.#button("more", "plain", "info", "+0");
    this.resize = new ResizeObserver(() => this.#fit());
    this.resize.observe(strip);
  }

  /** @param {TrustItem[]} items */
  update(items) {
    const key = items.map((item) => `${item.id}:${item.words}`).join("|");
    this.items = items;
    if (key === this.key) return;
    this.key = key;
    const chips = items.map((item) => this.#button(item.id, item.tone, item.icon, item.words));
    this.strip.replaceChildren(...chips, this.more);
    this.#fit();
  }

  #fit() {
    const chips = /** @type {HTMLElement[]} */ ([...this.strip.children].filter((chip) => chip !== this.more));
    if (!chips.length) return;
    for (const chip of chips) chip.hidden = false;
    this.more.hidden = false;
    const label = this.more.querySelector(".chip-words");
    const count = chipsThatFit(chips.map((chip) => chip.offsetWidth), this.strip.clientWidth - 8, this.more.offsetWidth, GAP_PX);
    chips.forEach((chip, k) => {
      chip.hidden = k >= count;
    });
    this.more.hidden = count === chips.length;
    if (label) label.textContent = `+${chips.length - count}`;
    this.more.setAttribute("aria-label", `${chips.length - count} more remarks`);
    const hiddenTones = this.items.slice(count).map((item) => item.tone);
    this.more.dataset.tone = hiddenTones.includes("danger") ? "danger" : hiddenTones.includes("caution") ? "caution" : "plain";
  }

  /** @param {string} id @param {string} tone @param {string} picture @param {string} words */
  #button(id, tone, picture, words) {
    const chip = el("button", { type: "button", class: "chip", "data-tone": tone, "aria-haspopup": "dialog" },
      icon(picture), el("span", { class: "chip-words" }, words));
    chip.addEventListener("click", () => this.#explain(chip, id));
    return chip;
  }

  /** @param {HTMLElement} chip @param {string} id */
  #explain(chip, id) {
    const rows = this.items.map((item) => {
      const current = item.id === id;
      return el("li", { class: "explain-row", "data-tone": item.tone, "data-current": current },
        icon(item.icon), el("div", {}, el("strong", {}, item.words), el("p", {}, item.sentence)));
    });
    this.popover.replaceChildren(
      el("h2", { class: "popover-title", id: "explain-title" }, "About this picture"),
      el("ul", { class: "explain" }, ...rows),
    );
    openPopover(this.popover, chip);
  }
}
