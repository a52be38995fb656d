/**
 * The case page's thumbnails: fetched with the case's ticket when they come near the screen, at most
 * four at a time, so that a case of a thousand stacks opens as fast as one of three.
 */

import { AnswerError, element, postJson, readConfig } from "./page.js";

const AT_ONCE = 4;
const NEAR_SCREEN = "300px";

const config = readConfig();
/** @type {import("./page.js").Ticket | undefined} */
let ticket = config.ticket;
/** @type {Promise<import("./page.js").Ticket> | null} */
let renewal = null;
/** @type {HTMLImageElement[]} */
const waiting = [];
let running = 0;

/**
 * A ticket that lives for some seconds yet.
 * @returns {Promise<string>}
 */
async function token() {
  if (ticket && ticket.expiresAt - Date.now() / 1000 > 5) return ticket.token;
  renewal ??= postJson(config.ticketUrl).finally(() => { renewal = null; });
  ticket = await renewal;
  return ticket.token;
}

/**
 * @param {HTMLImageElement} image
 * @param {boolean} again whether a refused ticket may be renewed
 */
async function load(image, again) {
  const response = await fetch(config.pixels + image.dataset.picture, {
    headers: { Authorization: `Ticket ${await token()}` },
  });
  if (response.status === 401 && again) {
    ticket = undefined;
    await load(image, false);
    return;
  }
  if (!response.ok) throw new AnswerError(response.status, `picture ${response.status}`);
  const url = URL.createObjectURL(await response.blob());
  image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
  image.src = url;
}

function next() {
  while (running < AT_ONCE && waiting.length > 0) {
    const image = /** @type {HTMLImageElement} */ (waiting.shift());
    running += 1;
    load(image, true)
      .catch((error) => fail(image, error))
      .finally(() => { running -= 1; next(); });
  }
}

/**
 * @param {HTMLImageElement} image
 * @param {unknown} error
 */
function fail(image, error) {
  image.parentElement?.classList.add("no-picture");
  if (!(error instanceof AnswerError) || ![401, 403, 404].includes(error.status)) return;
  if (error.message.startsWith("picture") && error.status !== 401) return;
  const notice = element("picture-problem");
  notice.textContent =
    "You are signed out, or may no longer see this case. Reload the page to sign in again.";
  notice.hidden = false;
  waiting.length = 0;
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    waiting.push(/** @type {HTMLImageElement} */ (entry.target));
  }
  next();
}, { rootMargin: NEAR_SCREEN });

for (const image of document.querySelectorAll("img[data-picture]")) watcher.observe(image);
