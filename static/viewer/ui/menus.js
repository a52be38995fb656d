/** The menus of the tool bar: windows, layout, display, and "more" for narrow screens. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { capFor } from "./keymap.js";
import { openPopover, walkWithArrows } from "./popover.js";
import { figure } from "./text.js";
import { GROUPS, SCREEN_GROUP } from "./toolbar.js";

/** @typedef {import("../io/viewport.js").Viewport} Viewport */
/** @typedef {import("./deeplink.js").LayoutName} LayoutName */

/** @type {{name: LayoutName, icon: string, label: string}[]} */
export const LAYOUT_CHOICES = [
  { name: "1x1", icon: "square", label: "One" },
  { name: "1x2", icon: "columns-2", label: "Two side by side" },
  { name: "2x1", icon: "rows-2", label: "Two, one above the other" },
  { name: "2x2", icon: "grid-2x2", label: "Four" },
];

/** @param {string} title */
function heading(title) {
  return el("h2", { class: "popover-title" }, title);
}

/**
 * @param {{label: string, detail?: string, key?: string, icon?: string, checked?: boolean | null, run: () => void}} spec
 */
function item({ label, detail = "", key = "", icon: picture, checked = null, run }) {
  const button = el("button", {
    type: "button", class: "menu-item", role: checked === null ? null : "radio", "aria-checked": checked === null ? null : String(checked),
  },
    picture ? icon(picture) : null,
    checked === null || picture ? null : icon("check"),
    el("span", { class: "menu-label" }, label),
    detail ? el("span", { class: "menu-detail" }, detail) : null,
    key ? el("kbd", {}, key) : null,
  );
  button.addEventListener("click", run);
  return button;
}

/**
 * Window presets, and numbers for those who cannot or will not drag (WCAG 2.5.7).
 * @param {HTMLElement} popover @param {HTMLElement} anchor @param {Viewport} viewport
 */
export function openWindowMenu(popover, anchor, viewport) {
  const { presets, state, header } = viewport;
  const rows = presets.map((preset, k) => item({
    label: preset.label,
    detail: preset.window ? `${figure(preset.window.center)} / ${figure(preset.window.width)}` : "",
    key: k < 9 ? String(k + 1) : "",
    checked: state.preset === preset.choice,
    run: () => {
      viewport.setPreset(preset.choice);
      popover.hidePopover();
    },
  }));
  const unit = header?.modality.unit || "";
  popover.replaceChildren(
    heading("Window"),
    el("div", { class: "menu-list", role: "radiogroup", "aria-label": "Presets" }, ...rows),
    el("form", { class: "menu-form" }, ...numbers(viewport, unit)),
  );
  popover.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    popover.hidePopover();
  });
  walkWithArrows(popover);
  openPopover(popover, anchor);
}

/** @param {Viewport} viewport @param {string} unit */
function numbers(viewport, unit) {
  const { state } = viewport;
  const step = state.width !== null && state.width < 20 ? "any" : "1";
  const center = el("input", { type: "number", step, id: "window-center", inputmode: "decimal", value: state.center === null ? "" : round(state.center) });
  const width = el("input", { type: "number", step, min: step === "1" ? 1 : 0, id: "window-width", inputmode: "decimal", value: state.width === null ? "" : round(state.width) });
  const apply = () => {
    if (center.value === "" || !(width.valueAsNumber > 0)) return;
    viewport.setWindow({ center: center.valueAsNumber, width: width.valueAsNumber, function: viewport.state.function });
  };
  center.addEventListener("input", apply);
  width.addEventListener("input", apply);
  const named = (/** @type {string} */ text) => (unit ? `${text} (${unit})` : text);
  return [
    el("label", { for: "window-center" }, named("Centre"), center),
    el("label", { for: "window-width" }, named("Width"), width),
  ];
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(6));
}

/** @param {HTMLElement} popover @param {HTMLElement} anchor @param {LayoutName} current @param {(name: LayoutName) => void} choose */
export function openLayoutMenu(popover, anchor, current, choose) {
  const rows = LAYOUT_CHOICES.map(({ name, icon: picture, label }) => item({
    label, icon: picture, checked: name === current,
    run: () => {
      popover.hidePopover();
      choose(name);
    },
  }));
  popover.replaceChildren(heading("Layout"), el("div", { class: "menu-list", role: "radiogroup", "aria-label": "Layout" }, ...rows));
  walkWithArrows(popover);
  openPopover(popover, anchor);
}

/**
 * @param {HTMLElement} popover @param {HTMLElement} anchor
 * @param {{overlays: boolean, smoothing: string}} display
 * @param {{overlays: (on: boolean) => void, smoothing: (mode: "auto" | "smooth" | "pixels") => void}} change
 */
export function openDisplayMenu(popover, anchor, display, change) {
  const overlays = el("input", { type: "checkbox", role: "switch", id: "switch-overlays" });
  overlays.checked = display.overlays;
  overlays.addEventListener("change", () => change.overlays(overlays.checked));
  const modes = /** @type {const} */ ([["auto", "Smooth, pixels from 4×"], ["smooth", "Always smooth"], ["pixels", "Always pixels"]]);
  const rows = modes.map(([mode, label]) => item({
    label, checked: display.smoothing === mode,
    run: () => {
      change.smoothing(mode);
      popover.hidePopover();
    },
  }));
  popover.replaceChildren(
    heading("Display"),
    el("label", { class: "switch-row", for: "switch-overlays" }, el("span", {}, "Overlays of the file"), overlays),
    el("h3", { class: "popover-sub" }, "Enlarged pictures"),
    el("div", { class: "menu-list", role: "radiogroup", "aria-label": "Enlarged pictures" }, ...rows),
  );
  walkWithArrows(popover);
  openPopover(popover, anchor);
}

/** Everything that the narrow bar has no room for. @param {HTMLElement} popover @param {HTMLElement} anchor @param {(command: string, from: HTMLElement) => void} run */
export function openMoreMenu(popover, anchor, run) {
  const buttons = [...GROUPS.flat(), ...SCREEN_GROUP].filter((spec) => {
    const inBar = document.querySelector(`.tool[data-command="${spec.command}"]`);
    return !(inBar instanceof HTMLElement && inBar.offsetParent);
  });
  const rows = buttons.map((spec) => item({
    label: spec.label, icon: spec.icon, key: capFor(spec.command),
    run: () => {
      popover.hidePopover();
      run(spec.command, anchor);
    },
  }));
  popover.replaceChildren(heading("More"), el("div", { class: "menu-list menu-grid" }, ...rows));
  walkWithArrows(popover);
  openPopover(popover, anchor);
}
