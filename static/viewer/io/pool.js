/** One or two workers that decode, one tile each at a time, the urgent ones first. */

import { inflateDeep } from "./decode.js";
import { hasFewProcessors } from "./machine.js";

/** @typedef {import("../model/types.js").DeepTile} DeepTile */
/**
 * @typedef {{id: number, bytes: Uint8Array, urgent: boolean, resolve: (tile: DeepTile) => void,
 *   reject: (error: Error) => void}} Task
 * @typedef {{worker: Worker, task: Task|null, ready: boolean}} Place
 */

export class DecoderPool {
  /**
   * @param {string|URL} workerUrl
   * @param {number} [count]
   */
  constructor(workerUrl, count = workerCount()) {
    /** @private @type {Task[]} */
    this.waiting = [];
    /** @private */
    this.lastId = 0;
    /** @private @type {Place[]} */
    this.places = [];
    for (let index = 0; index < count; index += 1) this.#addPlace(workerUrl);
  }

  /**
   * The values of a deep tile. Rejects when the bytes are not one.
   * @param {Uint8Array} bytes stay usable
   * @param {boolean} urgent
   * @returns {Promise<DeepTile>}
   */
  decode(bytes, urgent) {
    return new Promise((resolve, reject) => {
      this.lastId += 1;
      const task = { id: this.lastId, bytes, urgent, resolve, reject };
      if (urgent) this.waiting.unshift(task);
      else this.waiting.push(task);
      this.#fill();
    });
  }

  /**
   * Put a waiting task before all others.
   * @param {Uint8Array} bytes the very bytes that it was given
   */
  hurry(bytes) {
    const index = this.waiting.findIndex((task) => task.bytes === bytes);
    if (index > 0) this.waiting.unshift(...this.waiting.splice(index, 1));
  }

  close() {
    for (const place of this.places) place.worker.terminate();
    this.places = [];
  }

  /** @param {string|URL} workerUrl */
  #addPlace(workerUrl) {
    /** @type {Worker} */
    let worker;
    try {
      worker = new Worker(workerUrl, { type: "module", name: "telerad-decode" });
    } catch {
      return;
    }
    /** @type {Place} */
    const place = { worker, task: null, ready: false };
    worker.onmessage = ({ data }) => {
      place.ready = true;
      const { task } = place;
      place.task = null;
      if (task && data.id === task.id) {
        if (data.tile) task.resolve(data.tile);
        else task.reject(new Error(data.error));
      }
      this.#fill();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#retire(place);
    };
    this.places.push(place);
  }

  /**
   * A worker that does not start (an old browser without module workers) is given up; its task and all
   * later ones are done by another one, or here.
   * @param {Place} place
   */
  #retire(place) {
    this.places = this.places.filter((other) => other !== place);
    place.worker.terminate();
    if (place.task) this.waiting.unshift(place.task);
    place.task = null;
    this.#fill();
  }

  #fill() {
    if (this.places.length === 0) {
      for (const task of this.waiting.splice(0)) inflateDeep(task.bytes).then(task.resolve, task.reject);
      return;
    }
    for (const place of this.places) {
      if (place.task || this.waiting.length === 0) continue;
      const task = /** @type {Task} */ (this.waiting.shift());
      place.task = task;
      // Copied, not transferred: the compressed bytes stay here, so that a frame can be decoded again.
      place.worker.postMessage({ id: task.id, bytes: task.bytes });
    }
  }
}

function workerCount() {
  return hasFewProcessors() ? 1 : 2;
}
