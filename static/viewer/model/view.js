/**
 * A view as the fragment of a link, and back. It holds ids and numbers, never patient data, and
 * whatever is in a link is taken as hostile: what is not understood is left out.
 */

import { MAX_ZOOM, MIN_ZOOM } from "./transform.js";

/** @typedef {import("./types.js").ViewState} ViewState */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NUMBER = /^-?\d{1,12}(\.\d{1,12})?(e-?\d{1,2})?$/;
const NAME = /^[A-Za-z][A-Za-z ]{0,39}$/;
const FUNCTIONS = ["LINEAR", "LINEAR_EXACT", "SIGMOID"];
const MAX_TEXT = 600;
const MAX_COORDINATE = 1e6;
const MAX_WINDOW = 1e12;

/**
 * @param {ViewState} state
 * @returns {string} without "#"
 */
export function encodeView(state) {
  const parts = [`stack=${state.stack}`, `frame=${state.index + 1}`];
  if (state.center !== null && state.width !== null) {
    parts.push(`window=${tidy(state.center)},${tidy(state.width)},${state.function}`);
  }
  if (state.preset !== null) parts.push(`preset=${encodeURIComponent(String(state.preset))}`);
  if (state.invert) parts.push("invert=1");
  parts.push(`at=${tidy(state.x)},${tidy(state.y)}`, `zoom=${tidy(state.zoom)}`);
  if (state.rotation) parts.push(`rotation=${state.rotation}`);
  if (state.flipH || state.flipV) parts.push(`flip=${state.flipH ? "h" : ""}${state.flipV ? "v" : ""}`);
  return parts.join("&");
}

/**
 * What a fragment says, as far as it makes sense; an empty object for anything else.
 * @param {string} fragment with or without "#"
 * @returns {Partial<ViewState>}
 */
export function decodeView(fragment) {
  /** @type {Partial<ViewState>} */
  const view = {};
  const text = String(fragment ?? "").replace(/^#/, "");
  if (text.length > MAX_TEXT) return view;
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    const read = at > 0 ? READERS.get(part.slice(0, at)) : undefined;
    if (read) read(view, unescaped(part.slice(at + 1)));
  }
  return view;
}

/** @type {Map<string, (view: Partial<ViewState>, text: string) => void>} */
const READERS = new Map([
  ["stack", (view, text) => { if (UUID.test(text)) view.stack = text; }],
  ["frame", (view, text) => { if (/^[1-9]\d{0,6}$/.test(text)) view.index = Number(text) - 1; }],
  ["window", readWindow],
  ["preset", readPreset],
  ["invert", (view, text) => { if (text === "1") view.invert = true; }],
  ["at", readPoint],
  ["zoom", readZoom],
  ["rotation", (view, text) => {
    if (/^[0-3]$/.test(text)) view.rotation = /** @type {0|1|2|3} */ (Number(text));
  }],
  ["flip", (view, text) => {
    if (!/^(h|v|hv)$/.test(text)) return;
    view.flipH = text.includes("h");
    view.flipV = text.includes("v");
  }],
]);

/**
 * @param {Partial<ViewState>} view
 * @param {string} text
 */
function readWindow(view, text) {
  const [center, width, name = "LINEAR", ...more] = text.split(",");
  const c = number(center, MAX_WINDOW);
  const w = number(width, MAX_WINDOW);
  if (c === null || w === null || w <= 0 || more.length || !FUNCTIONS.includes(name)) return;
  if (name === "LINEAR" && w < 1) return;
  view.center = c;
  view.width = w;
  view.function = /** @type {import("./types.js").VoiFunction} */ (name);
  if (view.preset === undefined) view.preset = null;
}

/**
 * @param {Partial<ViewState>} view
 * @param {string} text
 */
function readPreset(view, text) {
  if (/^\d{1,3}$/.test(text)) view.preset = Number(text);
  else if (NAME.test(text)) view.preset = text;
}

/**
 * @param {Partial<ViewState>} view
 * @param {string} text
 */
function readPoint(view, text) {
  const [left, top, ...more] = text.split(",");
  const x = number(left, MAX_COORDINATE);
  const y = number(top, MAX_COORDINATE);
  if (x === null || y === null || more.length) return;
  view.x = x;
  view.y = y;
}

/**
 * @param {Partial<ViewState>} view
 * @param {string} text
 */
function readZoom(view, text) {
  const zoom = number(text, MAX_ZOOM);
  if (zoom !== null && zoom >= MIN_ZOOM) view.zoom = zoom;
}

/**
 * @param {string|undefined} text
 * @param {number} most
 * @returns {number|null}
 */
function number(text, most) {
  if (text === undefined || !NUMBER.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= most ? value : null;
}

/** @param {string} text */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** @param {number} value */
function tidy(value) {
  return String(Number(value.toPrecision(9)));
}
