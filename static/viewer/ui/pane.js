/** One viewport with everything around its picture: corners, trust strip, slider, cine bar, progress. */

import { Viewport } from "../io/viewport.js";
import { CineBar } from "./cinebar.js";
import { cornerLines, spokenDescription } from "./cornerlines.js";
import { CornerText } from "./corners.js";
import { paneParts } from "./paneparts.js";
import { SliceSlider } from "./slider.js";
import { TrustStrip } from "./trust.js";
import { trustItems } from "./trustitems.js";

/** @typedef {import("./types.js").Stack} Stack */
/** @typedef {import("./types.js").ViewState} ViewState */
/** @typedef {import("./types.js").Quality} Quality */

/** From here on the engine draws pixels as squares, unless told otherwise. */
const PIXELS_FROM_ZOOM = 4;

/**
 * Events: "change" (anything that the toolbar or the link shows), "progress" ({loaded, total}),
 * "trouble" ({code, text}: not of a frame but of the line, the session or the whole stack).
 */
export class Pane extends EventTarget {
  /**
   * @param {number} number from 1, as people call it
   * @param {import("../io/tiles.js").TileStore} tiles
   * @param {HTMLElement} explainPopover
   */
  constructor(number, tiles, explainPopover) {
    super();
    this.number = number;
    /** @type {Stack | null} */
    this.stack = null;
    this.note = "";
    this.problemText = "";
    this.probeText = "";
    this.probeCount = 0;
    this.spoken = "";
    /** @type {string | null} the stack asked for, which may still be on its way */
    this.wanted = null;
    this.allCorners = true;
    this.smoothing = /** @type {"auto" | "smooth" | "pixels"} */ ("auto");
    this.queued = false;
    const parts = paneParts(number);
    this.element = parts.element;
    this.picture = parts.picture;
    this.host = parts.host;
    this.tile = parts.tile;
    this.progress = parts.progress;
    this.progressBar = parts.bar;
    this.cineBox = parts.cineBox;
    this.corners = new CornerText(parts.over);
    this.slider = new SliceSlider(parts.slider, (index) => this.goTo(index));
    this.cine = new CineBar(parts.cineBox, {
      toggle: () => this.toggleCine(),
      goTo: (index) => this.goTo(index),
      rate: (fps) => this.viewport.setCineRate(fps),
    });
    this.trust = new TrustStrip(parts.trust, explainPopover);
    this.tile.show("images", "Nothing here yet", "Drag a series here, or choose one from the list.");
    this.viewport = new Viewport(this.host, tiles);
    this.#listen();
  }

  #listen() {
    const { viewport } = this;
    viewport.addEventListener("view", () => this.refresh());
    viewport.addEventListener("frame", (event) => this.#frame(/** @type {CustomEvent} */ (event).detail));
    viewport.addEventListener("progress", (event) => this.#progress(/** @type {CustomEvent} */ (event).detail));
    viewport.addEventListener("problem", (event) => this.#problem(/** @type {CustomEvent} */ (event).detail));
    new ResizeObserver(() => this.refresh()).observe(this.picture);
  }

  /**
   * A frame's own problem is a named tile in its place; what concerns the line or the session is the page's.
   * @param {{code: string, text: string, index: number | null}} detail an empty text takes the last one back
   */
  #problem({ code, text, index }) {
    if (index === null) {
      this.dispatchEvent(new CustomEvent("trouble", { detail: { code, text } }));
      return;
    }
    this.problemText = text;
    if (text) this.tile.show("file-x", `Image ${index + 1} cannot be shown`, text);
    else this.tile.hide();
    this.refresh();
  }

  get frameCount() {
    return this.stack?.frameCount ?? 0;
  }

  /** Shows a stack; the one before it is dropped. @param {Stack} stack @param {Partial<ViewState>} [view] */
  async open(stack, view) {
    this.stack = stack;
    this.note = "";
    this.probeText = "";
    this.problemText = "";
    this.tile.hide();
    this.slider.open(stack.frameCount, stack.cine ? "Frame" : "Image");
    this.showCine(Boolean(stack.cine) && stack.frameCount > 1);
    this.#progress({ loaded: 0, total: stack.frameCount });
    this.element.dataset.stack = stack.id;
    await this.viewport.open(stack, view);
    if (this.stack !== stack) return;
    if (stack.cine?.autoplay && stack.frameCount > 1 && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.viewport.play();
    this.refresh();
  }

  /** @param {boolean} shown */
  showCine(shown) {
    if (shown && this.stack) this.cine.open(this.stack);
    this.cineBox.hidden = !shown;
  }

  toggleCine() {
    if (!this.stack || this.frameCount < 2) return;
    if (this.viewport.playing) this.viewport.pause();
    else {
      if (this.cineBox.hidden) this.showCine(true);
      this.viewport.play();
    }
    this.refresh();
  }

  /** @param {number} index */
  goTo(index) {
    if (!this.stack) return;
    if (this.viewport.playing) this.viewport.pause();
    this.viewport.setFrame(Math.max(0, Math.min(this.frameCount - 1, index)));
  }

  /** @param {number} count */
  step(count) {
    if (this.stack) this.goTo(this.viewport.state.index + count);
  }

  /** @param {{index: number, quality: Quality, note: string, ms?: number}} detail */
  #frame({ index, quality, note, ms }) {
    // What tests and measurements read; a shown frame is told at once, not with the next painting.
    Object.assign(this.element.dataset, { index, quality, ...(ms === undefined ? {} : { drawMs: ms.toFixed(2) }) });
    this.note = note ?? "";
    this.refresh();
  }

  /** @param {{loaded: number, total: number}} detail */
  #progress({ loaded, total }) {
    const part = total ? loaded / total : 1;
    Object.assign(this.element.dataset, { loaded, total });
    this.progressBar.style.setProperty("--part", String(part));
    this.progress.dataset.done = String(part >= 1);
    this.slider.markLoaded((index) => this.viewport.isLoaded(index));
    this.dispatchEvent(new CustomEvent("progress", { detail: { loaded, total } }));
  }

