/**
 * A viewport: one stack, one view of it, on one canvas. The page's panels speak to this class only.
 *
 * Events: "view" (the state changed), "frame" (what is on the canvas changed: detail {index, quality,
 * note}), "progress" {loaded, total}, "probe" (a ProbeResult), "problem" {code, text, index}, where an
 * empty text takes the last one back.
 */

import { autoWindow } from "../model/auto.js";
import { dragWindow, firstPreset, voiFor } from "../model/choice.js";
import { orientationLetters, scaleBar } from "../model/geometry.js";
import { isSingleTile } from "../model/grid.js";
import { presetsFor } from "../model/presets.js";
import { clamp, clampZoom, fit, matrixOf, middle, oneToOne, pan, rotate, toImage, toScreen, zoomAbout } from "../model/transform.js";
import { tileHeader } from "../model/window.js";
import { Screen } from "./canvas.js";
import { CinePlayer } from "./player.js";
import { Prober } from "./probe.js";
import { Scene } from "./scene.js";
import { overlayWant } from "./wants.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").ViewState} ViewState */
/** @typedef {import("../model/types.js").Window} Window */
/** @typedef {import("../model/presets.js").Preset} Preset */
/** @typedef {import("./canvas.js").Smoothing} Smoothing */
/** @typedef {import("./scene.js").Quality} Quality */
/** @typedef {import("./scene.js").Plan} Plan */
/** @typedef {import("./tiles.js").TileStore} TileStore */

/** How long the last frame may stand, undimmed and unnamed, for one that is still on its way. */
const HOLD_MS = 150;

