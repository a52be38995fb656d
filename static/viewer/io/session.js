/**
 * One viewport's interest in one stack: what it looks at, what it may look at next, and how much of it
 * is here. A source of work for the scheduler.
 */

import { isSingleTile, levelCount } from "../model/grid.js";
import { nextRun, outward } from "../model/order.js";
import { hasFewProcessors } from "./machine.js";
import { deepWant, frameKeyOf, previewWant, storedWant } from "./wants.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").Header} Header */
/** @typedef {import("./wants.js").Want} Want */
/** @typedef {import("./schedule.js").Work} Work */
/** @typedef {import("./shelf.js").Shelf} Shelf */
/** @typedef {import("./shelf.js").Picture} Picture */
/**
 * What a session needs of the store (io/tiles.js, which imports this module and so cannot be imported).
 * @typedef {object} SessionStore
 * @property {Shelf} shelf
 * @property {{kick: () => void}} scheduler
 * @property {number} share of the room that one stack may take
 * @property {(key: string) => boolean} has
 * @property {(key: string) => Picture|undefined} picture
 * @property {(want: Want) => boolean} isMissing
 * @property {(want: Want) => boolean} shouldAsk
 * @property {(want: Want, urgent: boolean, expectedBytes?: number) => Promise<void>} unpack
 * @property {(want: Want, options: SingleOptions) => Work} single
 * @property {(path: string, wants: Want[], first: number, options: BatchOptions) => Work} batch
 * @property {(session: StackSession) => void} forget
 */
/**
 * @typedef {{urgent: boolean, signal: AbortSignal, onRefused?: () => void}} SingleOptions onRefused: there
 *   is another way to this picture, so a refusal does not mean that the frame cannot be shown
 * @typedef {{signal: AbortSignal, onRefused: (problem: {code: string, message: string}) => void,
 *   onKind: (kind: string) => void}} BatchOptions onKind is told what each record holds
 */
/**
 * @typedef {object} SessionListener
 * @property {(index: number) => void} arrived something of a frame came in, or its failure is known
 * @property {(code: string, text: string) => void} trouble "line", "ticket", "stale"; "" when it is over
 */
/**
 * @typedef {object} Interest
 * @property {number} index
 * @property {1|-1} direction
 * @property {Want[]} wants of the frame in view, the most needed first
 * @property {(index: number) => Want[]} ahead what another frame would need in this view, or this frame next
 * @property {string} query of the preview tiles of frames without deep tiles
 */

/** Frames in one request for what may be looked at later. */
const BATCH = 8;
const DECODE_AHEAD = 24;
const DECODE_BEHIND = 8;
const LARGE_AHEAD = 3;
/** A window that is still being dragged is not worth a whole stack of previews. */
const SETTLE_MS = 400;

export class StackSession {
  /**
   * @param {SessionStore} store
   * @param {Stack} stack
   * @param {SessionListener} listener
   */
  constructor(store, stack, listener) {
    this.stack = stack;
    this.listener = listener;
    /** @private */
    this.store = store;
    /** @private */
    this.abort = new AbortController();
    /** @private @type {Map<string, number[]>} a frame may stand in a stack twice */
    this.places = new Map();
    stack.frames.forEach((frame, index) => {
      const key = frameKeyOf(frame);
      const places = this.places.get(key);
      if (places) places.push(index);
      else this.places.set(key, [index]);
    });
    /** @private @type {Interest|null} */
    this.interest = null;
    /** @private */
    this.queryChangedAt = -Infinity;
    /** @private */
    this.mayBatch = true;
    /** @private */
    this.hasStoredJpeg = false;
    /** @private @type {(Want|undefined)[]} */
    this.mainWants = [];
    /** @private bytes and frames received, for the mean */
    this.received = { bytes: 0, frames: 0 };
    this.closed = false;
    /** @private */
    this.runsSinceAsked = 0;
  }

  /** @param {Interest} interest */
  show(interest) {
    if (this.interest && this.interest.query !== interest.query) {
      this.queryChangedAt = performance.now();
      this.mainWants = [];
      setTimeout(() => this.store.scheduler.kick(), SETTLE_MS + 1);
    }
    const moved = this.interest?.index !== interest.index;
    this.interest = interest;
    for (const want of interest.wants) {
      if (this.store.has(want.key) && !this.store.picture(want.key)) this.store.unpack(want, true);
    }
    if (moved) this.#decodeAround();
    this.store.scheduler.kick();
  }

