/** GET from the pixel door: the ticket, and what an answer that is not a picture means. */

/** @typedef {import("../model/types.js").Window} Window */
/** @typedef {(renew?: boolean) => Promise<string>} GetTicket */

/** The server's own word on a picture: asking again gives the same answer. */
export class PictureProblem extends Error {
  /**
   * @param {string} code
   * @param {string} text for people
   */
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

/** Nothing is wrong with the picture: the same request may succeed later. */
export class TryLater extends Error {
  /**
   * @param {string} text
   * @param {boolean} everywhere true if it is the line and not this picture
   */
  constructor(text, everywhere) {
    super(text);
    this.everywhere = everywhere;
  }
}

/** Access to the case has ended: no request will succeed. */
export class AccessEnded extends Error {}

const LINE_STATUSES = new Set([429, 502, 504]);

export class Door {
  /**
   * @param {{pixelsUrl: string, getTicket: GetTicket, fetch?: typeof fetch}} options
   */
  constructor({ pixelsUrl, getTicket, fetch = globalThis.fetch.bind(globalThis) }) {
    this.pixelsUrl = pixelsUrl.replace(/\/$/, "");
    /** @private */
    this.getTicket = getTicket;
    /** @private */
    this.fetch = fetch;
  }

  /**
   * An answer with a picture in it. Rejects with PictureProblem, TryLater, AccessEnded, or AbortError.
   * @param {string} path below the case, e.g. "/instances/…/frames/1/tiles/0/0/0.deep"
   * @param {{signal?: AbortSignal, urgent?: boolean}} [options]
   * @returns {Promise<Response>}
   */
  async get(path, { signal, urgent = false } = {}) {
    let response = await this.#send(path, await this.#ticket(false), signal, urgent);
    if (response.status === 401) {
      response = await this.#send(path, await this.#ticket(true), signal, urgent);
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }

  /** The ticket was refused in the middle of an answer. */
  async renew() {
    await this.#ticket(true);
  }

  /** @param {boolean} renew */
  async #ticket(renew) {
    try {
      return await this.getTicket(renew);
    } catch (error) {
      if (error instanceof AccessEnded) throw error;
      throw new TryLater("The server does not answer.", true);
    }
  }

  /**
   * @param {string} path
   * @param {string} token
   * @param {AbortSignal|undefined} signal
   * @param {boolean} urgent
   */
  async #send(path, token, signal, urgent) {
    try {
      return await this.fetch(this.pixelsUrl + path, {
        headers: { Authorization: `Ticket ${token}` },
        credentials: "omit",
        cache: "no-store",
        priority: urgent ? "high" : "low",
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new TryLater("The server does not answer.", true);
    }
  }
}

/**
 * The note of a picture that is incomplete or doubtful.
 * @param {Response} response
 */
export function noteOf(response) {
  const raw = response.headers.get("X-Telerad-Note") ?? "";
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

/**
 * The bytes of an answer. Rejects with TryLater when the line breaks in between.
 * @param {Response} response
 * @param {AbortSignal} signal
 * @returns {Promise<ArrayBuffer>}
 */
export async function bodyOf(response, signal) {
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throw signal.aborted ? error : new TryLater("The line broke.", true);
  }
}

/**
 * The window that the server chose for a preview, where it says so.
 * @param {Response} response
 * @returns {Window|null}
 */
export function windowOf(response) {
  const [center, width, name] = (response.headers.get("X-Telerad-Window") ?? "").split(",");
  if (!name || !Number.isFinite(Number(center)) || !(Number(width) > 0)) return null;
  const kind = /** @type {import("../model/types.js").VoiFunction} */ (name.trim());
  return { center: Number(center), width: Number(width), function: kind };
}

/**
 * @param {Response} response
 * @returns {Promise<Error>}
 */
async function problemOf(response) {
  const { status } = response;
  if (status === 401 || status === 403 || status === 404) {
    if (status === 401) return new AccessEnded("Your access to this case has ended. Sign in again.");
    const text = await detailOf(response);
    return new PictureProblem(status === 403 ? "forbidden" : "not-found", text);
  }
  if (LINE_STATUSES.has(status)) return new TryLater("The server is busy.", true);
  const text = await detailOf(response);
  if (status >= 500) return new TryLater(text, false);
  return new PictureProblem(codeOf(status), text);
}

/** @param {number} status */
function codeOf(status) {
  return { 409: "conflict", 413: "too-large", 422: "unsupported" }[status] ?? "invalid";
}

/** @param {Response} response */
async function detailOf(response) {
  try {
    const body = await response.json();
    if (typeof body.detail === "string" && body.detail) return body.detail;
  } catch {
    // Not our JSON: a proxy's page, say. The status has to do.
  }
  return `The server answered ${response.status}.`;
}
