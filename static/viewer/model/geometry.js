/** What the picture's edges and distances are called: orientation letters, scale bar, millimetres. */

import { directions } from "./transform.js";

/** @typedef {import("./types.js").Spacing} Spacing */
/** @typedef {import("./types.js").Region} Region */
/** @typedef {import("./transform.js").Camera} Camera */
/** @typedef {{top: string, right: string, bottom: string, left: string}} Letters */

/** The patient's axes of PS3.3 C.7.6.2.1.1: +x is Left, +y is Posterior, +z is Head. */
const AXES = [
  ["L", "R"],
  ["P", "A"],
  ["H", "F"],
];
/** @type {Record<string, string>} */
const OPPOSITE = { L: "R", R: "L", P: "A", A: "P", H: "F", F: "H" };
/** Below this share of the direction (about 15 degrees) a second letter would only confuse. */
const SECOND_LETTER = 0.26;

/**
 * One letter for a direction along an axis, two for an oblique one, the larger part first.
 * @param {number[]} direction of unit length, in patient coordinates (LPS)
 * @returns {string}
 */
export function directionLetters(direction) {
  return [0, 1, 2]
    .map((axis) => ({ axis, size: Math.abs(direction[axis]) }))
    .filter(({ size }) => size > SECOND_LETTER)
    .sort((one, other) => other.size - one.size)
    .slice(0, 2)
    .map(({ axis }) => AXES[axis][direction[axis] > 0 ? 0 : 1])
    .join("");
}

/**
 * @param {string} letters as in Patient Orientation (0020,0020): "L", "AF", ...
 * @returns {string} "" if any of them is not a direction (bipeds: A P L R H F)
 */
export function oppositeLetters(letters) {
  const opposite = [...letters].map((letter) => OPPOSITE[letter]);
  return opposite.every(Boolean) ? opposite.join("") : "";
}

/**
 * Letters at the four edges of the viewport, following rotation and mirroring (PS3.3 C.7.6.1.1.1).
 *
 * A cross-sectional image has a direction in space; a projection only Patient Orientation, which names
 * where a row goes (to the right) and where a column goes (down). Neither: four empty texts.
 * @param {number[]|null|undefined} orientation six cosines of (0020,0037)
 * @param {string[]|null|undefined} patientOrientation two values of (0020,0020)
 * @param {Pick<Camera, "rotation"|"flipH"|"flipV">} camera
 * @returns {Letters}
 */
export function orientationLetters(orientation, patientOrientation, camera) {
  const along = rowAndColumn(orientation, patientOrientation);
  const [ax, ay, dx, dy] = directions(camera);
  /** @type {Letters} */
  const letters = { top: "", right: "", bottom: "", left: "" };
  place(letters, ax, ay, along[0]);
  place(letters, dx, dy, along[1]);
  return letters;
}

/**
 * @param {Letters} letters
 * @param {number} x the direction on the screen, of unit length along one axis
 * @param {number} y
 * @param {string} text what lies in that direction
 */
function place(letters, x, y, text) {
  const opposite = oppositeLetters(text);
  if (x > 0) [letters.right, letters.left] = [text, opposite];
  else if (x < 0) [letters.left, letters.right] = [text, opposite];
  else if (y > 0) [letters.bottom, letters.top] = [text, opposite];
  else [letters.top, letters.bottom] = [text, opposite];
}

/**
 * @param {number[]|null|undefined} orientation
 * @param {string[]|null|undefined} patientOrientation
 * @returns {[string, string]}
 */
function rowAndColumn(orientation, patientOrientation) {
  if (orientation && orientation.length === 6 && orientation.every(Number.isFinite)) {
    return [directionLetters(orientation.slice(0, 3)), directionLetters(orientation.slice(3))];
  }
  const [row = "", column = ""] = patientOrientation ?? [];
  return [oppositeLetters(row) ? row : "", oppositeLetters(column) ? column : ""];
}

/** @type {Record<string, string>} */
const SPACING_NOTES = {
  "pixel-spacing": "",
  calibrated: "calibrated",
  "at-detector": "at detector",
  "magnification-corrected": "magnification corrected",
  "ultrasound-regions": "in region",
  none: "uncalibrated",
};

/**
 * Millimetres per image column, and what that is worth.
 * @param {Spacing} spacing
 * @returns {{mm: number|null, note: string}}
 */
export function columnMillimetres(spacing) {
  const note = SPACING_NOTES[spacing.source] ?? spacing.source;
  const mm = spacing.columnMm;
  return mm !== null && mm > 0 ? { mm, note } : { mm: null, note: "uncalibrated" };
}

/** @param {number} most @returns {number} the longest of 1, 2, 5 x 10^n that is not longer than most */
export function niceLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((factor) => factor * power <= most * (1 + 1e-9)) ?? 1;
  return step * power;
}

/**
 * A scale bar of a round length that takes at most a quarter of the viewport's width.
 *
 * The bar is horizontal: where a quarter turn puts the image's columns upright, the row spacing counts;
 * with zoom in device pixels per column and the aspect in the transform both give the same length.
 * @param {Spacing} spacing
 * @param {number} zoom device pixels per image column
 * @param {number} viewportWidth in device pixels
 * @returns {{mm: number|null, pixels: number, note: string}} pixels: length of the bar in device pixels
 */
export function scaleBar(spacing, zoom, viewportWidth) {
  const { mm, note } = columnMillimetres(spacing);
  if (mm === null) return { mm: null, pixels: 0, note };
  const pixelsPerMm = zoom / mm;
  const length = niceLength(viewportWidth / 4 / pixelsPerMm);
  return { mm: length, pixels: length * pixelsPerMm, note };
}

/**
 * The point of a pixel in patient coordinates, in millimetres (PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1).
 * @param {number[]|null|undefined} position of the first pixel, (0020,0032)
 * @param {number[]|null|undefined} orientation
 * @param {Spacing} spacing
 * @param {number} x column
 * @param {number} y row
 * @returns {number[]|null}
 */
export function patientPoint(position, orientation, spacing, x, y) {
  const { rowMm, columnMm } = spacing;
  if (!position || !orientation || orientation.length !== 6 || !rowMm || !columnMm) return null;
  return [0, 1, 2].map(
    (axis) => position[axis] + orientation[axis] * columnMm * x + orientation[axis + 3] * rowMm * y,
  );
}

/**
 * The innermost ultrasound region that holds a pixel; both ends are inclusive.
 * @param {Region[]|undefined} regions
 * @param {number} x
 * @param {number} y
 * @returns {Region|null}
 */
export function regionAt(regions, x, y) {
  let found = null;
  let area = Infinity;
  for (const region of regions ?? []) {
    const inside = x >= region.x0 && x <= region.x1 && y >= region.y0 && y <= region.y1;
    const size = (region.x1 - region.x0 + 1) * (region.y1 - region.y0 + 1);
    if (inside && size < area) [found, area] = [region, size];
  }
  return found;
}

/**
 * A value as people read it: no noise digits, no exponent where a plain number does.
 * @param {number} value
 * @returns {string}
 */
export function formatValue(value) {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
  return value.toFixed(digits).replace("-", "\u2212");
}

/**
 * "−12 HU", "padding", "130" where the file gives no unit.
 * @param {number} value in modality units
 * @param {string|undefined} unit
 * @param {boolean} padding
 */
export function probeText(value, unit, padding) {
  if (padding) return "no image (padding)";
  const number = formatValue(value).replace("-", "\u2212");
  return unit ? `${number} ${unit}` : number;
}
