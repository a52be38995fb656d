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
  const table = new Uint8Array(TABLE_SIZE);
  build(header, voi, table, shades(header.inverted !== invert, 1, 0));
  return table;
}

/**
 * The same table as opaque RGBA words, in the byte order of the canvas (little-endian machines: all
 * that run browsers).
 * @param {Header} header
 * @param {Window|Lut} voi
 * @param {boolean} invert
 * @param {Uint32Array} [words] a table that is not needed any more
 * @returns {Uint32Array}
 */
export function buildTable(header, voi, invert, words = new Uint32Array(TABLE_SIZE)) {
  // Written as signed words: numbers above 2^31 are slow to handle.
  const table = new Int32Array(words.buffer, words.byteOffset, TABLE_SIZE);
  build(header, voi, table, shades(header.inverted !== invert, 0x010101, 0xff000000));
  return words;
}

/**
 * What stands in the table for each gray level.
 * @param {boolean} inverted
 * @param {number} factor
 * @param {number} base
 */
function shades(inverted, factor, base) {
  const shade = new Int32Array(256);
  for (let gray = 0; gray < 256; gray += 1) shade[gray] = base | (factor * (inverted ? 255 - gray : gray));
  return shade;
}

/**
 * @param {Header} header
 * @param {Window|Lut} voi
 * @param {Int32Array|Uint8Array} table
 * @param {Int32Array} shade by gray level
 */
function build(header, voi, table, shade) {
  if ("data" in voi) fillByLut(table, header, voi, shade);
  else if (voi.function === "SIGMOID") fillBySigmoid(table, header, voi, shade);
  else fillByLine(table, header, voi, shade);
  if (!header.padding) return;
  // Black has no bits but opacity, whichever end of the shades it is at.
  const dark = shade[0] & shade[255];
  const low = Math.max(Math.ceil(header.padding.low), header.signed ? -32_768 : 0);
  const high = Math.min(Math.floor(header.padding.high), header.signed ? 32_767 : 65_535);
  if (low <= high) fillRange(table, low, high + 1, dark);
}

/** @type {WeakMap<Header, Header>} */
const averaged = new WeakMap();

/**
 * The header by which a tile's own numbers are read: an averaged level holds modality values, which
 * need no modality transform any more.
 * @param {Header} header
 * @param {DeepTile} tile
 * @returns {Header}
 */
export function tileHeader(header, tile) {
  if (!tile.modalityValues) return header;
  let own = averaged.get(header);
  if (!own) {
    const modality = { ...header.modality, slope: 1, intercept: 0, lut: null };
    own = { ...header, signed: tile.signed, modality, padding: null };
    averaged.set(header, own);
  }
  return own;
}

/**
 * LINEAR (PS3.3 C.11.2.1.2.1) and LINEAR_EXACT (C.11.2.1.3.2).
 *
 * All but the ramp is one of two shades. Where the modality transform is a line, its ends are found by
 * bisection with the very comparisons of the rule, so a narrow window costs next to nothing.
 * @param {Int32Array|Uint8Array} table
 * @param {Header} header
 * @param {Window} window
 * @param {Int32Array} shade
 */
function fillByLine(table, header, window, shade) {
  const exact = window.function === "LINEAR_EXACT";
  // A LINEAR width is at least 1, where it is a threshold at center - 0.5.
  const width = exact ? window.width : Math.max(window.width, 1);
  const middle = exact ? window.center : window.center - 0.5;
  const span = exact ? width : width - 1;
  const low = middle - span / 2;
  const high = middle + span / 2;
  const least = header.signed ? -32_768 : 0;
  const end = least + TABLE_SIZE;
  let from = least;
  let to = end;
  const { slope, intercept, lut } = header.modality;
  if (!lut) {
    const rises = slope >= 0;
    const value = (/** @type {number} */ s) => slope * s + intercept;
    from = bisect(least, end, rises ? (s) => value(s) > low : (s) => value(s) <= high);
    to = bisect(from, end, rises ? (s) => value(s) > high : (s) => value(s) <= low);
    fillRange(table, least, from, rises ? shade[0] : shade[255]);
    fillRange(table, to, end, rises ? shade[255] : shade[0]);
  }
  for (let s = from; s < to; s += 1) {
    const m = lut ? modalityValue(header, s) : slope * s + intercept;
    if (m <= low) table[s & 0xffff] = shade[0];
    else if (m > high) table[s & 0xffff] = shade[255];
    else table[s & 0xffff] = shade[Math.floor(((m - middle) / span + 0.5) * 255 + 0.5)];
  }
}

/**
 * The first of the whole numbers from `low` below `end` for which a test holds that holds for all after it;
 * `end` if there is none.
 * @param {number} low
 * @param {number} end
 * @param {(value: number) => boolean} holds
 */
function bisect(low, end, holds) {
  let from = low;
  let to = end;
  while (from < to) {
    const half = Math.floor((from + to) / 2);
    if (holds(half)) to = half;
    else from = half + 1;
  }
  return from;
}

/**
 * @param {Int32Array|Uint8Array} table
 * @param {number} from stored value
 * @param {number} to exclusive
 * @param {number} shade
 */
function fillRange(table, from, to, shade) {
  // Negative values lie at the end of the table: they are indexed by their pattern.
  if (from < 0) table.fill(shade, from + TABLE_SIZE, Math.min(to, 0) + TABLE_SIZE);
  if (to > 0) table.fill(shade, Math.max(from, 0), to);
}

/**
 * PS3.3 C.11.2.1.3.1.
 * @param {Int32Array|Uint8Array} table
 * @param {Header} header
 * @param {Window} window
 * @param {Int32Array} shade
 */
function fillBySigmoid(table, header, { center, width }, shade) {
  for (let i = 0; i < TABLE_SIZE; i += 1) {
    const m = modalityValue(header, storedValue(i, header.signed));
    table[i] = shade[Math.floor(255 / (1 + Math.exp((-4 * (m - center)) / width)) + 0.5)];
  }
}

/**
 * PS3.3 C.11.2.1.1: inputs outside the table take its ends.
 * @param {Int32Array|Uint8Array} table
 * @param {Header} header
 * @param {Lut} lut
 * @param {Int32Array} shade
 */
function fillByLut(table, header, lut, shade) {
  const entries = lutEntries(lut);
  const last = entries.length - 1;
  const top = 2 ** lut.bits - 1;
  for (let i = 0; i < TABLE_SIZE; i += 1) {
    const m = modalityValue(header, storedValue(i, header.signed));
    const index = Math.min(Math.max(Math.floor(m + 0.5) - lut.first, 0), last);
    table[i] = shade[Math.floor(Math.min((entries[index] * 255) / top, 255) + 0.5)];
  }
}
