/**
 * The store of pictures that all viewports share: fetches in the order of need, keeps within bounds,
 * and remembers which frame cannot be shown and why.
 */

import { BatchParser } from "../model/batch.js";
import { AccessEnded, bodyOf, Door, noteOf, PictureProblem, TryLater, windowOf } from "./door.js";
import { hasFewProcessors } from "./machine.js";
import { Scheduler } from "./schedule.js";
import { StackSession } from "./session.js";
import { Shelf } from "./shelf.js";
import { Thumbnails } from "./thumbnails.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("./wants.js").Want} Want */
/** @typedef {import("./shelf.js").Packed} Packed */
/** @typedef {import("./shelf.js").Picture} Picture */
/** @typedef {import("./session.js").SessionListener} SessionListener */
/** @typedef {import("./api.js").Probe} Probe */
/** @typedef {{code: string, text: string}} Problem */
/** @typedef {import("./session.js").SingleOptions} SingleOptions */
/** @typedef {import("./session.js").BatchOptions} BatchOptions */
/** @typedef {(instance: string, frame: number, x: number, y: number) => Promise<Probe>} AskProbe */

const MAX_ATTEMPTS = 4;
const LONGEST_PAUSE_MS = 30_000;
/** Below this (32 Mbit/s) a preview of a quarter of the bytes is there noticeably earlier. */
const FAST_BYTES_PER_SECOND = 4e6;

export class TileStore {
  /**
   * @param {object} options
   * @param {string} options.pixelsUrl "/pixels/v1/cases/<id>"
   * @param {import("./door.js").GetTicket} options.getTicket
   * @param {string|URL} [options.workerUrl] of io/worker.js as the server names it
   * @param {AskProbe} [options.probe] for values of frames that have no deep tiles
   * @param {{decoded: number, packed: number}} [options.budget]
   */
  constructor({ pixelsUrl, getTicket, workerUrl, probe, budget }) {
    this.door = new Door({ pixelsUrl, getTicket });
    this.shelf = new Shelf(workerUrl ?? new URL("./worker.js", import.meta.url), budget);
    // One request ahead at a time where two processors decode, draw and fetch.
    this.scheduler = new Scheduler(hasFewProcessors() ? { bulk: 1, streams: 1 } : {});
    this.probe = probe;
    /** @private @type {Set<StackSession>} */
    this.sessions = new Set();
    /** @private @type {Map<string, Problem>} by frame */
    this.problems = new Map();
    /** @private @type {Map<string, {count: number, waits: boolean}>} by picture */
    this.attempts = new Map();
    /** @private single requests on their way */
    this.singles = new Set();
    /** @private @type {Map<string, () => boolean>} pictures in a batch on its way: comes it very soon? */
    this.batched = new Map();
    /** @private */
    this.failures = 0;
    /** @private @type {number|null} bytes a second, as it was lately */
    this.goodput = null;
    /** @private */
    this.thumbnails = new Thumbnails(this.door);
    this.scheduler.add(this.thumbnails);
  }

  /**
   * Begin to load a stack for a viewport.
   * @param {Stack} stack
   * @param {SessionListener} listener
   */
  open(stack, listener) {
    const session = new StackSession(this, stack, listener);
    this.sessions.add(session);
    this.scheduler.add(session);
    return session;
  }

  /**
   * The picture of a thumbnail, as an address for an <img>.
   * @param {{instance: string, frame: number}} of
   * @returns {Promise<string>}
   */
  thumbnail(of) {
    const url = this.thumbnails.get(of);
    this.scheduler.kick();
    return url;
  }

  /** True until the line has shown itself fast: then a preview is asked for beside the deep tile. */
  get wantsPreviews() {
    return this.goodput === null || this.goodput < FAST_BYTES_PER_SECOND;
  }

  /**
   * A decoded picture, if it is here.
   * @param {string} key
   * @returns {Picture|undefined}
   */
  picture(key) {
    return this.shelf.decoded.get(key);
  }

  /** @param {string} key */
  has(key) {
    return this.shelf.has(key);
  }

  /**
   * Why a frame cannot be shown.
   * @param {string} frameKey
   * @returns {Problem|undefined}
   */
  problem(frameKey) {
    return this.problems.get(frameKey);
  }

