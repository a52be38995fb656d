/** One tooltip for all controls that have `data-tip`: the words, and the key that does the same. */

import { el } from "./dom.js";

const WAIT_MS = 450;

/** @param {HTMLElement} root */
export function tooltips(root) {
  const words = el("span", {});
  const key = el("kbd", {});
  const tip = el("div", { class: "tooltip", role: "presentation", popover: "manual", "aria-hidden": "true" }, words, key);
  root.append(tip);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {HTMLElement | null} */
  let on = null;

  const hide = () => {
    clearTimeout(timer);
    on = null;
    if (tip.matches(":popover-open")) tip.hidePopover();
  };
  /** @param {HTMLElement} control */
  const show = (control) => {
    if (!control.isConnected || !control.offsetParent) return;
    words.textContent = control.dataset.tip ?? "";
    key.textContent = control.dataset.key ?? "";
    key.hidden = !control.dataset.key;
    tip.showPopover();
    const at = control.getBoundingClientRect();
    const box = tip.getBoundingClientRect();
    const left = Math.max(6, Math.min(at.left + at.width / 2 - box.width / 2, innerWidth - box.width - 6));
    const below = at.bottom + 8 + box.height < innerHeight;
    tip.style.setProperty("--at-left", `${Math.round(left)}px`);
    tip.style.setProperty("--at-top", `${Math.round(below ? at.bottom + 8 : at.top - box.height - 8)}px`);
  };
  /** @param {Event} event @param {number} wait */
  const begin = (event, wait) => {
    const control = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-tip]")) : null;
    if (control === on) return;
    hide();
    if (!control) return;
    on = control;
    timer = setTimeout(() => show(control), wait);
  };
  document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && begin(event, WAIT_MS));
  document.addEventListener("focusin", (event) => event.target instanceof Element && event.target.matches(":focus-visible") && begin(event, WAIT_MS));
  document.addEventListener("pointerdown", hide, true);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
