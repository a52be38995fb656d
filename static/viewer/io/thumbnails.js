/** Thumbnails for the list of series: fetched when nothing more urgent is, kept as addresses. */

import { ByteLru } from "../model/lru.js";
import { frameKeyOf, thumbnailPath } from "./wants.js";

/** @typedef {import("./door.js").Door} Door */
/** @typedef {import("./schedule.js").Work} Work */

const MAX_BYTES = 16 * 1024 * 1024;
/** Of 160 x 160, and some for the browser's own keeping. */
const BYTES_EACH = 25_600;

export class Thumbnails {
  /** @param {Door} door */
  constructor(door) {
    /** @private */
    this.door = door;
    /** @private @type {ByteLru<Promise<string>>} */
    this.urls = new ByteLru(MAX_BYTES, (_, url) => void url.then(URL.revokeObjectURL, () => {}));
    /** @private @type {(() => Promise<void>)[]} */
    this.waiting = [];
  }

  /**
   * @param {{instance: string, frame: number}} of
   * @returns {Promise<string>}
   */
  get(of) {
    const key = frameKeyOf(of);
    const known = this.urls.get(key);
    if (known) return known;
    const url = new Promise((/** @type {(url: string) => void} */ resolve, reject) => {
      this.waiting.push(async () => {
        try {
          const response = await this.door.get(thumbnailPath(of));
          resolve(URL.createObjectURL(await response.blob()));
        } catch (error) {
          // Asked for again the next time it is wanted.
          this.urls.delete(key);
          reject(error);
        }
      });
    });
    this.urls.set(key, url, BYTES_EACH);
    return url;
  }

  /** A source of work for the scheduler: nothing of it is what is looked at. */
  nextAsked() {
    return null;
  }

  /** @returns {Work|null} */
  nextBulk() {
    const run = this.waiting.shift();
    return run ? { stream: false, run } : null;
  }
}
