/** The case, the stacks and the measured values from Django's API, and the ticket for the pixel door. */

import { AccessEnded } from "./door.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").Ticket} Ticket */
/**
 * @typedef {{caseUrl: string, stackUrl: string, ticketUrl: string, probeUrl: string, regionUrl?: string,
 *   pixels: string, workerUrl?: string, thumbnailLongest?: number, ticket?: Ticket}} Config
 *   stackUrl holds {stack}; probeUrl and regionUrl hold {instance} and {frame}
 * @typedef {{stored: number[], value: number|number[], unit: string, text: string, padding: boolean}} Probe
 * @typedef {{shape: "rectangle"|"ellipse", x0: number, y0: number, x1: number, y1: number}} Shape
 * @typedef {{count: number, mean: number, sd: number, min: number, max: number, unit: string,
 *   areaMm2: number|null}} RegionStatistics
 */

/** An answer of the API that is not the thing asked for; the text is the server's, for people. */
export class ApiProblem extends Error {
  /**
   * @param {string} code
   * @param {string} text
   * @param {number} status
   */
  constructor(code, text, status) {
    super(text);
    this.code = code;
    this.status = status;
  }
}

/**
 * The API by the addresses of the page's configuration. Every ticket that arrives in an answer is taken.
 * @param {Config} config
 */
export function createApi(config) {
  const keeper = new TicketKeeper(() => send(config.ticketUrl, { method: "POST" }), config.ticket);
  /** @template {{ticket?: Ticket}} T @param {Promise<T>} answer */
  const withTicket = async (answer) => {
    const body = await answer;
    if (body.ticket) keeper.take(body.ticket);
    return body;
  };
  /** @param {string} template @param {string} instance @param {number} frame */
  const frameUrl = (template, instance, frame) =>
    template.replace("{instance}", encodeURIComponent(instance)).replace("{frame}", String(frame));
  return {
    keeper,
    /** @type {import("./door.js").GetTicket} */
    getTicket: (renew = false) => keeper.get(renew),
    /** The Case JSON. */
    fetchCase: () => withTicket(send(config.caseUrl)),
    /** @param {string} id @returns {Promise<Stack>} */
    fetchStack: (id) => withTicket(send(config.stackUrl.replace("{stack}", encodeURIComponent(id)))),
    /**
     * The stored value of a pixel, by the server: for frames whose values are not here.
     * @param {string} instance
     * @param {number} frame 1-based
     * @param {number} x column from 0
     * @param {number} y row from 0
     * @returns {Promise<Probe>}
     */
    probe: (instance, frame, x, y) =>
      send(`${frameUrl(config.probeUrl, instance, frame)}?x=${x}&y=${y}`),
    /**
     * Statistics of the stored values in a region.
     * @param {string} instance
     * @param {number} frame 1-based
     * @param {Shape} shape
     * @returns {Promise<RegionStatistics>}
     */
    region: (instance, frame, shape) => {
      const template = config.regionUrl ?? config.probeUrl.replace(/probe\/$/, "region/");
      return send(frameUrl(template, instance, frame), { method: "POST", body: shape });
    },
  };
}

/**
 * JSON from an address of our own. Rejects with ApiProblem, AccessEnded (not signed in any more), or
 * TypeError when the server cannot be reached.
 * @param {string} url
 * @param {{method?: string, body?: unknown}} [options]
 * @returns {Promise<any>}
 */
async function send(url, { method = "GET", body } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(url, {
    method,
    headers,
    credentials: "same-origin",
    cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.ok) return response.json();
  const { code = "", detail = "" } = await response.json().catch(() => ({}));
  const signedOut = response.status === 401 || (response.status === 403 && code !== "forbidden");
  if (signedOut) throw new AccessEnded("You are not signed in any more. Sign in again.");
  throw new ApiProblem(code, detail || `The server answered ${response.status}.`, response.status);
}

/** Django's token: from the cookie, or from the page where the cookie is closed to scripts. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  if (cookie) return decodeURIComponent(cookie.slice("csrftoken=".length));
  const field = document.querySelector("input[name=csrfmiddlewaretoken], meta[name=csrf-token]");
  return field?.getAttribute("value") ?? field?.getAttribute("content") ?? "";
}

/** Lets a ticket be renewed a little before the server would refuse it. */
const MARGIN_MS = 5_000;

/**
 * Holds the one ticket of the page: renews it before it expires, and never twice at once.
 *
 * Time is counted from when a ticket came in and not from its expiry, because the clock of a hospital's
 * machine may be minutes off the server's.
 */
export class TicketKeeper {
  /**
   * @param {() => Promise<Ticket>} renew
   * @param {Ticket} [first]
   * @param {() => number} [now] milliseconds of a clock that only goes forward
   */
  constructor(renew, first, now = () => performance.now()) {
    /** @private */
    this.renew = renew;
    /** @private */
    this.now = now;
    /** @private */
    this.token = "";
    /** @private when to renew, and when the ticket cannot be used any more */
    this.renewAt = -Infinity;
    /** @private */
    this.deadAt = -Infinity;
    /** @private @type {Promise<string>|null} */
    this.renewing = null;
    if (first) this.take(first);
  }

  /** @param {Ticket} ticket */
  take(ticket) {
    const wait = Math.max(ticket.renewAfterSeconds, 1) * 1000;
    this.token = ticket.token;
    this.renewAt = this.now() + wait;
    this.deadAt = this.renewAt + MARGIN_MS;
  }

  /**
   * A ticket that the door should accept. Past its time of renewal the old one still serves while the
   * new one comes, so that no picture waits for it.
   * @param {boolean} [refused] the door refused the one we have
   * @returns {Promise<string>}
   */
  async get(refused = false) {
    const now = this.now();
    if (!refused && now < this.renewAt) return this.token;
    const fresh = this.#renewOnce();
    if (refused || now >= this.deadAt) return fresh;
    fresh.catch(() => {});
    return this.token;
  }

  #renewOnce() {
    this.renewing ??= this.renew()
      .then((ticket) => {
        this.take(ticket);
        return this.token;
      })
      .finally(() => {
        this.renewing = null;
      });
    return this.renewing;
  }
}
