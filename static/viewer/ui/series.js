/** The series panel: studies, their stacks as thumbnails, and what cannot be displayed as named tiles. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { DRAG_TYPE } from "./layout.js";
import { othersByReason, stackFacts, stackTitle } from "./serieslist.js";
import { counted, dateText } from "./text.js";

/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./types.js").Study} Study */
/** @typedef {import("./types.js").Series} Series */
/** @typedef {import("./types.js").StackSummary} StackSummary */
/** @typedef {{instance: string, frame: number}} Thumbnail */

export class SeriesPanel {
  /**
   * @param {HTMLElement} list
   * @param {{open: (stack: string) => void, thumbnail: (of: Thumbnail) => Promise<string>}} actions
   */
  constructor(list, actions) {
    this.list = list;
    this.actions = actions;
    /** @type {Map<string, HTMLElement>} */
    this.items = new Map();
    /** @type {Map<Element, Thumbnail>} */
    this.waiting = new Map();
    this.marked = "";
    list.addEventListener("keydown", (event) => this.#walk(event));
    this.seen = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.#load(entry.target);
    }, { root: list, rootMargin: "200px" });
  }

  /** @param {Case} found */
  show(found) {
    this.list.replaceChildren(...found.studies.map((study) => this.#study(study)));
    if (!found.studies.length) {
      this.list.append(el("p", { class: "series-none" }, "This case holds no images yet."));
    }
  }

  /** Arrow keys walk through the list. @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...this.items.values()];
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    items[at + step]?.focus();
  }

  /** @param {Study} study */
  #study(study) {
    const name = study.description || "Study without description";
    const heading = el("header", { class: "study-head" },
      el("h2", {}, el("span", { class: "study-date" }, study.date ? dateText(study.date) : "No date"), el("bdi", { class: "study-name", title: name }, name)));
    const items = study.series.flatMap((series) => [
      ...series.stacks.map((stack) => this.#stack(series, stack)),
      ...othersByReason(series.others).map((group) => this.#others(series, group)),
    ]);
    return el("section", { class: "study" }, heading, el("ul", { class: "stack-list" }, ...items));
  }

  /** @param {Series} series @param {StackSummary} stack */
  #stack(series, stack) {
    const title = stackTitle(series, stack);
    const { kind, count } = stackFacts(series, stack);
    const picture = el("span", { class: "thumb-picture", "data-state": "waiting" });
    const badge = stack.warnings
      ? el("span", { class: "thumb-badge", "aria-hidden": "true", title: counted(stack.warnings, "warning") }, icon("triangle-alert"))
      : null;
    const number = series.number === null || series.number === undefined ? "" : `${series.number}`;
    // Not a <button>: Firefox does not let buttons be dragged.
    const item = el("div", {
      class: "thumb", role: "button", tabindex: 0, draggable: "true", "data-stack": stack.id,
    },
      el("span", { class: "thumb-frame" }, picture, el("span", { class: "thumb-ring", "aria-hidden": "true" }), badge),
      el("span", { class: "thumb-text" },
        el("span", { class: "thumb-kind" }, el("b", {}, kind), " ", number ? el("span", {}, el("span", { class: "unseen" }, "series "), number) : null), " ",
        el("bdi", { class: "thumb-title", title }, title), " ",
        el("span", { class: "thumb-count" }, count), " ",
        stack.warnings ? el("span", { class: "unseen" }, counted(stack.warnings, "warning")) : null),
    );
    item.addEventListener("click", () => this.actions.open(stack.id));
    item.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.actions.open(stack.id);
    });
    item.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData(DRAG_TYPE, stack.id);
      if (event.dataTransfer) event.dataTransfer.effectAllowed = "copy";
    });
    this.items.set(stack.id, item);
    if (stack.thumbnail) {
      this.waiting.set(picture, stack.thumbnail);
      this.seen.observe(picture);
    } else {
      this.#noPicture(picture);
    }
    return el("li", {}, item);
  }

  /** @param {Series} series @param {{reason: string, objects: {instance: string, file: string | null}[]}} group */
  #others(series, { reason, objects }) {
    const title = series.description || series.modality || "Object";
    const files = objects.filter((object) => object.file);
    const links = files.map((object, k) => el("a", { class: "other-link", href: object.file, download: true },
      icon("download"), objects.length > 1 ? `Download ${k + 1}` : "Download"));
    const shown = links.length > 2
      ? [el("details", {}, el("summary", {}, counted(links.length, "file")), ...links)]
      : links;
    return el("li", { class: "other" },
      el("span", { class: "thumb-frame" }, icon("file-x")),
      el("span", { class: "thumb-text" },
        el("span", { class: "thumb-kind" }, el("b", {}, series.modality || "–"), objects.length > 1 ? el("span", {}, `× ${objects.length}`) : null),
        el("bdi", { class: "thumb-title", title }, title),
        el("span", { class: "other-reason" }, links.length ? "Cannot be displayed, can be downloaded." : "Cannot be displayed."),
        el("span", { class: "other-why", title: reason }, reason),
        ...shown),
    );
  }

  /** @param {Element} picture */
  async #load(picture) {
    const wanted = this.waiting.get(picture);
    if (!wanted) return;
    this.waiting.delete(picture);
    this.seen.unobserve(picture);
    try {
      const image = el("img", { alt: "", decoding: "async", draggable: "false" });
      image.src = await this.actions.thumbnail(wanted);
      await image.decode();
      picture.replaceChildren(image);
      /** @type {HTMLElement} */ (picture).dataset.state = "shown";
    } catch {
      this.#noPicture(picture);
    }
  }

  /** @param {Element} picture */
  #noPicture(picture) {
    picture.replaceChildren(icon("image"));
    /** @type {HTMLElement} */ (picture).dataset.state = "none";
  }

  /** @param {string[]} shown stacks on the screen @param {string | null} active */
  mark(shown, active) {
    const key = [active, ...shown].join();
    if (key === this.marked) return;
    this.marked = key;
    for (const [id, item] of this.items) {
      item.dataset.shown = String(shown.includes(id));
      if (id === active) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }

  /** @param {string} stack */
  reveal(stack) {
    this.items.get(stack)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} stack @param {number} part 0 to 1 that has arrived */
  progress(stack, part) {
    const item = this.items.get(stack);
    if (!item) return;
    item.style.setProperty("--part", String(part));
    item.dataset.loading = String(part < 1);
  }
}
