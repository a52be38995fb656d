/** The elements of one viewport. */

import { el, setText } from "./dom.js";
import { icon } from "./icons.js";

/** @param {number} number from 1, as people call it */
export function paneParts(number) {
  const host = el("div", { class: "pane-host", role: "img", tabindex: 0, "aria-label": `Viewport ${number}, empty` });
  const over = el("div", { class: "pane-over", "aria-hidden": "true" });
  const tile = new NamedTile();
  const bar = el("span", {});
  const progress = el("div", { class: "pane-progress", "aria-hidden": "true", "data-done": "true" }, bar);
  const picture = el("div", { class: "pane-picture" }, host, tile.element, over, progress);
  const slider = el("div", { class: "pane-slider", "data-empty": "true" });
  const cineBox = el("div", { class: "pane-cine", hidden: true, role: "group", "aria-label": "Cine" });
  const trust = el("div", { class: "pane-trust", role: "group", "aria-label": "What this picture is worth" });
  const element = el("section", { class: "pane", "data-viewport": number, "aria-label": `Viewport ${number}` }, picture, slider, cineBox, trust);
  return { element, picture, host, over, tile, progress, bar, slider, cineBox, trust };
}

/** What stands in place of a picture: an icon, a name, a sentence. */
class NamedTile {
  constructor() {
    this.picture = el("span", { class: "tile-icon" });
    this.title = el("strong", {});
    this.text = el("p", {});
    this.element = el("div", { class: "pane-tile", hidden: true }, this.picture, this.title, this.text);
  }

  /** @param {string} iconName @param {string} title @param {string} text */
  show(iconName, title, text) {
    this.picture.replaceChildren(icon(iconName));
    setText(this.title, title);
    setText(this.text, text);
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }
}
