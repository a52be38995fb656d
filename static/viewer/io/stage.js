/**
 * The part of a viewport that no tool touches: which stack and frame it shows, asking for what that
 * needs, drawing when something changed, and telling what is on the canvas. viewport.js adds the tools.
 */

import { firstPreset, voiFor, withWindow } from "../model/choice.js";
import { clamp, clampZoom, fit, middle } from "../model/transform.js";
import { Display, HOLD_MS } from "./display.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").ViewState} ViewState */
/** @typedef {import("../model/types.js").Window} Window */
/** @typedef {import("./canvas.js").Smoothing} Smoothing */
/** @typedef {import("./display.js").Shown} Shown */
/** @typedef {import("./scene.js").Plan} Plan */
/** @typedef {import("./tiles.js").TileStore} TileStore */

/** @type {Shown} */
const NOTHING = { index: -1, quality: "none", note: "", problem: null, ms: 0, again: false };

export class Stage extends EventTarget {
  /** @type {Stack|null} */
  #stack = null;
  /** @type {import("./session.js").StackSession|null} */
  #session = null;
  /** @type {Window|null} the automatic window of this stack */
  #automatic = null;
  #shown = NOTHING;
  #direction = /** @type {1|-1} */ (1);
  /** When the frame was asked for, and when its look was last changed. */
  #askedAt = 0;
  #changedAt = -Infinity;
  /** Handles of what is to happen with the next frame of the screen, or in a moment. */
  #drawHandle = 0;
  #progressHandle = 0;
  #againHandle = 0;
  #dirty = false;
  #problemTold = "";
  #progressTold = "";

