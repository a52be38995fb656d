/** The grid of viewports: which are on the screen, which one is active, which one is maximised. */

import { cellCount } from "./deeplink.js";
import { Pane } from "./pane.js";
import { listenToPointer } from "./pointer.js";

/** @typedef {import("./deeplink.js").LayoutName} LayoutName */
/** @typedef {import("./gesture.js").Tool} Tool */

export const DRAG_TYPE = "application/x-telerad-stack";

/** Events: "active" (another viewport is active), "layout", "drop" ({pane, stack}), "pane" ({pane}: a new one). */
export class Grid extends EventTarget {
  /**
   * @param {HTMLElement} element
   * @param {import("../io/tiles.js").TileStore} tiles
   * @param {HTMLElement} explainPopover
   * @param {() => Tool} tool
   */
  constructor(element, tiles, explainPopover, tool) {
    super();
    this.element = element;
    this.tiles = tiles;
    this.explainPopover = explainPopover;
    this.tool = tool;
    /** @type {LayoutName} */
    this.layout = "1x1";
    /** @type {Pane[]} */
    this.panes = [];
    this.activeIndex = 0;
    this.maximised = false;
  }

  /** @returns {Pane} */
  get active() {
    return /** @type {Pane} */ (this.panes[this.activeIndex]);
  }

  /** The viewports of the layout, also those behind a maximised one. */
  get shown() {
    return this.panes.slice(0, cellCount(this.layout));
  }

  /** @param {LayoutName} layout @param {number} [active] */
  setLayout(layout, active) {
    const count = cellCount(layout);
    this.layout = layout;
    this.maximised = false;
    while (this.panes.length < count) this.#addPane();
    if (this.activeIndex >= count) this.#bringForward();
    this.#arrange();
    this.setActive(Math.min(active ?? this.activeIndex, count - 1));
    this.dispatchEvent(new Event("layout"));
  }

  /** What was active stays on the screen when there is room for fewer. */
  #bringForward() {
    const [pane] = this.panes.splice(this.activeIndex, 1);
    if (pane) this.panes.unshift(pane);
    this.activeIndex = 0;
    for (const row of this.panes) this.element.append(row.element);
  }

  #arrange() {
    const count = cellCount(this.layout);
    this.element.dataset.layout = this.maximised ? "1x1" : this.layout;
    this.panes.forEach((pane, k) => {
      const hidden = this.maximised ? k !== this.activeIndex : k >= count;
      if (hidden && pane.viewport.playing) pane.viewport.pause();
      pane.element.hidden = hidden;
    });
    this.element.dataset.single = String(count === 1 || this.maximised);
  }

  #addPane() {
    const pane = new Pane(this.panes.length + 1, this.tiles, this.explainPopover);
    this.panes.push(pane);
    this.element.append(pane.element);
    const activate = () => this.setActive(this.panes.indexOf(pane));
    listenToPointer(pane, {
      tool: this.tool,
      activate: () => {
        activate();
        pane.host.focus({ preventScroll: true });
      },
      maximise: () => this.toggleMaximised(),
    });
    pane.element.addEventListener("focusin", activate);
    this.#acceptDrops(pane);
    this.dispatchEvent(new CustomEvent("pane", { detail: { pane } }));
  }

  /** @param {Pane} pane */
  #acceptDrops(pane) {
    const { element } = pane;
    const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes(DRAG_TYPE);
    element.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      element.dataset.drop = "true";
    });
    element.addEventListener("dragleave", (event) => {
      if (!element.contains(/** @type {Node | null} */ (event.relatedTarget))) delete element.dataset.drop;
    });
    element.addEventListener("drop", (event) => {
      delete element.dataset.drop;
      if (!carries(event)) return;
      event.preventDefault();
      const stack = event.dataTransfer?.getData(DRAG_TYPE);
      this.dispatchEvent(new CustomEvent("drop", { detail: { pane, stack } }));
    });
  }

  /** @param {number} index */
  setActive(index) {
    const pane = this.panes[index];
    if (!pane) return;
    const changed = index !== this.activeIndex || pane.element.dataset.active !== "true";
    this.activeIndex = index;
    for (const row of this.panes) row.element.dataset.active = String(row === pane);
    if (changed) this.dispatchEvent(new Event("active"));
  }

  /** @param {number} step */
  moveActive(step) {
    const count = cellCount(this.layout);
    this.setActive((this.activeIndex + step + count) % count);
    if (this.maximised) this.#arrange();
    this.active.host.focus({ preventScroll: true });
  }

  toggleMaximised() {
    if (cellCount(this.layout) === 1) return;
    this.maximised = !this.maximised;
    this.#arrange();
    this.active.refresh();
    this.dispatchEvent(new Event("layout"));
  }
}
