/**
 * A viewport: one stack, one view of it, on one canvas. The page's panels speak to this class only.
 *
 * Events: "view" (the state changed), "frame" (after every drawing: detail {index, quality, note, ms}),
 * "progress" {loaded, total}, "probe" (a ProbeResult), "problem" {code, text, index}, where an empty text
 * takes the last one back.
 */

import { withOwnWindow } from "../model/choice.js";
import { orientationLetters, scaleBar } from "../model/geometry.js";
import { presetsFor } from "../model/presets.js";
import { clamp, matrixOf, oneToOne, pan, rotate, toImage, toScreen, zoomAbout } from "../model/transform.js";
import { CinePlayer } from "./player.js";
import { Prober } from "./probe.js";
import { Stage } from "./stage.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").ViewState} ViewState */
/** @typedef {import("../model/types.js").Window} Window */
/** @typedef {import("../model/presets.js").Preset} Preset */
/** @typedef {import("./canvas.js").Smoothing} Smoothing */
/** @typedef {import("./tiles.js").TileStore} TileStore */

export class Viewport extends Stage {
  #player = new CinePlayer((index) => this.goToIfHere(index));
  #prober;

  /**
   * @param {HTMLElement} host
   * @param {TileStore} tiles
   */
  constructor(host, tiles) {
    super(host, tiles);
    this.#prober = new Prober(tiles);
  }

  /**
   * @override
   * @param {Stack} stack
   * @param {Partial<ViewState>} [view]
   */
  async open(stack, view = {}) {
    this.#player.load(stack.cine, stack.frames.length);
    await super.open(stack, view);
  }

  /** @override */
  close() {
    this.#player.stop();
    super.close();
  }

  /** @param {number} index0 */
  setFrame(index0) {
    if (!this.stack || !Number.isFinite(index0)) return;
    const index = clamp(Math.round(index0), 0, this.stack.frames.length - 1);
    if (index === this.view.index) return;
    if (this.#player.playing) this.#player.start(index);
    this.goTo(index);
  }

  /** @param {number} n */
  step(n) {
    this.setFrame(this.view.index + n);
  }

  /** @param {Window} window */
  setWindow(window) {
    if (!this.header || this.header.color) return;
    this.view = withOwnWindow(this.view, window);
    this.changed({ dragging: true });
  }

  /** @param {number|"auto"|string|Preset} choice index in the file, "auto", or a preset of `presets` */
  setPreset(choice) {
    if (!this.header || this.header.color) return;
    this.view.preset = typeof choice === "object" ? choice.choice : choice;
    // Chosen again on another frame, the automatic window is that frame's.
    if (this.view.preset === "auto") this.forgetAutomatic();
    this.followWindow();
    this.changed();
  }

  /** @returns {Preset[]} the file's first, then the modality's */
  get presets() {
    return this.header && this.stack ? presetsFor(this.header, this.stack.series.modality) : [];
  }

  /** @param {number} dxCss @param {number} dyCss */
  panBy(dxCss, dyCss) {
    const { ratio } = this.screen;
    this.#move(pan(this.view, this.picture, dxCss * ratio, dyCss * ratio));
  }

  /** @param {number} factor @param {number} [xCss] @param {number} [yCss] the point that stays; else the middle */
  zoomAt(factor, xCss, yCss) {
    const { ratio } = this.screen;
    const x = xCss === undefined ? this.screen.width / 2 : xCss * ratio;
    const y = yCss === undefined ? this.screen.height / 2 : yCss * ratio;
    this.#move(zoomAbout(this.view, this.screen, this.picture.aspect, factor, { x, y }));
  }

  fit() {
    if (!this.stack) return;
    this.fitNow();
    this.changed();
  }

  /** One image column per device pixel. */
  oneToOne() {
    this.#move(oneToOne(this.view));
  }

  /** @param {number} quarterTurns clockwise */
  rotate(quarterTurns) {
    this.#turn(rotate(this.view, quarterTurns));
  }

  flipHorizontal() {
    this.#turn({ ...this.view, flipH: !this.view.flipH });
  }

  flipVertical() {
    this.#turn({ ...this.view, flipV: !this.view.flipV });
  }

  toggleInvert() {
    if (!this.stack) return;
    this.view.invert = !this.view.invert;
    this.changed();
  }

  /** Back to how the stack opens, on the same frame. */
  reset() {
    if (!this.stack) return;
    this.resetView();
    this.followWindow();
    this.changed();
  }

  /** @param {boolean} visible */
  setOverlaysVisible(visible) {
    this.overlays = visible;
    this.changed();
  }

  /** @param {Smoothing} smoothing */
  setSmoothing(smoothing) {
    this.smoothing = smoothing;
    this.changed();
  }

  /**
   * The image point under a CSS point of the viewport: (0, 0) is the centre of the first pixel.
   * @param {number} xCss
   * @param {number} yCss
   */
  toImage(xCss, yCss) {
    const { ratio } = this.screen;
    return toImage(this.#matrix(), xCss * ratio, yCss * ratio);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  toScreen(x, y) {
    const point = toScreen(this.#matrix(), x, y);
    return { x: point.x / this.screen.ratio, y: point.y / this.screen.ratio };
  }

  /**
   * The value under a point of the frame that is on the canvas.
   * @param {number} xCss
   * @param {number} yCss
   * @returns {Promise<import("./probe.js").ProbeResult|null>}
   */
  async probe(xCss, yCss) {
    const { stack, shownIndex } = this;
    if (!stack || shownIndex < 0) return null;
    const point = this.toImage(xCss, yCss);
    const result = await this.#prober.probe(stack, shownIndex, Math.round(point.x), Math.round(point.y));
    // Another stack may be open by now.
    if (this.stack !== stack || !result) return null;
    this.emit("probe", result);
    return result;
  }

  play() {
    if (!this.stack) return;
    this.#player.start(this.view.index);
    this.emit("view");
  }

  pause() {
    this.#player.stop();
    this.emit("view");
  }

  get playing() {
    return this.#player.playing;
  }

  /** Frames a second at which cine plays or would play. */
  get cineRate() {
    return this.#player.framesPerSecond;
  }

  /** @param {number|null} fps null: the file's own timing */
  setCineRate(fps) {
    this.#player.setRate(fps, this.view.index);
    this.emit("view");
  }

  get orientationLetters() {
    const { stack } = this;
    const frame = stack?.frames[this.view.index];
    const orientation = stack?.orientations?.[frame?.orientation ?? -1];
    return orientationLetters(orientation, stack?.patientOrientation, this.view);
  }

  /** The scale bar: `pixels` is its length in CSS pixels. */
  get scale() {
    const { header } = this;
    if (!header) return { mm: null, pixels: 0, note: "" };
    const bar = scaleBar(header.spacing, this.view.zoom, this.screen.width);
    return { ...bar, pixels: bar.pixels / this.screen.ratio };
  }

  #matrix() {
    return matrixOf(this.view, this.screen, this.picture.aspect);
  }

  /** @param {ViewState} view */
  #move(view) {
    if (!this.stack) return;
    this.fitted = false;
    this.view = view;
    this.changed();
  }

  /** @param {ViewState} view */
  #turn(view) {
    if (!this.stack) return;
    this.view = view;
    if (this.fitted) this.fitNow();
    this.changed();
  }
}
