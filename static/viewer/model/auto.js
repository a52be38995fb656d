/** The automatic window: from the values themselves, padding left out. */

import { isPadding, modalityValue } from "./window.js";

/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").DeepTile} DeepTile */
/** @typedef {import("./types.js").Window} Window */

/**
 * @param {Header} header as model/window.js's tileHeader gives it for this tile
 * @param {DeepTile} tile
 * @returns {Window}
 */
export function autoWindow(header, tile) {
  const counts = new Uint32Array(65_536);
  const { values } = tile;
  for (let i = 0; i < values.length; i += 1) counts[values[i] & 0xffff] += 1;
  /** @type {[number, number][]} */
  const bins = [];
  let total = 0;
  for (let pattern = 0; pattern < counts.length; pattern += 1) {
    const stored = tile.signed ? (pattern << 16) >> 16 : pattern;
    if (counts[pattern] === 0 || isPadding(header, stored)) continue;
    bins.push([modalityValue(header, stored), counts[pattern]]);
    total += counts[pattern];
  }
  bins.sort((one, other) => one[0] - other[0]);
  const low = percentile(bins, total, 0.01);
  const high = percentile(bins, total, 0.99);
  return { center: (low + high) / 2 + 0.5, width: Math.max(high - low + 1, 1), function: "LINEAR" };
}

/**
 * @param {[number, number][]} bins
 * @param {number} total
 * @param {number} share
 */
function percentile(bins, total, share) {
  let seen = 0;
  for (const [value, count] of bins) {
    seen += count;
    if (seen > share * total) return value;
  }
  return bins.length > 0 ? bins[bins.length - 1][0] : 0;
}
