/**
 * From pointers to intents: a state machine without DOM and without clock (times come with the events).
 *
 * Mouse: left is the active tool, middle pans, right zooms, Ctrl zooms, Shift pans, two clicks maximise.
 * Touch: one finger is the active tool, two fingers pan and zoom, two taps fit, a long press probes.
 */

/** @typedef {"window" | "pan" | "zoom" | "scroll" | "probe"} Tool */
/**
 * @typedef {{phase: "down" | "move" | "up" | "cancel", id: number, touch: boolean, button: number,
 *   ctrl: boolean, shift: boolean, x: number, y: number, t: number}} Input
 * @typedef {{type: "start" | "drag" | "end", tool: Tool, x: number, y: number, dx: number, dy: number,
 *     totalX: number, totalY: number}
 *   | {type: "pinch", factor: number, x: number, y: number, dx: number, dy: number}
 *   | {type: "double", touch: boolean, x: number, y: number}} Intent
 */

export const MOUSE_SLOP_PX = 2;
export const TOUCH_SLOP_PX = 8;
export const LONG_PRESS_MS = 450;
const DOUBLE_MS = 350;
const DOUBLE_PX = 24;

/** @param {Input} input @param {Tool} active @returns {Tool} */
export function toolFor(input, active) {
  if (input.touch) return active;
  if (input.button === 1) return "pan";
  if (input.button === 2) return "zoom";
  if (input.ctrl) return "zoom";
  return input.shift ? "pan" : active;
}

export class Gestures {
  /** @param {() => Tool} active the tool that one finger or the left button has now */
  constructor(active) {
    this.active = active;
    /** @type {Map<number, {x: number, y: number}>} */
    this.down = new Map();
    /** @type {{tool: Tool, id: number, x0: number, y0: number, x: number, y: number, t0: number, touch: boolean, moving: boolean, primary: boolean} | null} */
    this.drag = null;
    this.pinching = false;
    /** @type {{t: number, x: number, y: number} | null} */
    this.lastTap = null;
  }

  /** When `tick` has to be called, or null. */
  get deadline() {
    const drag = this.drag;
    return drag && drag.touch && !drag.moving ? drag.t0 + LONG_PRESS_MS : null;
  }

  /** @param {Input} input @returns {Intent[]} */
  handle(input) {
    if (input.phase === "down") return this.#down(input);
    if (input.phase === "move") return this.#move(input);
    return this.#up(input);
  }

  /** A finger that has rested long enough probes. @param {number} t @returns {Intent[]} */
  tick(t) {
    const drag = this.drag;
    if (!drag || this.deadline === null || t < this.deadline) return [];
    drag.tool = "probe";
    drag.moving = true;
    return [this.#intent("start", drag.x, drag.y, 0, 0)];
  }

  /** @param {Input} input @returns {Intent[]} */
  #down(input) {
    this.down.set(input.id, { x: input.x, y: input.y });
    if (this.down.size === 1) {
      const { id, x, y, touch } = input;
      this.drag = {
        tool: toolFor(input, this.active()), id, x0: x, y0: y, x, y, t0: input.t, touch, moving: false,
        primary: touch || input.button === 0,
      };
      return [];
    }
    const ended = this.drag?.moving ? [this.#intent("end", this.drag.x, this.drag.y, 0, 0)] : [];
    this.drag = null;
    this.lastTap = null;
    this.pinching = this.down.size === 2;
    return ended;
  }

  /** @param {Input} input @returns {Intent[]} */
  #move(input) {
    const before = this.down.get(input.id);
    if (!before) return [];
    if (this.pinching) return this.#pinch(input);
    this.down.set(input.id, { x: input.x, y: input.y });
    const drag = this.drag;
    if (!drag || drag.id !== input.id) return [];
    /** @type {Intent[]} */
    const intents = [];
    if (!drag.moving) {
      const slop = drag.touch ? TOUCH_SLOP_PX : MOUSE_SLOP_PX;
      if (Math.hypot(input.x - drag.x0, input.y - drag.y0) < slop) return [];
      drag.moving = true;
      // The slop is not part of the movement: the picture must not jump when the drag begins.
      Object.assign(drag, { x0: input.x, y0: input.y, x: input.x, y: input.y });
      return [this.#intent("start", input.x, input.y, 0, 0)];
    }
    const [dx, dy] = [input.x - drag.x, input.y - drag.y];
    if (dx || dy) intents.push(this.#intent("drag", input.x, input.y, dx, dy));
    Object.assign(drag, { x: input.x, y: input.y });
    return intents;
  }

  /** @param {Input} input @returns {Intent[]} */
  #pinch(input) {
    const [a, b] = [...this.down.values()];
    this.down.set(input.id, { x: input.x, y: input.y });
    const [c, d] = [...this.down.values()];
    if (!a || !b || !c || !d) return [];
    const spread = Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    const [x, y] = [(c.x + d.x) / 2, (c.y + d.y) / 2];
    const factor = Math.max(1, Math.hypot(c.x - d.x, c.y - d.y)) / spread;
    return [{ type: "pinch", factor, x, y, dx: x - (a.x + b.x) / 2, dy: y - (a.y + b.y) / 2 }];
  }

  /** @param {Input} input @returns {Intent[]} */
  #up(input) {
    if (!this.down.delete(input.id)) return [];
    if (this.pinching) {
      // The finger that stays does nothing until all are up: else the picture jumps under it.
      this.pinching = false;
      return [];
    }
    const drag = this.drag;
    if (!drag || drag.id !== input.id) return [];
    this.drag = null;
    if (drag.moving) {
      return [{ type: "end", tool: drag.tool, x: input.x, y: input.y, dx: 0, dy: 0, totalX: input.x - drag.x0, totalY: input.y - drag.y0 }];
    }
    if (input.phase === "cancel" || !drag.primary) return [];
    return this.#tap(input, drag.touch);
  }