  /** Everything that shows the state, once for each painted frame. */
  refresh() {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.#paint();
      this.dispatchEvent(new Event("change"));
    });
  }

  #paint() {
    const { stack, viewport } = this;
    if (!stack || viewport.stack?.id !== stack.id) return;
    const { state, header, quality } = viewport;
    const { preset } = this;
    const lines = cornerLines({ stack, state, header, presetLabel: this.presetLabel, byTable: Boolean(preset?.lut), probe: this.probeText, pixels: this.#asPixels(state.zoom) });
    const byRegion = header?.spacing.source === "ultrasound-regions";
    const scale = { ...viewport.scale, ...(byRegion ? { note: "mm by region" } : {}) };
    const { clientWidth: width, clientHeight: height } = this.picture;
    this.corners.update(lines, { width, height, all: this.allCorners, scale });
    this.corners.orient(viewport.orientationLetters);
    this.slider.at(state.index);
    if (!this.cineBox.hidden) this.cine.update(state.index, viewport.playing);
    this.trust.update(trustItems({ stack, header, quality, note: this.note, problem: this.problemText }));
    const spoken = this.problemText ? `${spokenDescription(stack, state, "full")}, cannot be shown: ${this.problemText}` : spokenDescription(stack, state, quality);
    const label = `Viewport ${this.number}: ${spoken}`;
    if (!viewport.playing && this.host.getAttribute("aria-label") !== label) this.host.setAttribute("aria-label", label);
    this.spoken = spoken;
  }

  /** @param {number} zoom */
  #asPixels(zoom) {
    return this.smoothing === "pixels" ? zoom > 1 : this.smoothing === "auto" && zoom >= PIXELS_FROM_ZOOM;
  }

  /** @param {"auto" | "smooth" | "pixels"} smoothing */
  setSmoothing(smoothing) {
    this.smoothing = smoothing;
    this.viewport.setSmoothing(smoothing);
    this.refresh();
  }

  /** The preset in force, or null for a window that a person set. */
  get preset() {
    const { state, presets } = this.viewport;
    return presets.find(({ choice }) => choice === state.preset) ?? null;
  }

  get presetLabel() {
    return this.preset?.label ?? (this.viewport.state.preset === null ? "Manual" : "");
  }

  /** @param {boolean} shown all corner text, or identity only */
  setCorners(shown) {
    this.allCorners = shown;
    this.refresh();
  }

  /** @param {number} x @param {number} y css pixels in the picture */
  async probeAt(x, y) {
    const asked = (this.probeCount += 1);
    const found = await this.viewport.probe(x, y);
    if (asked !== this.probeCount) return;
    this.probeText = found ? `x ${found.x}  y ${found.y}  ${found.text}` : "–";
    this.refresh();
  }

  clearProbe() {
    this.probeCount += 1;
    if (!this.probeText) return;
    this.probeText = "";
    this.refresh();
  }
}
