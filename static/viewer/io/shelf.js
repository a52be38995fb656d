/**
 * What the page keeps of the pictures: the compressed bytes as they came, and the decoded ones, both
 * bounded in bytes. Nothing is written to the disk of a machine that may be anybody's.
 */

import { ByteLru } from "../model/lru.js";
import { DecoderPool } from "./pool.js";

/** @typedef {import("../model/types.js").DeepTile} DeepTile */
/** @typedef {import("../model/types.js").Window} Window */
/**
 * @typedef {{bytes: Uint8Array, kind: "deep"|"png"|"jpeg", note: string, window: Window|null}} Packed
 * @typedef {{kind: "deep", tile: DeepTile, note: string}} DeepPicture
 * @typedef {{kind: "bitmap", bitmap: ImageBitmap, note: string, window: Window|null}} BitmapPicture
 * @typedef {DeepPicture|BitmapPicture} Picture
 */

const MB = 1024 * 1024;
// 300 slices of 512 x 512 are 150 MB decoded; what is decoded need not be kept compressed as well.
const DESKTOP = { decoded: 160 * MB, packed: 40 * MB };
const PHONE = { decoded: 64 * MB, packed: 32 * MB };

/** The bounds for this device: a phone's browser is ended by its system for what a desktop shrugs at. */
export function budgetHere() {
  const memory = /** @type {{deviceMemory?: number}} */ (/** @type {unknown} */ (navigator)).deviceMemory;
  const small = matchMedia("(pointer: coarse) and (max-width: 1000px)").matches;
  return small || (memory !== undefined && memory <= 2) ? PHONE : DESKTOP;
}

export class Shelf {
  /**
   * @param {string|URL} workerUrl
   * @param {{decoded: number, packed: number}} [budget]
   */
  constructor(workerUrl, budget = budgetHere()) {
    /** @private */
    this.pool = new DecoderPool(workerUrl);
    /** @type {ByteLru<Packed>} what is decoded as well is the first to go */
    this.packed = new ByteLru(budget.packed, undefined, (key) => this.decoded.has(key));
    /** @type {ByteLru<Picture>} */
    this.decoded = new ByteLru(budget.decoded, (_, picture) => {
      if (picture.kind === "bitmap") picture.bitmap.close();
    });
    /** @private @type {Map<string, Promise<void>>} */
    this.unpacking = new Map();
    /** @private bytes that decoding in progress will take */
    this.expected = 0;
  }

  /** @param {string} key */
  has(key) {
    return this.decoded.has(key) || this.packed.has(key);
  }

  /**
   * Keep what arrived, packed until it is looked at or decoded ahead.
   * @param {string} key
   * @param {Packed} packed
   */
  keep(key, packed) {
    this.packed.set(key, packed, packed.bytes.length);
  }

  /**
   * True if this many bytes more can be decoded without another picture leaving.
   * @param {number} bytes
   */
  hasRoomFor(bytes) {
    return this.decoded.bytes + this.expected + bytes <= this.decoded.maxBytes;
  }

  /**
   * Decode what is kept packed; at once if it is decoded already. Rejects when the bytes are no picture.
   * @param {string} key
   * @param {boolean} urgent
   * @param {number} [expectedBytes]
   * @returns {Promise<void>}
   */
  unpack(key, urgent, expectedBytes = 0) {
    const packed = this.packed.get(key);
    if (!packed || this.decoded.has(key)) return Promise.resolve();
    // Somebody looks at it now: it overtakes those that were decoded ahead.
    const running = this.unpacking.get(key);
    if (running) {
      if (urgent) this.pool.hurry(packed.bytes);
      return running;
    }
    this.expected += expectedBytes;
    const work = this.#decode(key, packed, urgent).finally(() => {
      this.expected -= expectedBytes;
      this.unpacking.delete(key);
    });
    this.unpacking.set(key, work);
    return work;
  }

  /**
   * @param {string} key
   * @param {Packed} packed
   * @param {boolean} urgent
   */
  async #decode(key, packed, urgent) {
    if (packed.kind === "deep") {
      const tile = await this.pool.decode(packed.bytes, urgent);
      this.decoded.set(key, { kind: "deep", tile, note: packed.note }, tile.values.byteLength);
      return;
    }
    const bitmap = await bitmapOf(packed);
    const picture = { kind: /** @type {const} */ ("bitmap"), bitmap, note: packed.note, window: packed.window };
    this.decoded.set(key, picture, 4 * bitmap.width * bitmap.height);
  }
}

/**
 * @param {Packed} packed
 * @returns {Promise<ImageBitmap>}
 */
function bitmapOf({ bytes, kind }) {
  const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: `image/${kind}` });
  return createImageBitmap(blob, { premultiplyAlpha: "default", colorSpaceConversion: "none" });
}
