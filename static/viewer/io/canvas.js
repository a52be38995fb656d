/** The canvas of a viewport: its size in device pixels, and drawing finished layers on it. */

import { levelSize } from "../model/grid.js";

/** @typedef {import("../model/transform.js").Matrix} Matrix */
/** @typedef {import("../model/types.js").Header} Header */
/** @typedef {import("./compose.js").LevelLayer} LevelLayer */
/** @typedef {"auto"|"smooth"|"pixels"} Smoothing */
/** @typedef {{bitmap: ImageBitmap, x: number, y: number, width: number, height: number}} Mask in image pixels */
/**
 * @typedef {object} Drawing
 * @property {Matrix} matrix
 * @property {number} zoom
 * @property {Header} header
 * @property {LevelLayer[]} layers coarse ones first
 * @property {Mask[]} masks
 * @property {Smoothing} smoothing
 * @property {boolean} inverted a colour picture; a gray one is inverted by its table
 * @property {boolean} dimmed it is another frame than the one asked for
 * @property {{title: string, text: string}|null} message
 */

/** iOS gives no larger canvas. */
const MAX_PIXELS = 16 * 1024 * 1024;
const NEAREST_FROM = 4;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

export class Screen {
  /**
   * @param {HTMLElement} host
   * @param {() => void} onResize
   */
  constructor(host, onResize) {
    /** @type {HTMLCanvasElement} */
    this.canvas = document.createElement("canvas");
    this.canvas.className = "viewport-canvas";
    /** @private */
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    /** @private */
    this.host = host;
    /** Device pixels per CSS pixel, as the canvas really has them. */
    this.ratio = 1;
    // Styled by properties, which a strict style-src allows, in case the page's sheet does not do it.
    Object.assign(this.canvas.style, { display: "block", width: "100%", height: "100%" });
    host.append(this.canvas);
    this.#resize(host.clientWidth * devicePixelRatio, host.clientHeight * devicePixelRatio);
    /** @private */
    this.observer = new ResizeObserver(([entry]) => {
      const { width, height } = devicePixels(entry);
      if (this.#resize(width, height)) onResize();
    });
    try {
      this.observer.observe(host, { box: "device-pixel-content-box" });
    } catch {
      this.observer.observe(host);
    }
  }

  get width() {
    return this.canvas.width;
  }

  get height() {
    return this.canvas.height;
  }

  destroy() {
    this.observer.disconnect();
    this.canvas.remove();
  }

  blank() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.globalAlpha = 1;
    this.context.globalCompositeOperation = "source-over";
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.width, this.height);
  }

  /** @param {Drawing} drawing */
  draw(drawing) {
    this.blank();
    const { context } = this;
    const { matrix: m, layers, masks, message } = drawing;
    context.setTransform(m.a, m.b, m.c, m.d, m.e, m.f);
    if (drawing.dimmed) context.globalAlpha = 0.35;
    for (const layer of layers) this.#drawLayer(layer, drawing);
    if (drawing.inverted && layers.length > 0) this.#invert(drawing.header);
    context.globalAlpha = drawing.dimmed ? 0.2 : 0.85;
    this.#smooth(drawing.zoom, drawing.smoothing);
    for (const { bitmap, x, y, width, height } of masks) context.drawImage(bitmap, x - 0.5, y - 0.5, width, height);
    context.globalAlpha = 1;
    if (message) this.#write(message);
  }

  /**
   * In one piece, which leaves no seams; the last pixels of a level may reach past the frame's edge and
   * are cut there.
   * @param {LevelLayer} layer
   * @param {Drawing} drawing
   */
  #drawLayer({ canvas, level, part }, { header, zoom, smoothing }) {
    const scale = 2 ** level;
    const size = levelSize(header.rows, header.columns, level);
    const right = part.x1 === size.columns ? header.columns / scale : part.x1;
    const bottom = part.y1 === size.rows ? header.rows / scale : part.y1;
    const width = right - part.x0;
    const height = bottom - part.y0;
    if (!(width > 0 && height > 0)) return;
    this.#smooth(zoom * scale * Math.max(header.spacing.aspect, 1), smoothing);
    const x = part.x0 * scale - 0.5;
    const y = part.y0 * scale - 0.5;
    this.context.drawImage(canvas, 0, 0, width, height, x, y, width * scale, height * scale);
  }

  /**
   * Reduced pictures are always smoothed, or fine lines vanish; enlarged ones up to 4 times, where
   * single pixels are not what is looked at.
   * @param {number} enlargement device pixels per pixel of the layer
   * @param {Smoothing} smoothing
   */
  #smooth(enlargement, smoothing) {
    const { context } = this;
    context.imageSmoothingQuality = enlargement < 1 ? "high" : "low";
    if (enlargement < 1) context.imageSmoothingEnabled = true;
    else if (enlargement === 1) context.imageSmoothingEnabled = false;
    else if (smoothing === "auto") context.imageSmoothingEnabled = enlargement < NEAREST_FROM;
    else context.imageSmoothingEnabled = smoothing === "smooth";
  }

  /** @param {Header} header */
  #invert({ rows, columns }) {
    this.context.globalCompositeOperation = "difference";
    this.context.fillStyle = "#fff";
    this.context.fillRect(-0.5, -0.5, columns, rows);
    this.context.globalCompositeOperation = "source-over";
  }

  /** @param {{title: string, text: string}} message */
  #write({ title, text }) {
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const size = 15 * ratio;
    context.font = `${size * 0.9}px ${FONT}`;
    const lines = text ? wrap(context, text, this.width * 0.8) : [];
    context.font = `600 ${size}px ${FONT}`;
    context.fillStyle = "#d8dde3";
    let y = this.height / 2 - (lines.length * size * 1.4) / 2;
    context.fillText(title, this.width / 2, y, this.width * 0.95);
    context.font = `${size * 0.9}px ${FONT}`;
    context.fillStyle = "#a4adb8";
    for (const line of lines) {
      y += size * 1.4;
      context.fillText(line, this.width / 2, y, this.width * 0.95);
    }
  }

  /**
   * @param {number} width in device pixels
   * @param {number} height
   * @returns {boolean} whether it has another size now
   */
  #resize(width, height) {
    const w = Math.max(Math.round(width), 1);
    const h = Math.max(Math.round(height), 1);
    const shrink = Math.min(1, Math.sqrt(MAX_PIXELS / (w * h)));
    const [columns, rows] = [Math.floor(w * shrink) || 1, Math.floor(h * shrink) || 1];
    const ratio = this.host.clientWidth > 0 ? columns / this.host.clientWidth : devicePixelRatio;
    const changed = columns !== this.canvas.width || rows !== this.canvas.height || ratio !== this.ratio;
    this.ratio = ratio;
    if (columns !== this.canvas.width) this.canvas.width = columns;
    if (rows !== this.canvas.height) this.canvas.height = rows;
    return changed;
  }
}

/**
 * The size of an element in device pixels. The browser's own count is exact where the page's zoom is not
 * a whole number, but it leaves out the scale of an emulated screen.
 * @param {ResizeObserverEntry} entry
 */
function devicePixels({ contentRect, devicePixelContentBoxSize }) {
  const width = contentRect.width * devicePixelRatio;
  const height = contentRect.height * devicePixelRatio;
  const exact = devicePixelContentBoxSize?.[0];
  if (!exact || Math.abs(exact.inlineSize - width) > 2 || Math.abs(exact.blockSize - height) > 2) return { width, height };
  return { width: exact.inlineSize, height: exact.blockSize };
}

/**
 * @param {CanvasRenderingContext2D} context with the text's font
 * @param {string} text
 * @param {number} width
 * @returns {string[]} at most six lines
 */
function wrap(context, text, width) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.slice(0, 600).split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.slice(0, 6);
}
