/** The series panel as a place: a column on wide screens, a sheet from the bottom edge on phones. */

import { byId } from "./dom.js";
import { readSettings, rememberSettings } from "./settings.js";

export class Panel {
  constructor() {
    this.element = byId("series", HTMLElement);
    this.button = byId("series-button", HTMLButtonElement);
    this.backdrop = byId("series-backdrop", HTMLElement);
    this.phone = matchMedia("(max-width: 760px), (max-height: 480px) and (pointer: coarse)");
    this.button.addEventListener("click", () => this.toggle());
    byId("series-close", HTMLButtonElement).addEventListener("click", () => this.#show(false));
    this.backdrop.addEventListener("click", () => this.#show(false));
    this.phone.addEventListener("change", () => this.#show(!this.phone.matches && readSettings().seriesPanel, false));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.phone.matches) this.#show(false);
    });
    this.#show(!this.phone.matches && readSettings().seriesPanel, false);
  }

  toggle() {
    this.#show(document.documentElement.dataset.series !== "open");
  }

  /** After a choice, the sheet of a phone makes room for the picture. */
  chosen() {
    if (this.phone.matches) this.#show(false);
  }

  /** @param {boolean} open @param {boolean} [byPerson] */
  #show(open, byPerson = true) {
    const held = this.element.contains(document.activeElement);
    document.documentElement.dataset.series = open ? "open" : "closed";
    this.button.setAttribute("aria-expanded", String(open));
    this.element.inert = !open;
    this.backdrop.hidden = !(open && this.phone.matches);
    if (byPerson && !this.phone.matches) rememberSettings({ seriesPanel: open });
    if (open && byPerson && this.phone.matches) byId("series-close", HTMLButtonElement).focus({ preventScroll: true });
    else if (!open && held) this.button.focus({ preventScroll: true });
  }
}
