/**
 * One level of one frame as finished pixels: the visible tiles side by side, unscaled, on a canvas of
 * their own. It is then drawn scaled in one piece, which leaves no seams between tiles (measured in
 * three engines); and it is made anew only when the frame, the window or the visible part change.
 */

import { tileBox } from "../model/grid.js";

/** @typedef {import("../model/grid.js").Box} Box */
/** @typedef {import("../model/grid.js").TileAddress} TileAddress */
/** @typedef {import("../model/types.js").DeepTile} DeepTile */
/** @typedef {import("./shelf.js").Picture} Picture */
/**
 * @typedef {object} LevelRequest
 * @property {string} frameKey
 * @property {number} rows of the frame
 * @property {number} columns of the frame
 * @property {number} level
 * @property {Box} part of the level, in its pixels
 * @property {{address: TileAddress, name: string, picture: Picture|undefined}[]} tiles that cover the part;
 *   name changes with the picture (preview, deep)
 * @property {string} look names the table: equal looks have equal tables
 * @property {(tile: DeepTile) => Uint32Array} tableFor
 */

/** The parts of canvases are rounded to this, so that a small pan does not compose anew. */
const ROUND = 128;

export class LevelLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
    /** @private */
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** @private */
    this.made = "";
    /** @private what is painted, by tile @type {Map<string, string>} */
    this.painted = new Map();
    /** @private */
    this.buffer = new ArrayBuffer(0);
    /** @type {Box} */
    this.part = { x0: 0, y0: 0, x1: 0, y1: 0 };
    this.level = 0;
  }

  /** Forget what is painted; nothing of it may be seen again. */
  clear() {
    this.made = "";
    this.painted.clear();
    this.part = { x0: 0, y0: 0, x1: 0, y1: 0 };
    this.canvas.width = 0;
    this.canvas.height = 0;
  }

  /**
   * The part that is painted, if it is of the same picture and holds a wanted part: moving to and fro over
   * the edge of a part paints nothing anew.
   * @param {string} frameKey
   * @param {number} level
   * @param {string} look
   * @param {Box} wanted
   * @returns {Box|null}
   */
  partToKeep(frameKey, level, look, wanted) {
    const { part } = this;
    const holds = part.x0 <= wanted.x0 && part.y0 <= wanted.y0 && part.x1 >= wanted.x1 && part.y1 >= wanted.y1;
    return holds && this.made === nameOf(frameKey, level, part, look) ? part : null;
  }

  /**
   * Paint what is new. Returns how many of the tiles are painted.
   * @param {LevelRequest} request
   */
  compose(request) {
    const made = nameOf(request.frameKey, request.level, request.part, request.look);
    if (made !== this.made) this.#start(request, made);
    for (const { address, name, picture } of request.tiles) {
      const place = `${address.column}/${address.row}`;
      if (!picture || this.painted.get(place) === name) continue;
      this.painted.set(place, name);
      this.#paint(request, address, picture);
    }
    return this.painted.size;
  }

  /**
   * @param {LevelRequest} request
   * @param {string} made
   */
  #start({ part, level, tiles }, made) {
    this.made = made;
    this.part = part;
    this.level = level;
    this.painted.clear();
    const width = part.x1 - part.x0;
    const height = part.y1 - part.y0;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    } else if (tiles.some(({ picture }) => !picture)) this.context.clearRect(0, 0, width, height);
  }

  /**
   * @param {LevelRequest} request
   * @param {TileAddress} address
   * @param {Picture} picture
   */
  #paint({ rows, columns, part, tableFor }, address, picture) {
    const box = tileBox(rows, columns, address);
    const cut = {
      x0: Math.max(box.x0, part.x0),
      y0: Math.max(box.y0, part.y0),
      x1: Math.min(box.x1, part.x1),
      y1: Math.min(box.y1, part.y1),
    };
    const width = cut.x1 - cut.x0;
    const height = cut.y1 - cut.y0;
    if (width < 1 || height < 1) return;
    const left = cut.x0 - part.x0;
    const top = cut.y0 - part.y0;
    if (picture.kind === "bitmap") {
      const from = [cut.x0 - box.x0, cut.y0 - box.y0];
      this.context.imageSmoothingEnabled = false;
      this.context.drawImage(picture.bitmap, from[0], from[1], width, height, left, top, width, height);
      return;
    }
    const { tile } = picture;
    // A tile of another size than its place is not this tile.
    if (tile.width !== box.x1 - box.x0 || tile.height !== box.y1 - box.y0) return;
    const words = this.#words(width * height);
    lookUp(tile, tableFor(tile), words, { x: cut.x0 - box.x0, y: cut.y0 - box.y0, width, height });
    const bytes = new Uint8ClampedArray(words.buffer, 0, 4 * width * height);
    this.context.putImageData(new ImageData(/** @type {Uint8ClampedArray<ArrayBuffer>} */ (bytes), width, height), left, top);
  }

  /** @param {number} count */
  #words(count) {
    if (this.buffer.byteLength < 4 * count) this.buffer = new ArrayBuffer(4 * count);
    return new Uint32Array(this.buffer, 0, count);
  }
}

/**
 * @param {string} frameKey
 * @param {number} level
 * @param {Box} part
 * @param {string} look
 */
function nameOf(frameKey, level, { x0, y0, x1, y1 }, look) {
  return `${frameKey} ${level} ${x0},${y0},${x1},${y1} ${look}`;
}

/**
 * Stored values to pixels, through the table.
 * @param {DeepTile} tile
 * @param {Uint32Array} table
 * @param {Uint32Array} words
 * @param {{x: number, y: number, width: number, height: number}} cut of the tile
 */
function lookUp({ values, width: stride }, table, words, { x, y, width, height }) {
  // Read as unsigned whatever they are: the table is indexed by pattern.
  const patterns = new Uint16Array(values.buffer, values.byteOffset, values.length);
  if (width === stride) {
    const first = y * stride;
    const count = width * height;
    for (let i = 0; i < count; i += 1) words[i] = table[patterns[first + i]];
    return;
  }
  let to = 0;
  for (let row = y; row < y + height; row += 1) {
    const first = row * stride + x;
    for (let i = first; i < first + width; i += 1, to += 1) words[to] = table[patterns[i]];
  }
}

/**
 * A visible part, rounded outward and cut to its level.
 * @param {Box} part
 * @param {{columns: number, rows: number}} size of the level
 * @returns {Box}
 */
export function roundedPart(part, size) {
  return {
    x0: Math.floor(part.x0 / ROUND) * ROUND,
    y0: Math.floor(part.y0 / ROUND) * ROUND,
    x1: Math.min(Math.ceil(part.x1 / ROUND) * ROUND, size.columns),
    y1: Math.min(Math.ceil(part.y1 / ROUND) * ROUND, size.rows),
  };
}