  /**
   * True if a picture is neither here nor coming nor known to fail.
   * @param {Want} want
   */
  isMissing({ key, frameKey }) {
    return !this.has(key) && !this.singles.has(key) && !this.batched.has(key) && this.mayAsk(key, frameKey);
  }

  /**
   * True if a single request for a picture makes sense: one that a batch is about to deliver is waited for.
   * @param {Want} want
   */
  shouldAsk({ key, frameKey }) {
    if (this.has(key) || this.singles.has(key) || !this.mayAsk(key, frameKey)) return false;
    return !this.batched.get(key)?.();
  }

  /**
   * @param {string} key
   * @param {string} frameKey
   */
  mayAsk(key, frameKey) {
    if (this.problems.has(frameKey)) return false;
    return !this.attempts.get(key)?.waits;
  }

  /** What part of the room a stack may take without pushing another viewport's pictures out. */
  get share() {
    return 0.8 / Math.max(this.sessions.size, 1);
  }

  /**
   * Forget a viewport's stack. What it has loaded stays until others need the room.
   * @param {StackSession} session
   */
  forget(session) {
    this.sessions.delete(session);
    this.scheduler.remove(session);
    this.scheduler.kick();
  }

  /**
   * Decode a picture that is here packed.
   * @param {Want} want
   * @param {boolean} urgent
   * @param {number} [expectedBytes]
   */
  async unpack(want, urgent, expectedBytes = 0) {
    try {
      await this.shelf.unpack(want.key, urgent, expectedBytes);
    } catch {
      this.shelf.packed.delete(want.key);
      this.#fail(want.frameKey, { code: "damaged", text: "The picture did not arrive whole." });
    }
    this.#announce(want.frameKey);
  }

  /**
   * The work of fetching one picture.
   * @param {Want} want
   * @param {SingleOptions} options
   * @returns {import("./schedule.js").Work}
   */
  single(want, options) {
    this.singles.add(want.key);
    const run = async () => {
      try {
        await this.#fetchOne(want, options);
        this.#lineWorks();
      } catch (error) {
        if (!options.onRefused || !(error instanceof PictureProblem)) this.#onError(error, want, options.signal);
        else options.onRefused();
      } finally {
        this.singles.delete(want.key);
      }
    };
    return { stream: false, run };
  }

  /**
   * The work of fetching several neighbours of a stack in one answer.
   * @param {string} path
   * @param {Want[]} wants in the order of the stack
   * @param {number} first position of the first of them, from 1
   * @param {BatchOptions} options
   * @returns {import("./schedule.js").Work}
   */
  batch(path, wants, first, options) {
    const { signal, onRefused } = options;
    const progress = { next: 0 };
    wants.forEach((want, index) => this.batched.set(want.key, () => index - progress.next <= 1));
    const run = async () => {
      try {
        await this.#fetchBatch(path, wants, first, progress, options);
        this.#lineWorks();
      } catch (error) {
        if (error instanceof PictureProblem) onRefused(error);
        else this.#onError(error, null, signal);
      } finally {
        for (const want of wants) this.batched.delete(want.key);
      }
    };
    return { stream: true, run };
  }