  /** Nothing of this stack is wanted any more: what is on its way is given up. */
  close() {
    this.closed = true;
    this.abort.abort();
    this.store.forget(this);
  }

  /** @param {number} index */
  isLoaded(index) {
    const want = this.mainWant(index);
    return this.store.has(want.key);
  }

  /** How many frames are here at full depth (or, for colour, as they are stored). */
  get loaded() {
    let count = 0;
    for (let index = 0; index < this.stack.frames.length; index += 1) if (this.isLoaded(index)) count += 1;
    return count;
  }

  /**
   * The picture that stands for a frame: its only tile, or the coarsest one.
   * @param {number} index
   * @returns {Want}
   */
  mainWant(index) {
    const known = this.mainWants[index];
    if (known) return known;
    const frame = this.stack.frames[index];
    const { rows, columns, deep } = this.stack.headers[frame.header];
    const address = { level: levelCount(rows, columns) - 1, column: 0, row: 0 };
    const want = deep ? deepWant(frame, address) : previewWant(frame, address, this.#queryOf(index));
    this.mainWants[index] = want;
    return want;
  }

  /** @param {string} frameKey */
  arrived(frameKey) {
    for (const index of this.places.get(frameKey) ?? []) {
      this.#decodeIfRoom(index);
      this.listener.arrived(index);
    }
  }

  /** @returns {Work|null} */
  nextAsked() {
    const { interest } = this;
    if (!interest) return null;
    const want = interest.wants.find((one) => this.store.shouldAsk(one));
    if (!want) return null;
    this.runsSinceAsked = 0;
    return this.#single(want, interest.index, true);
  }

  /**
   * @param {boolean} mayStream
   * @returns {Work|null}
   */
  nextBulk(mayStream) {
    if (!this.interest) return null;
    const { index, direction } = this.interest;
    const header = this.#header(index);
    if (!header.deep && !this.#isSettled(header)) return null;
    const large = this.#nextOfLarge(index, direction);
    if (large) return large;
    const run = nextRun({
      count: this.stack.frames.length,
      asked: index,
      direction,
      horizon: this.#horizon(),
      batch: mayStream && this.mayBatch ? this.#batchSize() : 1,
      wanted: (other) => this.store.isMissing(this.mainWant(other)),
    });
    if (!run) return null;
    this.runsSinceAsked += 1;
    return this.#fetchRun(run.start, run.end);
  }

  /**
   * Who jumped to a frame that was not here may well jump again: little is on its way then, so that the
   * next one does not wait behind it.
   */
  #batchSize() {
    const most = hasFewProcessors() ? BATCH / 2 : BATCH;
    return Math.min(2 << this.runsSinceAsked, most);
  }

  /**
   * Previews of other frames make sense once the window is known that they are to have: not while it is
   * dragged, and not while the frame in view still has to tell the automatic one.
   * @param {Header} header
   */
  #isSettled({ color }) {
    if (performance.now() - this.queryChangedAt < SETTLE_MS) return false;
    return color || !this.interest?.query.startsWith("auto=");
  }

