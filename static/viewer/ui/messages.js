/** What the page says aside from pictures: banner, short notices, dialogs, and speech for screen readers. */

import { byId, setText } from "./dom.js";

const SPEAK_AFTER_MS = 700;
const NOTICE_MS = 3200;

export class Messages {
  constructor() {
    this.banner = byId("banner", HTMLElement);
    this.bannerText = byId("banner-text", HTMLElement);
    this.retry = byId("banner-retry", HTMLButtonElement);
    this.notice = byId("notice", HTMLElement);
    this.live = byId("live", HTMLElement);
    this.session = byId("session-dialog", HTMLDialogElement);
    this.sorry = byId("sorry", HTMLElement);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.speaking = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.noticing = undefined;
  }

  /** The connection is gone: a banner over the pictures, until it is back. @param {string} text @param {() => void} again */
  lost(text, again) {
    setText(this.bannerText, text);
    this.banner.hidden = false;
    this.retry.onclick = again;
  }

  back() {
    this.banner.hidden = true;
  }

  /** A short notice that goes by itself. @param {string} text */
  say(text) {
    setText(this.notice, text);
    this.notice.dataset.shown = "true";
    clearTimeout(this.noticing);
    this.noticing = setTimeout(() => {
      this.notice.dataset.shown = "false";
      setText(this.notice, "");
    }, NOTICE_MS);
  }

  /** Spoken once the reader stops scrolling, so that fast scrolling does not stutter. @param {string} text */
  speak(text) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => setText(this.live, text), SPEAK_AFTER_MS);
  }

  /** The session is over: nothing on this page works any more. @param {string} signInUrl */
  sessionEnded(signInUrl) {
    if (this.session.open) return;
    const here = `${location.pathname}${location.search}${location.hash}`;
    byId("session-link", HTMLAnchorElement).href = `${signInUrl}?next=${encodeURIComponent(here)}`;
    this.session.showModal();
  }

  /** In place of the pictures. @param {string} title @param {string} text */
  instead(title, text) {
    setText(byId("sorry-title", HTMLElement), title);
    setText(byId("sorry-text", HTMLElement), text);
    this.sorry.hidden = false;
  }
}
