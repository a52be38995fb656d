/** Pointer and wheel on a viewport: events to intents (gesture.js), intents to the engine. */

import { Gestures, pixelsPerSlice, WheelSteps, windowAfterDrag } from "./gesture.js";

/** @typedef {import("./gesture.js").Intent} Intent */
/** @typedef {import("./gesture.js").Tool} Tool */
/** @typedef {import("./pane.js").Pane} Pane */

const WHEEL_ZOOM_LIMIT_PX = 24;

/**
 * @param {Pane} pane
 * @param {{tool: () => Tool, activate: () => void, maximise: () => void}} app
 */
export function listenToPointer(pane, app) {
  const surface = pane.picture;
  const work = new Work(pane, app);
  const gestures = new Gestures(() => (app.tool() === "scroll" && pane.frameCount < 2 ? "pan" : app.tool()));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {PointerEvent} event @param {"down" | "move" | "up" | "cancel"} phase */
  const feed = (event, phase) => {
    const box = surface.getBoundingClientRect();
    const touch = event.pointerType === "touch";
    work.run(gestures.handle({
      phase, id: event.pointerId, touch, button: event.button, ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey,
      x: event.clientX - box.left, y: event.clientY - box.top, t: event.timeStamp,
    }));
    clearTimeout(timer);
    const due = gestures.deadline;
    if (due !== null) timer = setTimeout(() => work.run(gestures.tick(due)), Math.max(0, due - event.timeStamp));
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Element && event.target.closest("button, a, input")) return;
    app.activate();
    surface.setPointerCapture(event.pointerId);
    feed(event, "down");
  });
  surface.addEventListener("pointermove", (event) => {
    if (gestures.down.size) feed(event, "move");
    else if (event.pointerType !== "touch" && app.tool() === "probe") work.hover(event);
  });
  surface.addEventListener("pointerup", (event) => feed(event, "up"));
  surface.addEventListener("pointercancel", (event) => feed(event, "cancel"));
  surface.addEventListener("pointerleave", () => pane.clearProbe());
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  // The middle button would start the browser's own scrolling.
  surface.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
  listenToWheel(surface, pane, app);
}

/** @param {HTMLElement} surface @param {Pane} pane @param {{activate: () => void}} app */
function listenToWheel(surface, pane, app) {
  const wheel = new WheelSteps();
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    app.activate();
    if (!pane.stack) return;
    if (event.ctrlKey || event.metaKey) {
      const box = surface.getBoundingClientRect();
      const delta = Math.max(-WHEEL_ZOOM_LIMIT_PX, Math.min(WHEEL_ZOOM_LIMIT_PX, event.deltaY));
      pane.viewport.zoomAt(Math.exp(-delta / 120), event.clientX - box.left, event.clientY - box.top);
      return;
    }
    const steps = wheel.add(event.deltaY, event.deltaMode, event.timeStamp);
    if (steps) pane.step(steps);
  }, { passive: false });
}

/** Carries out intents on one pane. */
class Work {
  /** @param {Pane} pane @param {{maximise: () => void}} app */
  constructor(pane, app) {
    this.pane = pane;
    this.app = app;
    this.start = { center: 0, width: 1 };
    this.startIndex = 0;
    this.anchor = { x: 0, y: 0 };
    /** @type {PointerEvent | null} */
    this.last = null;
    this.probing = false;
  }

  /** @param {Intent[]} intents */
  run(intents) {
    if (!this.pane.stack) return;
    for (const intent of intents) {
      if (intent.type === "pinch") this.#pinch(intent);
      else if (intent.type === "double") this.#double(intent);
      else this.#drag(intent);
    }
  }

  /** @param {Extract<Intent, {type: "pinch"}>} intent */
  #pinch({ factor, x, y, dx, dy }) {
    const { viewport } = this.pane;
    if (dx || dy) viewport.panBy(dx, dy);
    if (factor !== 1) viewport.zoomAt(factor, x, y);
  }

  /** @param {Extract<Intent, {type: "double"}>} intent */
  #double({ touch }) {
    if (touch) this.pane.viewport.fit();
    else this.app.maximise();
  }

  /** @param {Extract<Intent, {type: "start" | "drag" | "end"}>} intent */
  #drag(intent) {
    const { pane } = this;
    const { viewport } = pane;
    if (intent.type === "start") this.#begin(intent.x, intent.y);
    pane.element.dataset.dragging = intent.type === "end" ? "" : intent.tool;
    if (intent.tool === "probe") {
      if (intent.type === "end") pane.clearProbe();
      else pane.probeAt(intent.x, intent.y);
    }
    if (intent.type !== "drag") return;
    if (intent.tool === "pan") viewport.panBy(intent.dx, intent.dy);
    else if (intent.tool === "zoom") viewport.zoomAt(Math.exp(-intent.dy / 180), this.anchor.x, this.anchor.y);
    else if (intent.tool === "scroll") this.#scroll(intent.totalY);
    else if (intent.tool === "window") this.#window(intent);
  }

  /** @param {number} x @param {number} y */
  #begin(x, y) {
    const { state } = this.pane.viewport;
    this.anchor = { x, y };
    this.startIndex = state.index;
    this.start = { center: state.center ?? NaN, width: state.width ?? NaN };
  }

  /** @param {number} totalY */
  #scroll(totalY) {
    const { pane } = this;
    const per = pixelsPerSlice(pane.picture.clientHeight, pane.frameCount);
    pane.goTo(this.startIndex + Math.round(totalY / per));
  }

  /** @param {{totalX: number, totalY: number}} intent */
  #window({ totalX, totalY }) {
    const { viewport } = this.pane;
    const { header } = viewport;
    if (!header || header.color) return;
    if (!Number.isFinite(this.start.center)) {
      // A VOI LUT was in force: the automatic window is where dragging can begin.
      viewport.setPreset("auto");
      const { center, width } = viewport.state;
      if (center === null || width === null) return;
      this.start = { center, width };
    }
    const least = Math.min(1, (Math.abs(header.modality.slope) * 2 ** header.bitsStored) / 4096 || 1);
    viewport.setWindow({ ...windowAfterDrag(this.start, totalX, totalY, least), function: viewport.state.function });
  }

  /** One probe a frame is enough. @param {PointerEvent} event */
  hover(event) {
    this.last = event;
    if (this.probing || !this.pane.stack) return;
    this.probing = true;
    requestAnimationFrame(() => {
      this.probing = false;
      const box = this.pane.picture.getBoundingClientRect();
      if (this.last) this.pane.probeAt(this.last.clientX - box.left, this.last.clientY - box.top);
    });
  }
}