export class Viewport extends EventTarget {
  /**
   * @param {HTMLElement} host
   * @param {TileStore} tiles
   */
  constructor(host, tiles) {
    super();
    /** @private */
    this.tiles = tiles;
    /** @private */
    this.screen = new Screen(host, () => this.#onResize());
    /** @private */
    this.scene = new Scene(tiles);
    /** @private */
    this.prober = new Prober(tiles);
    /** @private */
    this.player = new CinePlayer((index) => this.#showCine(index));
    /** @private @type {Stack|null} */
    this.current = null;
    /** @private @type {import("./session.js").StackSession|null} */
    this.session = null;
    /** @private @type {ViewState} */
    this.view = emptyView();
    /** @private @type {Window|null} */
    this.automatic = null;
    /** @private */
    this.direction = /** @type {1|-1} */ (1);
    /** @private */
    this.fitted = true;
    /** @private */
    this.overlays = true;
    /** @private @type {Smoothing} */
    this.smoothing = "auto";
    /** @private */
    this.handle = 0;
    /** @private @type {{index: number, quality: Quality, note: string}} */
    this.shown = { index: -1, quality: "none", note: "" };
    /** @private @type {{index: number, layers: import("./compose.js").LevelLayer[]}|null} */
    this.held = null;
    /** @private */
    this.askedAt = 0;
    /** @private */
    this.problemShown = "";
    /** @private */
    this.lastProgress = "";
  }

  /**
   * Show a stack. Everything of the last one is gone from the canvas before this returns.
   * @param {Stack} stack
   * @param {Partial<ViewState>} [view]
   */
  async open(stack, view = {}) {
    this.close();
    this.current = stack;
    const index = clamp(Math.trunc(view.index ?? 0), 0, Math.max(stack.frames.length - 1, 0));
    this.view = { ...emptyView(), stack: stack.id, index };
    if (stack.frames.length === 0) return;
    this.player.load(stack.cine, stack.frames.length);
    const session = this.tiles.open(stack, {
      // A late tile of a stack that was left is kept by the store and not drawn here.
      arrived: (arrivedIndex) => this.session === session && this.#arrived(arrivedIndex),
      trouble: (code, text) => this.session === session && this.#emit("problem", { code, text, index: null }),
    });
    this.session = session;
    this.#resetView();
    Object.assign(this.view, { ...view, stack: stack.id, index });
    if (view.zoom !== undefined) {
      this.fitted = false;
      this.view.zoom = clampZoom(view.zoom);
    } else this.#fit();
    this.#followWindow();
    this.askedAt = performance.now();
    this.#changed();
    this.#progress();
  }

  /** Show nothing. */
  close() {
    this.player.stop();
    this.session?.close();
    this.session = null;
    this.current = null;
    this.held = null;
    this.automatic = null;
    this.problemShown = "";
    this.lastProgress = "";
    this.shown = { index: -1, quality: "none", note: "" };
    this.scene.reset();
    this.screen.blank();
  }

  destroy() {
    this.close();
    if (this.handle) cancelAnimationFrame(this.handle);
    this.screen.destroy();
  }

  get stack() {
    return this.current;
  }

  /** @returns {ViewState} */
  get state() {
    return { ...this.view };
  }

  /** The header of the frame in view. */
  get header() {
    const { current } = this;
    return current ? (current.headers[current.frames[this.view.index]?.header] ?? null) : null;
  }

  get quality() {
    return this.shown.quality;
  }

  /** The 0-based frame that is on the canvas; -1 while there is none. */
  get shownIndex() {
    return this.shown.quality === "none" ? -1 : this.shown.index;
  }

  /** How many frames are here at full depth. */
  get loaded() {
    return this.session?.loaded ?? 0;
  }

  get devicePixelRatio() {
    return this.screen.ratio;
  }

  /** @param {number} index0 */
  setFrame(index0) {
    if (!this.current || !Number.isFinite(index0)) return;
    const index = clamp(Math.round(index0), 0, this.current.frames.length - 1);
    if (index === this.view.index) return;
    if (this.player.playing) this.player.start(index);
    this.#goTo(index);
  }

  /** @param {number} n */
  step(n) {
    this.setFrame(this.view.index + n);
  }

  /** @param {{center: number, width: number, function?: import("../model/types.js").VoiFunction}} window */
  setWindow(window) {
    const { header } = this;
    if (!header || header.color || !Number.isFinite(window.center) || !Number.isFinite(window.width)) return;
    const kind = window.function ?? this.view.function;
    const width = Math.max(window.width, kind === "LINEAR" ? 1 : 1e-9);
    Object.assign(this.view, { center: window.center, width, function: kind, preset: null });
    this.#changed();
  }

  /** @param {number|"auto"|string|Preset} choice index in the file, "auto", or a preset of `presets` */
  setPreset(choice) {
    if (!this.header || this.header.color) return;
    this.view.preset = typeof choice === "object" ? choice.choice : choice;
    // Chosen again on another frame, the automatic window is that frame's.
    if (this.view.preset === "auto") this.automatic = null;
    this.view.function = "LINEAR";
    this.#followWindow();
    this.#changed();
  }

  /** @returns {Preset[]} the file's first, then the modality's */
  get presets() {
    return this.header && this.current ? presetsFor(this.header, this.current.series.modality) : [];
  }

  /** @param {number} dxCss @param {number} dyCss */
  panBy(dxCss, dyCss) {
    const { ratio } = this.screen;
    this.fitted = false;
    this.#camera(pan(this.view, this.#picture(), dxCss * ratio, dyCss * ratio));
  }

  /** @param {number} factor @param {number} [xCss] @param {number} [yCss] the point that stays; else the middle */
  zoomAt(factor, xCss, yCss) {
    const { ratio } = this.screen;
    const x = xCss === undefined ? this.screen.width / 2 : xCss * ratio;
    const y = yCss === undefined ? this.screen.height / 2 : yCss * ratio;
    this.fitted = false;
    this.#camera(zoomAbout(this.view, this.screen, this.#picture().aspect, factor, { x, y }));
  }

  fit() {
    this.#fit();
    this.#changed();
  }

  oneToOne() {
    this.fitted = false;
    this.#camera(oneToOne(this.view));
  }

  /** @param {number} quarterTurns clockwise */
  rotate(quarterTurns) {
    this.#camera(rotate(this.view, quarterTurns));
    if (this.fitted) this.fit();
  }

  flipHorizontal() {
    this.#camera({ ...this.view, flipH: !this.view.flipH });
  }

  flipVertical() {
    this.#camera({ ...this.view, flipV: !this.view.flipV });
  }

  toggleInvert() {
    this.view.invert = !this.view.invert;
    this.#changed();
  }

  /** Back to how the stack opens, on the same frame. */
  reset() {
    if (!this.current) return;
    this.#resetView();
    this.#followWindow();
    this.#changed();
  }

  /** @param {boolean} visible */
  setOverlaysVisible(visible) {
    this.overlays = visible;
    this.#changed();
  }

  /** @param {Smoothing} smoothing */
  setSmoothing(smoothing) {
    this.smoothing = smoothing;
    this.#changed();
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
    const { current } = this;
    const index = this.shownIndex;
    if (!current || index < 0) return null;
    const point = this.toImage(xCss, yCss);
    const result = await this.prober.probe(current, index, Math.round(point.x), Math.round(point.y));
    if (this.current !== current || !result) return null;
    this.#emit("probe", result);
    return result;
  }

  play() {
    this.player.start(this.view.index);
    this.#emit("view");
  }

  pause() {
    this.player.stop();
    this.#emit("view");
  }

  get playing() {
    return this.player.playing;
  }

  /** Frames a second at which cine plays or would play. */
  get cineRate() {
    return this.player.framesPerSecond;
  }

  /** @param {number|null} fps null: the file's own timing */
  setCineRate(fps) {
    this.player.setRate(fps, this.view.index);
    this.#emit("view");
  }

  get orientationLetters() {
    const { current } = this;
    const frame = current?.frames[this.view.index];
    const orientation = current?.orientations?.[frame?.orientation ?? -1];
    return orientationLetters(orientation, current?.patientOrientation, this.view);
  }

  /** The scale bar: `pixels` is its length in CSS pixels. */
  get scale() {
    const { header } = this;
    if (!header) return { mm: null, pixels: 0, note: "" };
    const bar = scaleBar(header.spacing, this.view.zoom, this.screen.width);
    return { ...bar, pixels: bar.pixels / this.screen.ratio };
  }

  #picture() {
    const { header } = this;
    return { columns: header?.columns ?? 1, rows: header?.rows ?? 1, aspect: header?.spacing.aspect || 1 };
  }

  #matrix() {
    return matrixOf(this.view, this.screen, this.#picture().aspect);
  }

  /** @param {ViewState} view */
  #camera(view) {
    if (!this.current) return;
    this.view = view;
    this.#changed();
  }