  /**
   * Neighbours of large frames: all that this view would need of the next ones.
   * @param {number} index
   * @param {1|-1} direction
   * @returns {Work|null}
   */
  #nextOfLarge(index, direction) {
    const { rows, columns } = this.#header(index);
    if (isSingleTile(rows, columns) || !this.interest) return null;
    for (const other of [index, ...outward(this.stack.frames.length, index, direction, LARGE_AHEAD)]) {
      for (const want of this.interest.ahead(other)) {
        if (this.store.isMissing(want)) return this.#single(want, other, false);
      }
    }
    return null;
  }

  /**
   * @param {number} start
   * @param {number} end
   * @returns {Work}
   */
  #fetchRun(start, end) {
    const { signal } = this.abort;
    const stop = this.#sameKindUntil(start, end);
    const wants = Array.from({ length: stop - start }, (_, offset) => this.mainWant(start + offset));
    if (wants.length === 1) return this.#single(wants[0], start, false);
    const { stack } = this;
    const query = this.#queryOf(start);
    // "deep" means: of each frame the best there is, the stored JPEG of a colour frame among it.
    const path =
      `/stacks/${encodeURIComponent(stack.id)}/frames?range=${start + 1}-${stop}&kind=deep` +
      `&revision=${encodeURIComponent(stack.revision)}${query ? `&${query}` : ""}`;
    return this.store.batch(path, wants, start + 1, {
      signal,
      onRefused: (problem) => {
        const told = !this.mayBatch;
        // The frames are asked for one by one from now on: each has its own address.
        this.mayBatch = false;
        if (told) return;
        if (problem.code === "conflict") this.listener.trouble("stale", problem.message);
      },
      onKind: (kind) => {
        if (kind === "jpeg") this.hasStoredJpeg = true;
      },
    });
  }

  /**
   * Once a batch has shown that the server gives this stack's JPEGs as they are stored, single frames are
   * asked for so too: a tenth of the bytes, and nobody decodes them twice.
   * @param {Want} want
   * @param {number} index
   * @param {boolean} urgent
   * @returns {Work}
   */
  #single(want, index, urgent) {
    const { signal } = this.abort;
    const frame = this.stack.frames[index];
    const isMain = want.key === this.mainWant(index).key;
    if (!this.hasStoredJpeg || !isMain || !this.#header(index).color) return this.store.single(want, { urgent, signal });
    const onRefused = () => {
      this.hasStoredJpeg = false;
    };
    return this.store.single(storedWant(frame, want), { urgent, signal, onRefused });
  }

  /**
   * A batch holds one kind of picture, and small frames only.
   * @param {number} start
   * @param {number} end
   */
  #sameKindUntil(start, end) {
    const { deep, rows, columns } = this.#header(start);
    if (!isSingleTile(rows, columns)) return start + 1;
    const query = this.#queryOf(start);
    let stop = start + 1;
    while (stop < end) {
      const next = this.#header(stop);
      if (next.deep !== deep || !isSingleTile(next.rows, next.columns)) break;
      if (!deep && this.#queryOf(stop) !== query) break;
      stop += 1;
    }
    return stop;
  }

  /** How far from the frame in view a stack is loaded that is larger than what may be kept. */
  #horizon() {
    const { store, stack } = this;
    const { packed } = store.shelf;
    if (packed.size === 0 || !this.interest) return Infinity;
    const asPacked = (store.share * packed.maxBytes * packed.size) / packed.bytes;
    const asDecoded = (store.share * store.shelf.decoded.maxBytes) / this.#decodedBytes(this.interest.index);
    const frames = Math.floor(asPacked + asDecoded);
    return frames >= stack.frames.length ? Infinity : Math.max(Math.floor(frames / 2), 1);
  }

  /** Frames that may be looked at next are decoded before they are. */
  #decodeAround() {
    if (!this.interest) return;
    const { index, direction } = this.interest;
    for (let offset = 1; offset <= DECODE_AHEAD; offset += 1) {
      this.#decodeAhead(index + direction * offset);
      if (offset <= DECODE_BEHIND) this.#decodeAhead(index - direction * offset);
    }
  }

  /** @param {number} index */
  #decodeAhead(index) {
    if (index < 0 || index >= this.stack.frames.length) return;
    const { store } = this;
    const size = this.#decodedBytes(index);
    // A third of the room at most: what is looked at must not be pushed out by what may be.
    if (size * (DECODE_AHEAD + DECODE_BEHIND) > store.shelf.decoded.maxBytes / 3 && !store.shelf.hasRoomFor(size)) return;
    const want = this.mainWant(index);
    if (store.has(want.key) && !store.shelf.decoded.has(want.key)) store.unpack(want, false, size);
  }

  /**
   * What arrives is decoded at once while there is room for it.
   * @param {number} index
   */
  #decodeIfRoom(index) {
    const { store } = this;
    const want = this.mainWant(index);
    const size = this.#decodedBytes(index);
    if (!store.shelf.packed.has(want.key) || store.shelf.decoded.has(want.key)) return;
    if (store.shelf.hasRoomFor(size)) store.unpack(want, false, size);
  }

  /** @param {number} index */
  #decodedBytes(index) {
    const { rows, columns, deep } = this.#header(index);
    if (!isSingleTile(rows, columns)) return 512 * 512 * 4;
    return rows * columns * (deep ? 2 : 4);
  }

  /** @param {number} index @returns {Header} */
  #header(index) {
    return this.stack.headers[this.stack.frames[index].header];
  }

  /**
   * Colour takes no window, so its query stays the same whatever the view's is.
   * @param {number} index
   */
  #queryOf(index) {
    return this.#header(index).deep ? "" : (this.interest?.query ?? "");
  }
}