  /**
   * @param {Want} want
   * @param {{urgent: boolean, signal: AbortSignal}} options
   */
  async #fetchOne(want, { urgent, signal }) {
    const began = performance.now();
    const response = await this.door.get(want.path, { signal, urgent });
    const bytes = new Uint8Array(await bodyOf(response, signal));
    this.#measure(bytes.length, performance.now() - began);
    this.shelf.keep(want.key, { bytes, kind: want.kind, note: noteOf(response), window: windowOf(response) });
    this.attempts.delete(want.key);
    await this.unpack(want, urgent);
  }

  /**
   * @param {string} path
   * @param {Want[]} wants
   * @param {number} first
   * @param {{next: number}} progress
   * @param {BatchOptions} options
   */
  async #fetchBatch(path, wants, first, progress, { signal, onKind }) {
    const response = await this.door.get(path, { signal });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    const parser = new BatchParser();
    let began = performance.now();
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw signal.aborted ? error : new TryLater("The line broke.", true);
      });
      if (done) break;
      for (const record of parser.push(value)) {
        const index = record.position - first;
        const want = wants[index];
        // A position that was not asked for is another stack's order: nothing of it may be shown.
        if (!want) throw new PictureProblem("invalid", `the batch holds position ${record.position}`);
        progress.next = index + 1;
        this.#measure(record.bytes.length, performance.now() - began);
        began = performance.now();
        onKind(record.kind);
        await this.#takeRecord(want, record);
      }
    }
    if (!parser.complete) throw new TryLater("The line broke.", true);
  }

  /**
   * @param {Want} want
   * @param {import("../model/batch.js").BatchRecord} record
   */
  async #takeRecord(want, { kind, bytes }) {
    this.batched.delete(want.key);
    if (kind !== "problem") {
      if (!this.has(want.key)) this.shelf.keep(want.key, { bytes, kind, note: "", window: null });
      this.#announce(want.frameKey);
      return;
    }
    const problem = problemIn(bytes);
    // The ticket ended while the batch ran: the rest of it is asked for again with a new one.
    if (problem.code === "ticket") await this.door.renew();
    else if (problem.code === "unavailable") this.#tryAgain(want, problem.text);
    else this.#fail(want.frameKey, problem);
  }

  /**
   * @param {unknown} error
   * @param {Want|null} want
   * @param {AbortSignal} signal
   */
  #onError(error, want, signal) {
    if (signal.aborted) return;
    if (error instanceof AccessEnded) {
      this.scheduler.pause();
      for (const session of this.sessions) session.listener.trouble("ticket", error.message);
    } else if (error instanceof PictureProblem) {
      if (want) this.#fail(want.frameKey, { code: error.code, text: error.message });
    } else if (want && error instanceof TryLater && !error.everywhere) this.#tryAgain(want, error.message);
    else this.#pauseLine();
  }

  /**
   * The server failed on this picture: a few more tries, then it has a name.
   * @param {Want} want
   * @param {string} text
   */
  #tryAgain(want, text) {
    const count = (this.attempts.get(want.key)?.count ?? 0) + 1;
    if (count >= MAX_ATTEMPTS) {
      this.attempts.delete(want.key);
      this.#fail(want.frameKey, { code: "unavailable", text });
      return;
    }
    const wait = 300 * 2 ** count * (0.5 + Math.random());
    const attempt = { count, waits: true };
    this.attempts.set(want.key, attempt);
    // The timer alone decides: by another clock it may be early, and nobody would look a second time.
    setTimeout(() => {
      attempt.waits = false;
      this.scheduler.kick();
    }, wait);
  }

  /** The line is down: nothing is asked for a while, longer each time, with jitter. */
  #pauseLine() {
    this.failures += 1;
    const wait = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.failures) * (0.5 + Math.random() / 2);
    this.scheduler.pause();
    setTimeout(() => this.scheduler.resume(), wait);
    if (this.failures !== 2) return;
    for (const session of this.sessions) session.listener.trouble("line", "No connection to the server. Trying again.");
  }

  #lineWorks() {
    if (this.failures >= 2) for (const session of this.sessions) session.listener.trouble("", "");
    this.failures = 0;
  }

  /**
   * @param {string} frameKey
   * @param {Problem} problem
   */
  #fail(frameKey, problem) {
    this.problems.set(frameKey, problem);
    this.#announce(frameKey);
  }

  /** @param {string} frameKey */
  #announce(frameKey) {
    for (const session of this.sessions) session.arrived(frameKey);
  }

  /**
   * @param {number} bytes
   * @param {number} milliseconds
   */
  #measure(bytes, milliseconds) {
    if (bytes < 20_000) return;
    const rate = (bytes * Math.max(this.scheduler.running, 1) * 1000) / Math.max(milliseconds, 1);
    this.goodput = this.goodput === null ? rate : 0.8 * this.goodput + 0.2 * rate;
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {Problem}
 */
function problemIn(bytes) {
  try {
    const { code, detail } = JSON.parse(new TextDecoder().decode(bytes));
    return { code: String(code), text: String(detail) };
  } catch {
    return { code: "unsupported", text: "This frame cannot be shown." };
  }
}