  #resetView() {
    const { header, view } = this;
    this.automatic = null;
    Object.assign(view, { rotation: 0, flipH: false, flipV: false, invert: false, function: "LINEAR" });
    view.preset = header ? firstPreset(header) : "auto";
    this.#fit();
  }

  #fit() {
    this.fitted = true;
    this.view = fit(this.view, this.#picture(), this.screen);
  }

  #onResize() {
    if (!this.current) {
      this.screen.blank();
      return;
    }
    if (this.fitted) this.#fit();
    // Now and not at the next frame: a canvas that changed its size is empty.
    this.#draw();
    this.#emit("view");
  }

  /** @param {number} index */
  #goTo(index) {
    const before = this.#picture();
    this.direction = index > this.view.index ? 1 : -1;
    this.view.index = index;
    this.askedAt = performance.now();
    const now = this.#picture();
    if (before.columns !== now.columns || before.rows !== now.rows || before.aspect !== now.aspect) {
      if (this.fitted) this.#fit();
      else Object.assign(this.view, middle(now));
    }
    this.#followWindow();
    this.#changed();
  }

  /**
   * Cine drops a frame that is not here, rather than wait for it.
   * @param {number} index
   */
  #showCine(index) {
    if (!this.session || !this.current) return;
    const want = this.session.mainWant(index);
    const problem = this.tiles.problem(want.frameKey);
    if (!problem && this.tiles.picture(want.key)) this.#goTo(index);
    else this.session.show({ ...this.#interest(this.#plan(this.view.index)), index });
  }

  /** Center and width follow what the preset means for the frame in view. */
  #followWindow() {
    const window = dragWindow(this.#voi());
    if (this.view.preset === null && window) return;
    this.view.center = window?.center ?? null;
    this.view.width = window?.width ?? null;
    this.view.function = window?.function ?? "LINEAR";
  }

  #voi() {
    const { header, current } = this;
    return header && current ? voiFor(header, current.series.modality, this.view, this.automatic) : null;
  }

  #look() {
    return { view: this.view, viewport: this.screen, voi: this.#voi(), overlays: this.overlays };
  }

  /** @param {number} index */
  #plan(index) {
    return this.scene.plan(/** @type {Stack} */ (this.current), index, this.#look());
  }

  /**
   * @param {Plan} plan
   * @returns {import("./session.js").Interest}
   */
  #interest(plan) {
    return {
      index: this.view.index,
      direction: this.direction,
      wants: plan.wants,
      ahead: (other) => this.#plan(other).wants,
      query: plan.query,
    };
  }

  /** The state is another one: fetch at once, draw at the next frame of the screen. */
  #changed() {
    if (this.current && this.session) this.session.show(this.#interest(this.#plan(this.view.index)));
    this.#invalidate();
    this.#emit("view");
  }

  #invalidate() {
    this.handle ||= requestAnimationFrame(() => {
      this.handle = 0;
      this.#draw();
    });
  }

  /** @param {number} index */
  #arrived(index) {
    if (index === this.view.index) this.#invalidate();
    this.progressHandle ||= requestAnimationFrame(() => {
      this.progressHandle = 0;
      this.#progress();
    });
  }

  /** @private */
  progressHandle = 0;

  #progress() {
    const { session, current } = this;
    if (!session || !current) return;
    const detail = { loaded: session.loaded, total: current.frames.length };
    const text = `${detail.loaded}/${detail.total}`;
    if (text === this.lastProgress) return;
    this.lastProgress = text;
    this.#emit("progress", detail);
  }

  #draw() {
    const { current, header, session } = this;
    if (!current || !header || !session) return;
    const plan = this.#plan(this.view.index);
    const problem = this.tiles.problem(plan.frameKey);
    if (this.#learnWindow(plan)) {
      this.#changed();
      return;
    }
    const composed = problem ? null : this.scene.compose(plan, this.#look());
    const quality = composed?.quality ?? "none";
    if (composed && quality !== "none") this.held = { index: this.view.index, layers: composed.layers };
    const held = problem ? null : this.#heldFor();
    const late = quality === "none" && !problem && performance.now() - this.askedAt >= HOLD_MS;
    this.screen.draw({
      matrix: this.#matrix(),
      zoom: this.view.zoom,
      header,
      layers: held?.layers ?? [],
      masks: quality === "none" ? [] : this.#masks(plan),
      smoothing: this.smoothing,
      inverted: header.color && this.view.invert,
      dimmed: late,
      message: this.#message(problem, late),
    });
    if (quality === "none" && !problem && !late) setTimeout(() => this.#invalidate(), HOLD_MS);
    this.#report({ index: this.view.index, quality, note: composed?.note ?? "" }, problem);
  }

  /** The layers to draw: this frame's, or another one's of the same size that stands in for a moment. */
  #heldFor() {
    const { held, current } = this;
    if (!held || !current) return null;
    const one = current.headers[current.frames[held.index].header];
    const { header } = this;
    return one.rows === header?.rows && one.columns === header?.columns ? held : null;
  }

  /**
   * @param {import("./tiles.js").Problem|undefined} problem
   * @param {boolean} late
   */
  #message(problem, late) {
    const number = this.view.index + 1;
    if (problem) return { title: `Image ${number} cannot be shown`, text: problem.text };
    return late ? { title: `Loading image ${number}`, text: "" } : null;
  }

  /**
   * The automatic window is taken from the first frame that it is wanted for, and kept for the stack, so
   * that neighbours can be compared.
   * @param {Plan} plan
   * @returns {boolean} true if it is known from now on
   */
  #learnWindow(plan) {
    if (this.#voi() || plan.header.color) return false;
    const previews = [plan.mainPreview, ...plan.slots.map(({ preview }) => preview)];
    const preview = previews.map(({ key }) => this.tiles.picture(key)).find((picture) => picture);
    const values = this.tiles.picture(plan.main.key);
    if (preview?.kind === "bitmap" && preview.window) this.automatic = preview.window;
    else if (values?.kind === "deep" && (preview || isSingleTile(plan.header.rows, plan.header.columns))) {
      // Of a large frame only averages may be here: then the server's word is waited for.
      this.automatic = autoWindow(tileHeader(plan.header, values.tile), values.tile);
    } else return false;
    this.#followWindow();
    return true;
  }

  /** @param {Plan} plan */
  #masks(plan) {
    const masks = [];
    for (const overlay of plan.overlays) {
      const picture = this.tiles.picture(overlayWant(plan.frame, overlay.group).key);
      if (picture?.kind !== "bitmap") continue;
      const { bitmap } = picture;
      const { width, height } = bitmap;
      // Origins count from 1 and may lie outside the image (PS3.3 C.9.2.1.1).
      const whole = width === plan.header.columns && height === plan.header.rows && width !== overlay.columns;
      masks.push({ bitmap, width, height, x: whole ? 0 : overlay.originColumn - 1, y: whole ? 0 : overlay.originRow - 1 });
    }
    return masks;
  }

  /**
   * @param {{index: number, quality: Quality, note: string}} shown
   * @param {import("./tiles.js").Problem|undefined} problem
   */
  #report(shown, problem) {
    const before = this.shown;
    this.shown = shown;
    if (before.index !== shown.index || before.quality !== shown.quality || before.note !== shown.note) {
      this.#emit("frame", shown);
    }
    const text = problem ? `${shown.index} ${problem.text}` : "";
    if (text === this.problemShown) return;
    this.problemShown = text;
    this.#emit("problem", { code: problem?.code ?? "", text: problem?.text ?? "", index: shown.index });
  }

  /**
   * @param {string} type
   * @param {object} [detail]
   */
  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @returns {ViewState} */
function emptyView() {
  return {
    stack: "", index: 0, center: null, width: null, function: "LINEAR", preset: "auto", invert: false,
    x: 0, y: 0, zoom: 1, rotation: 0, flipH: false, flipV: false,
  };
}
