/** The sheet of keys and gestures: a real dialog, with the switch that turns single keys off (WCAG 2.1.4). */

import { byId, el } from "./dom.js";
import { BINDINGS, keyCap } from "./keymap.js";
import { readSettings, rememberSettings } from "./settings.js";

const GESTURES = [
  ["Left drag, one finger", "The chosen tool"],
  ["Middle drag, Shift + drag", "Pan"],
  ["Right drag, Ctrl + drag", "Zoom"],
  ["Wheel", "Images"],
  ["Ctrl + wheel, pinch", "Zoom"],
  ["Two fingers", "Pan and zoom"],
  ["Double click", "Maximise the viewport, and back"],
  ["Double tap", "Fit to viewport"],
  ["Long press", "Probe a value"],
  ["Esc", "Close, or leave full screen"],
];

/** @param {(on: boolean) => void} changed @returns {() => void} opens the sheet */
export function helpSheet(changed) {
  const dialog = byId("help-dialog", HTMLDialogElement);
  const body = byId("help-body", HTMLElement);
  const groups = [...new Set(BINDINGS.map((row) => row.group))];
  const keys = groups.map((name) => section(name, BINDINGS.filter((row) => row.group === name && row.label).map((row) => ({ caps: row.keys.map(keyCap), label: row.label }))));
  const gestures = section("Mouse and touch", GESTURES.map(([gesture, label]) => ({ caps: [], gesture, label: label ?? "" })));
  body.replaceChildren(...(matchMedia("(pointer: coarse)").matches ? [gestures, ...keys] : [...keys, gestures]));
  const onSwitch = byId("character-keys", HTMLInputElement);
  onSwitch.addEventListener("change", () => {
    rememberSettings({ characterKeys: onSwitch.checked });
    changed(onSwitch.checked);
  });
  // A click on the backdrop, which belongs to the dialog element itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return () => {
    onSwitch.checked = readSettings().characterKeys;
    if (!dialog.open) dialog.showModal();
  };
}

/** @param {string} name @param {{caps: string[], gesture?: string, label: string}[]} rows */
function section(name, rows) {
  return el("section", { class: "help-group" }, el("h3", {}, name),
    el("dl", {}, ...rows.map(({ caps, gesture, label }) => el("div", { class: "help-row" },
      el("dt", {}, ...(gesture ? [gesture] : caps.map((cap) => el("kbd", {}, cap === "1" ? "1 – 9" : cap)))),
      el("dd", {}, label)))));
}
