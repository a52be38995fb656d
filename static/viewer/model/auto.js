/**
 * A window made from a frame's own values, by the rule of viewer/pixels/auto.py, so that the server's
 * preview and the browser's picture are one.
 */

import { isPadding, modalityValue } from "./window.js";

/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").DeepTile} DeepTile */
/** @typedef {import("./types.js").Window} Window */

const SHARE = 0.5 / 100;
const SAMPLE_VALUES = 65_536;

/**
 * From the 0.5th to the 99.5th percentile of the modality values, padding left out, large tiles sampled.
 * Where nearly all values are one, the window spans them all; a constant picture shows mid-gray.
 * @param {Header} header as tileHeader of model/window.js gives it for this tile
 * @param {DeepTile} tile
 * @returns {Window}
 */
export function autoWindow(header, tile) {
  let values = modalityValues(header, tile, sampleStep(tile));
  if (values.length === 0) values = modalityValues(header, tile, 1);
  if (values.length === 0) return { center: 0.5, width: 2, function: "LINEAR" };
  values.sort();
  const last = values.length - 1;
  const aside = Math.trunc(last * SHARE);
  let low = values[aside];
  let high = values[last - aside];
  if (low === high) [low, high] = [values[0], values[last]];
  return windowOf(low, high, hasWholeValues(header));
}

/** @param {DeepTile} tile */
function sampleStep({ width, height }) {
  let step = 1;
  while (Math.floor(height / step) * Math.floor(width / step) > SAMPLE_VALUES) step += 1;
  return step;
}

/**
 * @param {Header} header
 * @param {DeepTile} tile
 * @param {number} step
 * @returns {Float64Array}
 */
function modalityValues(header, { values, width, height }, step) {
  const found = new Float64Array(Math.ceil(height / step) * Math.ceil(width / step));
  let count = 0;
  for (let y = 0; y < height; y += step) {
    for (let i = y * width; i < (y + 1) * width; i += step) {
      if (isPadding(header, values[i])) continue;
      found[count] = modalityValue(header, values[i]);
      count += 1;
    }
  }
  return found.subarray(0, count);
}

/** @param {Header} header */
function hasWholeValues({ modality, number }) {
  if (modality.lut) return true;
  return number === "integer" && Number.isInteger(modality.slope) && modality.slope !== 0;
}

/**
 * @param {number} low shows black
 * @param {number} high shows white
 * @param {boolean} whole
 * @returns {Window}
 */
function windowOf(low, high, whole) {
  if (!whole) return { center: (low + high) / 2, width: high - low || 1, function: "LINEAR_EXACT" };
  if (low === high) return { center: low + 0.5, width: 2, function: "LINEAR" };
  return { center: (low + high + 1) / 2, width: high - low + 1, function: "LINEAR" };
}
