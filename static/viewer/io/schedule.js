/**
 * Who may ask the server now: three requests at most for what may be looked at later, and one more place
 * that is kept for what is looked at.
 *
 * Measured: what is asked for waits behind the bytes that are already on their way, so few of those are
 * let out, and none is aborted for it (that costs a connection and 6 to 16 % of the line).
 */

export const BULK = 3;
export const TOTAL = 4;
export const STREAMS = 2;

/**
 * @typedef {{stream: boolean, run: () => Promise<void>}} Work run never rejects
 * @typedef {{nextAsked: () => Work|null, nextBulk: (mayStream: boolean) => Work|null}} Source
 */

export class Scheduler {
  /**
   * @param {{bulk?: number, streams?: number}} [most] less than the usual, for a computer that has to
   *   decode and draw with few processors
   */
  constructor({ bulk = BULK, streams = STREAMS } = {}) {
    /** @private */
    this.most = { bulk, streams };
    /** @private @type {Source[]} */
    this.sources = [];
    /** @private */
    this.bulk = 0;
    /** @private */
    this.asked = 0;
    /** @private */
    this.streams = 0;
    /** @private */
    this.paused = false;
    /** @private */
    this.kicked = false;
  }

  get running() {
    return this.bulk + this.asked;
  }

  /** @param {Source} source */
  add(source) {
    this.sources.push(source);
    this.kick();
  }

  /** @param {Source} source */
  remove(source) {
    this.sources = this.sources.filter((other) => other !== source);
  }

  /** Start nothing until resume(): the line is down. */
  pause() {
    this.paused = true;
  }

  resume() {
    this.paused = false;
    this.kick();
  }

  /** Look for work after the caller's own steps are done. */
  kick() {
    if (this.kicked) return;
    this.kicked = true;
    queueMicrotask(() => {
      this.kicked = false;
      this.#fill();
    });
  }

  #fill() {
    while (!this.paused && this.running < TOTAL) {
      const asked = this.#first((source) => source.nextAsked());
      if (asked) this.#start(asked, true);
      else {
        // While something that is looked at is on its way, nothing else joins it: neither the line nor a
        // busy server knows what is urgent.
        const mayStart = this.bulk < this.most.bulk && this.asked === 0;
        const mayStream = this.streams < this.most.streams;
        const work = mayStart ? this.#first((source) => source.nextBulk(mayStream)) : null;
        if (!work) return;
        this.#start(work, false);
      }
    }
  }

  /**
   * The first work that a source has; the source then goes to the end of the line.
   * @param {(source: Source) => Work|null} next
   */
  #first(next) {
    for (const source of this.sources) {
      const work = next(source);
      if (work) {
        this.sources = [...this.sources.filter((other) => other !== source), source];
        return work;
      }
    }
    return null;
  }

  /**
   * @param {Work} work
   * @param {boolean} asked
   */
  async #start(work, asked) {
    if (asked) this.asked += 1;
    else this.bulk += 1;
    if (work.stream) this.streams += 1;
    try {
      await work.run();
    } finally {
      if (asked) this.asked -= 1;
      else this.bulk -= 1;
      if (work.stream) this.streams -= 1;
      this.kick();
    }
  }
}
