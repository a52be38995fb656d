/** Cine by the clock: which frame is due now, and the next look at the clock. */

import { frameAt, planCine, startOf } from "../model/cine.js";

/** @typedef {import("../model/types.js").CineFacts} CineFacts */

export class CinePlayer {
  /** @param {(index: number) => void} onFrame told of each frame that is due, once */
  constructor(onFrame) {
    /** @private */
    this.onFrame = onFrame;
    /** @private @type {number|null} frames a second that a person chose */
    this.rate = null;
    /** @private @type {import("../model/cine.js").CinePlan|null} */
    this.plan = null;
    /** @private @type {CineFacts|null} */
    this.facts = null;
    /** @private */
    this.count = 0;
    /** @private */
    this.began = 0;
    /** @private */
    this.index = -1;
    /** @private */
    this.handle = 0;
  }

  get playing() {
    return this.handle !== 0;
  }

  /** Frames a second that are played. */
  get framesPerSecond() {
    return planCine(this.facts, this.count, this.rate).rate;
  }

  /**
   * @param {CineFacts|null} facts
   * @param {number} count
   */
  load(facts, count) {
    this.stop();
    this.facts = facts;
    this.count = count;
    this.rate = null;
  }

  /**
   * @param {number|null} rate null: the file's own timing
   * @param {number} index in view
   */
  setRate(rate, index) {
    this.rate = rate;
    if (this.playing) this.start(index);
  }

  /** @param {number} index the frame in view, with which playing begins */
  start(index) {
    this.stop();
    if (this.count < 2) return;
    this.plan = planCine(this.facts, this.count, this.rate);
    this.began = performance.now() - startOf(this.plan, index);
    this.index = index;
    this.handle = requestAnimationFrame(this.#tick);
  }

  stop() {
    if (this.handle) cancelAnimationFrame(this.handle);
    this.handle = 0;
  }

  #tick = (/** @type {number} */ time) => {
    this.handle = requestAnimationFrame(this.#tick);
    if (!this.plan) return;
    const index = frameAt(this.plan, time - this.began);
    if (index === this.index) return;
    this.index = index;
    this.onFrame(index);
  };
}