  /** @param {Input} input @param {boolean} touch @returns {Intent[]} */
  #tap(input, touch) {
    const last = this.lastTap;
    const again = last && input.t - last.t < DOUBLE_MS && Math.hypot(input.x - last.x, input.y - last.y) < DOUBLE_PX;
    this.lastTap = again ? null : { t: input.t, x: input.x, y: input.y };
    return again ? [{ type: "double", touch, x: input.x, y: input.y }] : [];
  }

  /** @param {"start" | "drag" | "end"} type @param {number} x @param {number} y @param {number} dx @param {number} dy @returns {Intent} */
  #intent(type, x, y, dx, dy) {
    const drag = this.drag;
    return {
      type, tool: drag?.tool ?? "pan", x, y, dx, dy, totalX: x - (drag?.x0 ?? x), totalY: y - (drag?.y0 ?? y),
    };
  }
}

/** Wheel turns and trackpad strokes as whole slices. */
export class WheelSteps {
  constructor() {
    this.rest = 0;
    this.t = -Infinity;
  }

  /**
   * @param {number} deltaY @param {number} deltaMode 0 pixels, 1 lines, 2 pages @param {number} t milliseconds
   * @returns {number} slices to go, signed
   */
  add(deltaY, deltaMode, t) {
    if (t - this.t > 250 || Math.sign(deltaY) !== Math.sign(this.rest)) this.rest = 0;
    this.t = t;
    if (deltaMode === 1) this.rest += deltaY * 16;
    else if (deltaMode === 2) this.rest += Math.sign(deltaY) * 120;
    // One notch of a wheel reports 100 to 240 px and is one slice; a trackpad reports a few px at a time.
    else this.rest += Math.abs(deltaY) >= 60 ? Math.sign(deltaY) * Math.max(1, Math.round(Math.abs(deltaY) / 120)) * 32 : deltaY;
    const steps = Math.trunc(this.rest / 32) || 0; // never -0
    this.rest -= steps * 32;
    return steps;
  }
}

/** Pixels of dragging for one slice: the whole stack over two thirds of the viewport, within reason. @param {number} heightPx @param {number} frames */
export function pixelsPerSlice(heightPx, frames) {
  return Math.min(24, Math.max(2, (heightPx * 0.66) / Math.max(1, frames - 1)));
}

/**
 * A window after dragging: right is wider, down is a higher centre (darker).
 * @param {{center: number, width: number}} start @param {number} totalX @param {number} totalY
 * @param {number} leastStep the smallest change of the modality value per pixel that is worth having
 */
export function windowAfterDrag(start, totalX, totalY, leastStep) {
  const step = Math.max(start.width / 320, leastStep);
  return {
    center: roundTo(start.center + totalY * step, step),
    width: Math.max(leastStep >= 0.05 ? 1 : leastStep, roundTo(start.width + totalX * step, step)),
  };
}

/** @param {number} value @param {number} step */
function roundTo(value, step) {
  const grain = 10 ** Math.floor(Math.log10(step));
  const rounded = Math.round(value / Math.min(1, grain)) * Math.min(1, grain);
  return Number(rounded.toPrecision(12));
}
