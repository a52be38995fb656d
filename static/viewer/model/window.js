/**
 * Stored value to screen gray, as one table of all 65,536 patterns of 16 bits.
 *
 * The order is the standard's: modality (PS3.3 C.11.1), VOI (C.11.2), polarity, padding apart. The
 * steps are those of docs/display-table.md, in doubles and in that order, so that the server comes to
 * the same bytes; tests/fixtures/pixels/tables.json holds the two together.
 */

import { base64Words } from "./base64.js";

/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").Lut} Lut */
/** @typedef {import("./types.js").Window} Window */
/** @typedef {import("./types.js").DeepTile} DeepTile */

export const TABLE_SIZE = 65_536;

/** @type {WeakMap<object, Uint16Array>} */
const unpacked = new WeakMap();

/**
 * The entries of a LUT, unpacked once.
 * @param {Lut} lut
 * @returns {Uint16Array}
 */
export function lutEntries(lut) {
  let entries = unpacked.get(lut);
  if (!entries) {
    entries = base64Words(lut.data);
    unpacked.set(lut, entries);
  }
  return entries;
}

/**
 * A stored value in modality units ("HU" and so on).
 * @param {Header} header
 * @param {number} stored
 * @returns {number}
 */
export function modalityValue(header, stored) {
  const { slope, intercept, lut } = header.modality;
  if (!lut) return slope * stored + intercept;
  const entries = lutEntries(lut);
  return entries[Math.min(Math.max(stored - lut.first, 0), entries.length - 1)];
}

/**
 * The stored value that a 16-bit pattern stands for.
 * @param {number} pattern 0 to 65535
 * @param {boolean} signed
 */
export function storedValue(pattern, signed) {
  return signed ? (pattern << 16) >> 16 : pattern;
}

/**
 * True for a stored value that is not image (PS3.3 C.7.5.1.1.2): both ends are inclusive.
 * @param {Header} header
 * @param {number} stored
 */
export function isPadding(header, stored) {
  return header.padding !== null && stored >= header.padding.low && stored <= header.padding.high;
}

/**
 * Gray levels 0 to 255 for every stored pattern, index `stored & 0xffff`.
 *
 * Padding stays black whatever the polarity, so that it never lights up the surround of a picture.
 * @param {Header} header
 * @param {Window|Lut} voi
 * @param {boolean} invert on top of the file's own polarity
 * @returns {Uint8Array}
 */
export function buildGrayTable(header, voi, invert) {
  const gray = "data" in voi ? grayByLut(header, voi) : grayByWindow(header, voi);
  if (header.inverted !== invert) for (let i = 0; i < TABLE_SIZE; i += 1) gray[i] = 255 - gray[i];
  if (header.padding) {
    const low = Math.max(Math.ceil(header.padding.low), header.signed ? -32_768 : 0);
    const high = Math.min(Math.floor(header.padding.high), header.signed ? 32_767 : 65_535);
    for (let stored = low; stored <= high; stored += 1) gray[stored & 0xffff] = 0;
  }
  return gray;
}

/**
 * The same table as opaque RGBA words, in the byte order of the canvas (little-endian machines: all
 * that run browsers).
 * @param {Header} header
 * @param {Window|Lut} voi
 * @param {boolean} invert
 * @returns {Uint32Array}
 */
export function buildTable(header, voi, invert) {
  const gray = buildGrayTable(header, voi, invert);
  const words = new Uint32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i += 1) words[i] = 0xff000000 | (gray[i] * 0x010101);
  return words;
}

/**
 * The header by which a tile's own numbers are read: an averaged level holds modality values, which
 * need no modality transform any more.
 * @param {Header} header
 * @param {DeepTile} tile
 * @returns {Header}
 */
export function tileHeader(header, tile) {
  if (!tile.modalityValues) return header;
  const modality = { ...header.modality, slope: 1, intercept: 0, lut: null };
  return { ...header, signed: tile.signed, modality, padding: null };
}

/**
 * @param {Header} header
 * @param {Window} window
 */
function grayByWindow(header, window) {
  const gray = new Uint8Array(TABLE_SIZE);
  const kind = window.function ?? "LINEAR";
  const { center } = window;
  // PS3.3 C.11.2.1.2.1: a LINEAR width is at least 1, where it is a threshold at center - 0.5.
  const width = kind === "LINEAR" ? Math.max(window.width, 1) : window.width;
  if (kind === "SIGMOID") {
    fill(gray, header, (m) => 255 / (1 + Math.exp((-4 * (m - center)) / width)));
    return gray;
  }
  const exact = kind === "LINEAR_EXACT";
  const middle = exact ? center : center - 0.5;
  const span = exact ? width : width - 1;
  const low = middle - span / 2;
  const high = middle + span / 2;
  fill(gray, header, (m) => {
    if (m <= low) return 0;
    if (m > high) return 255;
    return ((m - middle) / span + 0.5) * 255;
  });
  return gray;
}

/**
 * @param {Header} header
 * @param {Lut} lut
 */
function grayByLut(header, lut) {
  const gray = new Uint8Array(TABLE_SIZE);
  const entries = lutEntries(lut);
  const last = entries.length - 1;
  const top = 2 ** lut.bits - 1;
  fill(gray, header, (m) => {
    const index = Math.min(Math.max(Math.floor(m + 0.5) - lut.first, 0), last);
    return (entries[index] * 255) / top;
  });
  return gray;
}

/**
 * @param {Uint8Array} gray
 * @param {Header} header
 * @param {(m: number) => number} level 0 to 255, not yet rounded
 */
function fill(gray, header, level) {
  const { signed } = header;
  const { slope, intercept, lut } = header.modality;
  const entries = lut ? lutEntries(lut) : null;
  const first = lut ? lut.first : 0;
  for (let i = 0; i < TABLE_SIZE; i += 1) {
    const stored = signed ? (i << 16) >> 16 : i;
    const m = entries
      ? entries[Math.min(Math.max(stored - first, 0), entries.length - 1)]
      : slope * stored + intercept;
    const y = Math.floor(level(m) + 0.5);
    gray[i] = y < 0 ? 0 : y > 255 ? 255 : y;
  }
}
