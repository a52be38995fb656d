/**
 * Sends files to a case one by one: asks first what is known, keeps a few on the way, tries again
 * after a lost connection. Knows no page; {@link Sender} tells what happens by events.
 */

import { AnswerError, csrfToken, postJson } from "./page.js";

/**
 * @typedef {object} Item
 * @property {string} name path on this side
 * @property {number} size
 * @property {() => Promise<Blob>} open
 * @property {"waiting"|"reading"|"sending"|"added"|"known"|"apart"|"failed"} state
 * @property {number} sent bytes
 * @property {string} reason
 * @property {number} tries
 */

const AT_ONCE = 3;
const ASKED_AT_ONCE = 64;
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 1000;
/** Larger files are not read twice; the server still recognises them, after they were sent. */
const LARGEST_HASHED_BYTES = 512 * 2 ** 20;
/** What the server says of a file that is among the images, or stored without a picture. */
const ADDED = new Set(["displayed", "stored", "duplicate"]);

/**
 * @param {Blob} blob
 * @returns {Promise<string>} lower-case hexadecimal
 */
async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Events: "change" after any item changed, "idle" when nothing is left to do. */
export class Sender extends EventTarget {
  /** @param {{filesUrl: string, knownFilesUrl: string}} config */
  constructor(config) {
    super();
    this.config = config;
    /** @type {Item[]} */
    this.items = [];
    this.paused = false;
    /** Set when no file can succeed any more (signed out, right taken away). */
    this.stopped = "";
    /** @private @type {Item[]} */
    this.queue = [];
    /** @private */
    this.running = 0;
    /** @private @type {Map<string, Promise<string|null>>} */
    this.answers = new Map();
    /** @private @type {{digest: string, resolve: (outcome: string|null) => void}[]} */
    this.questions = [];
  }

  /** @param {{name: string, size: number, open: () => Promise<Blob>}[]} files */
  add(files) {
    for (const file of files) {
      /** @type {Item} */
      const item = { ...file, state: "waiting", sent: 0, reason: "", tries: 0 };
      this.items.push(item);
      this.queue.push(item);
    }
    this.change();
    this.pump();
  }

  /** @param {boolean} paused */
  setPaused(paused) {
    this.paused = paused;
    if (!paused) this.pump();
    this.change();
  }

  retryFailed() {
    this.stopped = "";
    const failed = this.items.filter((item) => item.state === "failed");
    for (const item of failed) Object.assign(item, { state: "waiting", sent: 0, reason: "", tries: 0 });
    this.queue.push(...failed);
    this.change();
    this.pump();
  }

  get idle() {
    return this.running === 0 && this.queue.length === 0;
  }

  /** @private */
  pump() {
    while (!this.paused && !this.stopped && this.running < AT_ONCE && this.queue.length > 0) {
      const item = /** @type {Item} */ (this.queue.shift());
      this.running += 1;
      this.work(item)
        .catch((error) => this.give(item, "failed", sentence(error)))
        .finally(() => {
          this.running -= 1;
          this.pump();
          if (this.idle || this.stopped) this.dispatchEvent(new Event("idle"));
        });
    }
  }

  /**
   * @private
   * @param {Item} item
   */
  async work(item) {
    this.give(item, "reading");
    const blob = await item.open();
    if (blob.size === 0) return this.give(item, "apart", "The file is empty.");
    if (blob.size <= LARGEST_HASHED_BYTES && globalThis.crypto?.subtle) {
      const outcome = await this.known(await sha256(blob)).catch(() => null);
      // A file that was refused is sent again: what refused it may have been mended.
      if (outcome && outcome !== "refused") return this.settle(item, outcome, "", true);
    }
    return this.send(item, blob);
  }

  /**
   * @private
   * @param {Item} item
   * @param {Blob} blob
   */
  async send(item, blob) {
    for (;;) {
      this.give(item, "sending");
      try {
        const answer = await this.post(item, blob);
        return this.settle(item, answer.outcome, answer.reason ?? "", false);
      } catch (error) {
        const status = error instanceof AnswerError ? error.status : 0;
        if ([400, 409, 413, 415, 422].includes(status)) return this.give(item, "apart", sentence(error));
        if ([401, 403, 404].includes(status)) {
          this.stopped = sentence(error);
          throw error;
        }
        item.tries += 1;
        if (item.tries >= MOST_TRIES) throw error;
        // Not all senders at once after a server came back.
        await pause(FIRST_PAUSE_MS * 2 ** item.tries * (0.5 + Math.random()));
      }
    }
  }

  /**
   * One request with one file; XMLHttpRequest, because fetch does not say how much has been sent.
   * @private
   * @param {Item} item
   * @param {Blob} blob
   * @returns {Promise<{outcome: string, reason: string}>}
   */
  post(item, blob) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.config.filesUrl);
      request.responseType = "json";
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-Telerad-Name", encodeURIComponent(item.name.slice(-300)));
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.upload.addEventListener("progress", (event) => {
        item.sent = event.loaded;
        this.change();
      });
      request.addEventListener("load", () => {
        const answer = request.response ?? {};
        if (request.status >= 200 && request.status < 300) resolve(answer);
        else reject(new AnswerError(request.status, answer.detail ?? `The server answered ${request.status}.`));
      });
      request.addEventListener("error", () => reject(new Error("The connection was lost.")));
      request.send(blob);
    });
  }

  /**
   * The outcome of a digest the case has, else null. Questions of one moment go in one request.
   * @private
   * @param {string} digest
   * @returns {Promise<string|null>}
   */
  known(digest) {
    let answer = this.answers.get(digest);
    if (!answer) {
      answer = new Promise((resolve) => {
        this.questions.push({ digest, resolve });
        if (this.questions.length === 1) setTimeout(() => this.ask(), 30);
        if (this.questions.length >= ASKED_AT_ONCE) this.ask();
      });
      this.answers.set(digest, answer);
    }
    return answer;
  }

  /** @private */
  async ask() {
    const asked = this.questions.splice(0);
    if (asked.length === 0) return;
    const digests = asked.map((question) => question.digest);
    const answer = await postJson(this.config.knownFilesUrl, { sha256: digests })
      .catch(() => ({ known: {} }));
    for (const question of asked) {
      this.answers.delete(question.digest);
      question.resolve(answer.known[question.digest] ?? null);
    }
  }

  /**
   * @private
   * @param {Item} item
   * @param {string} outcome
   * @param {string} reason
   * @param {boolean} before whether it was here before
   */
  settle(item, outcome, reason, before) {
    if (ADDED.has(outcome)) return this.give(item, before || outcome === "duplicate" ? "known" : "added", reason);
    return this.give(item, "apart", reason || "It was kept apart; the case page says why.");
  }

  /**
   * @private
   * @param {Item} item
   * @param {Item["state"]} state
   * @param {string} [reason]
   */
  give(item, state, reason = "") {
    item.state = state;
    item.reason = reason;
    if (state !== "sending" && state !== "reading") item.sent = item.size;
    this.change();
  }

  /** @private */
  change() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {unknown} error */
function sentence(error) {
  return error instanceof Error ? error.message : "It failed for an unknown reason.";
}
