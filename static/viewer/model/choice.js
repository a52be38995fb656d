/** Which window a view means for a frame, and how the server is asked for the same picture. */

import { findPreset } from "./presets.js";

/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").Lut} Lut */
/** @typedef {import("./types.js").Window} Window */
/** @typedef {import("./types.js").ViewState} ViewState */
/** @typedef {{window: Window|null, lut: Lut|null, lutIndex: number}} Voi lutIndex: place in the file's presets */

/**
 * The window or table that applies to a frame; null while it is the automatic one and not known yet,
 * and for a colour frame.
 * @param {Header} header
 * @param {string} modality
 * @param {Pick<ViewState, "preset"|"center"|"width"|"function">} view
 * @param {Window|null} automatic
 * @returns {Voi|null}
 */
export function voiFor(header, modality, view, automatic) {
  if (header.color) return null;
  if (view.preset === null && view.center !== null && view.width !== null) {
    const { center, width } = view;
    return { window: { center, width, function: view.function }, lut: null, lutIndex: -1 };
  }
  const found = findPreset(header, modality, view.preset) ?? findPreset(header, modality, 0);
  if (found?.lut) return { window: null, lut: found.lut, lutIndex: Number(found.choice) };
  const window = found?.window ?? automatic;
  return window ? { window, lut: null, lutIndex: -1 } : null;
}

/**
 * The preset that a stack opens with: the file's first, else the automatic window.
 * @param {Header} header
 * @returns {0|"auto"}
 */
export function firstPreset(header) {
  return header.presets.length > 0 ? 0 : "auto";
}

/**
 * The view with center and width as its preset means them for a frame; one that a person set stays.
 * @template {Pick<ViewState, "preset"|"center"|"width"|"function">} V
 * @param {V} view
 * @param {Voi|null} voi of this view
 * @returns {V}
 */
export function withWindow(view, voi) {
  const window = dragWindow(voi);
  if (view.preset === null && window) return view;
  return {
    ...view,
    center: window?.center ?? null,
    width: window?.width ?? null,
    function: window?.function ?? "LINEAR",
  };
}

/**
 * The view with a window that a person set. The narrowest LINEAR window is a threshold (C.11.2.1.2.1).
 * @template {Pick<ViewState, "preset"|"center"|"width"|"function">} V
 * @param {V} view
 * @param {Window} window
 * @returns {V}
 */
export function withOwnWindow(view, window) {
  if (!Number.isFinite(window.center) || !Number.isFinite(window.width)) return view;
  const kind = window.function ?? view.function;
  const width = Math.max(window.width, kind === "LINEAR" ? 1 : 1e-9);
  return { ...view, center: window.center, width, function: kind, preset: null };
}

/**
 * Center and width that a drag starts from: a table counts as the window over its input range.
 * @param {Voi|null} voi
 * @returns {Window|null}
 */
export function dragWindow(voi) {
  if (!voi) return null;
  if (voi.window) return voi.window;
  if (!voi.lut) return null;
  const entries = Math.floor((voi.lut.data.replace(/=+$/, "").length * 3) / 8);
  return { center: voi.lut.first + entries / 2, width: Math.max(entries, 1), function: "LINEAR" };
}

/**
 * The query of a preview tile that shows exactly this. Colour takes no window, and is inverted on the
 * canvas: the stored JPEG of a frame cannot be inverted by the server.
 * @param {Header} header
 * @param {Voi|null} voi
 * @param {boolean} invert
 * @returns {string} without "?"
 */
export function choiceQuery(header, voi, invert) {
  if (header.color) return "";
  const inverted = invert ? "&invert=1" : "";
  if (voi?.lut) return `voi-lut=${voi.lutIndex}${inverted}`;
  if (!voi?.window) return `auto=1${inverted}`;
  const { center, width } = voi.window;
  return `window=${center},${width},${voi.window.function ?? "LINEAR"}${inverted}`;
}
