/**
 * What every page script needs: the page's configuration, the CSRF token, and errors as sentences.
 */

/**
 * @typedef {object} Ticket
 * @property {string} token
 * @property {number} expiresAt seconds since 1970
 * @property {number} renewAfterSeconds
 */
/**
 * @typedef {object} Config
 * @property {string} pixels
 * @property {string} ticketUrl
 * @property {string} filesUrl
 * @property {string} knownFilesUrl
 * @property {string} signInUrl
 * @property {Ticket} [ticket]
 */

/** @returns {Config} */
export function readConfig() {
  return JSON.parse(element("config").textContent ?? "{}");
}

/**
 * The element with an id that the template promises.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

/** @returns {string} the token of the page's own form field */
export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/** An answer that was not a success, with the server's own sentence. */
export class AnswerError extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * POST JSON and read JSON.
 * @param {string} url
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function postJson(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body ?? {}),
  });
  if (!response.ok) throw new AnswerError(response.status, await sentenceOf(response));
  return response.json();
}

/**
 * @param {Response} response
 * @returns {Promise<string>}
 */
async function sentenceOf(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail ?? `The server answered ${response.status}.`;
}