  /**
   * @param {HTMLElement} host
   * @param {TileStore} tiles
   */
  constructor(host, tiles) {
    super();
    /** @protected */
    this.tiles = tiles;
    /** @protected */
    this.display = new Display(host, tiles, () => this.#onResize());
    /** @protected @type {ViewState} */
    this.view = emptyView();
    /** @protected the whole picture is kept in the viewport when that changes its size */
    this.fitted = true;
    /** @protected */
    this.overlays = true;
    /** @protected @type {Smoothing} */
    this.smoothing = "auto";
  }

  /**
   * Show a stack. Everything of the last one is gone from the canvas before this returns.
   * @param {Stack} stack
   * @param {Partial<ViewState>} [view]
   */
  async open(stack, view = {}) {
    this.close();
    this.#stack = stack;
    const index = clamp(Math.trunc(view.index ?? 0), 0, Math.max(stack.frames.length - 1, 0));
    this.view = { ...emptyView(), stack: stack.id, index };
    if (stack.frames.length === 0) return;
    const session = this.tiles.open(stack, {
      // A late tile of a stack that was left is kept by the store and not drawn here.
      arrived: (arrived) => this.#session === session && this.#arrived(arrived),
      trouble: (code, text) => this.#session === session && this.emit("problem", { code, text, index: null }),
    });
    this.#session = session;
    this.resetView();
    Object.assign(this.view, { ...view, stack: stack.id, index });
    this.fitted = view.zoom === undefined;
    if (this.fitted) this.fitNow();
    else this.view.zoom = clampZoom(view.zoom ?? 1);
    this.followWindow();
    this.#askedAt = performance.now();
    this.changed();
    this.#progress();
  }

  /** Show nothing. */
  close() {
    this.#session?.close();
    this.#session = null;
    this.#stack = null;
    this.#automatic = null;
    this.#problemTold = "";
    this.#progressTold = "";
    this.#shown = NOTHING;
    this.display.clear();
  }

  destroy() {
    this.close();
    cancelAnimationFrame(this.#drawHandle);
    this.display.screen.destroy();
  }

  get stack() {
    return this.#stack;
  }

  /** @returns {ViewState} */
  get state() {
    return { ...this.view };
  }

  /** The header of the frame in view. */
  get header() {
    const stack = this.#stack;
    return stack ? (stack.headers[stack.frames[this.view.index]?.header] ?? null) : null;
  }

  get quality() {
    return this.#shown.quality;
  }

  /** The 0-based frame that is on the canvas; -1 while there is none. */
  get shownIndex() {
    return this.#shown.quality === "none" ? -1 : this.#shown.index;
  }

  /** How many frames are here at full depth. */
  get loaded() {
    return this.#session?.loaded ?? 0;
  }

  /**
   * True if a frame is here at full depth.
   * @param {number} index 0-based
   */
  isLoaded(index) {
    return this.#session !== null && index >= 0 && index < this.#session.stack.frames.length && this.#session.isLoaded(index);
  }

  /** Device pixels per CSS pixel of the canvas. */
  get devicePixelRatio() {
    return this.display.screen.ratio;
  }

  /** @protected */
  get screen() {
    return this.display.screen;
  }

  /** @protected */
  get picture() {
    const { header } = this;
    return { columns: header?.columns ?? 1, rows: header?.rows ?? 1, aspect: header?.spacing.aspect || 1 };
  }

  /** The window or table in use. @protected */
  get voi() {
    const stack = this.#stack;
    const { header } = this;
    return header && stack ? voiFor(header, stack.series.modality, this.view, this.#automatic) : null;
  }

  /** How the stack opens, on the frame in view. @protected */
  resetView() {
    const { header } = this;
    this.#automatic = null;
    const preset = header ? firstPreset(header) : "auto";
    this.view = { ...this.view, rotation: 0, flipH: false, flipV: false, invert: false, preset };
    this.fitNow();
  }

  /** Take the automatic window anew, from the frame in view. @protected */
  forgetAutomatic() {
    this.#automatic = null;
  }

  /** @protected */
  fitNow() {
    this.fitted = true;
    this.view = fit(this.view, this.picture, this.screen);
  }

  /** Center and width follow what the preset means for the frame in view. @protected */
  followWindow() {
    this.view = withWindow(this.view, this.voi);
  }

  /**
   * @protected
   * @param {number} index of a frame that exists
   */
  goTo(index) {
    const before = this.picture;
    this.#direction = index > this.view.index ? 1 : -1;
    this.view.index = index;
    this.#askedAt = performance.now();
    const now = this.picture;
    if (before.columns !== now.columns || before.rows !== now.rows || before.aspect !== now.aspect) {
      if (this.fitted) this.fitNow();
      else this.view = { ...this.view, ...middle(now) };
    }
    this.followWindow();
    this.changed({ now: true });
  }

  /**
   * Cine drops a frame that is not here, rather than wait for it; but asks for it.
   * @protected
   * @param {number} index
   */
  goToIfHere(index) {
    const stack = this.#stack;
    if (!stack || !this.#session) return;
    const want = this.#session.mainWant(index);
    if (this.tiles.picture(want.key) || this.tiles.problem(want.frameKey)) this.goTo(index);
    else this.#session.show(this.#interest(stack, this.display.plan(stack, index, this.#look()), index));
  }

  /**
   * The state is another one: fetch at once; draw with the next frame of the screen, or `now`.
   * `dragging`: another change will follow.
   * @protected
   * @param {{now?: boolean, dragging?: boolean}} [how]
   */
  changed({ now = false, dragging = false } = {}) {
    const stack = this.#stack;
    if (dragging) this.#changedAt = performance.now();
    if (stack && this.#session) {
      this.#session.show(this.#interest(stack, this.display.plan(stack, this.view.index, this.#look())));
    }
    this.#invalidate(now);
    this.emit("view");
  }

  /**
   * @protected
   * @param {string} type
   * @param {object} [detail]
   */
  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @returns {import("./scene.js").Look} */
  #look() {
    return { view: this.view, viewport: this.screen, voi: this.voi, overlays: this.overlays };
  }

  /**
   * @param {Stack} stack
   * @param {Plan} plan
   * @param {number} [index] cine asks for a frame before it is in view
   * @returns {import("./session.js").Interest}
   */
  #interest(stack, plan, index = this.view.index) {
    const look = this.#look();
    return {
      index,
      direction: this.#direction,
      wants: plan.wants,
      ahead: (other) =>
        other === index ? this.display.nextLevel(plan, look) : this.display.plan(stack, other, look).wants,
      query: plan.query,
    };
  }

  #onResize() {
    if (!this.#stack) {
      this.screen.blank();
      return;
    }
    if (this.fitted) this.fitNow();
    // Now and not with the next frame: a canvas that changed its size is empty.
    this.#draw();
    this.emit("view");
  }

  /** @param {boolean} [now] */
  #invalidate(now = false) {
    this.#dirty = true;
    if (now) this.#draw();
    else {
      this.#drawHandle ||= requestAnimationFrame(() => {
        this.#drawHandle = 0;
        if (this.#dirty) this.#draw();
      });
    }
  }

  /** @param {number} index */
  #arrived(index) {
    // What is waited for is drawn at once, what only gets finer with the next frame of the screen.
    if (index === this.view.index) this.#invalidate(this.shownIndex !== index);
    this.#progressHandle ||= requestAnimationFrame(() => {
      this.#progressHandle = 0;
      this.#progress();
    });
  }

  #progress() {
    if (!this.#session || !this.#stack) return;
    const detail = { loaded: this.#session.loaded, total: this.#stack.frames.length };
    const text = `${detail.loaded}/${detail.total}`;
    if (text === this.#progressTold) return;
    this.#progressTold = text;
    this.emit("progress", detail);
  }

  #draw() {
    const stack = this.#stack;
    if (!stack || !this.#session || !this.header) return;
    this.#dirty = false;
    let look = this.#look();
    let plan = this.display.plan(stack, this.view.index, look);
    if (!look.voi && this.#learnWindow(plan)) {
      look = this.#look();
      plan = this.display.plan(stack, this.view.index, look);
      this.#session.show(this.#interest(stack, plan));
      this.emit("view");
    }
    const times = { askedAt: this.#askedAt, changedAt: this.#changedAt };
    const shown = this.display.draw(plan, look, { smoothing: this.smoothing, ...times });
    if (shown.again && !this.#againHandle) {
      this.#againHandle = setTimeout(() => {
        this.#againHandle = 0;
        this.#invalidate();
      }, HOLD_MS);
    }
    this.#report(shown);
  }

  /**
   * The automatic window is taken from the first frame that it is wanted for, and kept for the stack, so
   * that neighbours can be compared.
   * @param {Plan} plan
   * @returns {boolean} true if it is known from now on
   */
  #learnWindow(plan) {
    if (plan.header.color) return false;
    this.#automatic = this.display.automaticWindow(plan);
    this.followWindow();
    return this.#automatic !== null;
  }

  /** @param {Shown} shown */
  #report(shown) {
    this.#shown = shown;
    const { index, quality, note, ms, problem } = shown;
    this.emit("frame", { index, quality, note, ms });
    const text = problem ? `${index} ${problem.text}` : "";
    if (text === this.#problemTold) return;
    this.#problemTold = text;
    this.emit("problem", { code: problem?.code ?? "", text: problem?.text ?? "", index });
  }
}

/** @returns {ViewState} */
function emptyView() {
  return {
    stack: "", index: 0, center: null, width: null, function: "LINEAR", preset: "auto", invert: false,
    x: 0, y: 0, zoom: 1, rotation: 0, flipH: false, flipV: false,
  };
}
