/** The value under a point: from the stored values that are here, else from the server. Never a canvas. */

import { isSingleTile, TILE } from "../model/grid.js";
import { patientPoint, probeText } from "../model/geometry.js";
import { isPadding, modalityValue } from "../model/window.js";
import { deepWant } from "./wants.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").Header} Header */
/** @typedef {import("./tiles.js").TileStore} TileStore */
/**
 * @typedef {object} ProbeResult
 * @property {number} x column from 0
 * @property {number} y row from 0
 * @property {string} text what to show: "−12 HU", "12 34 56", "no image (padding)"
 * @property {number|number[]} value in modality units; [r, g, b] for colour
 * @property {string} unit
 * @property {boolean} padding
 * @property {number[]|null} patientMm position in the patient (LPS), where the frame has one
 */

export class Prober {
  /** @param {TileStore} store */
  constructor(store) {
    /** @private */
    this.store = store;
    /** @private one question at a time; of those that wait, the latest one is asked */
    this.latest = 0;
    /** @private @type {Promise<import("./api.js").Probe|null>} */
    this.running = Promise.resolve(null);
  }

  /**
   * @param {Stack} stack
   * @param {number} index
   * @param {number} x column from 0
   * @param {number} y row from 0
   * @returns {Promise<ProbeResult|null>} null if the point is outside, overtaken by a later one, or unknown
   */
  async probe(stack, index, x, y) {
    const frame = stack.frames[index];
    const header = stack.headers[frame.header];
    if (x < 0 || y < 0 || x >= header.columns || y >= header.rows) return null;
    const patientMm = patientPoint(
      frame.position, stack.orientations?.[frame.orientation ?? -1], header.spacing, x, y,
    );
    const stored = header.deep ? this.#stored(stack, index, x, y) : null;
    if (stored !== null) return { x, y, ...fromStored(header, stored), patientMm };
    const answer = await this.#askServer(frame.instance, frame.frame, x, y);
    return answer && { x, y, text: answer.text, value: answer.value, unit: answer.unit, padding: answer.padding, patientMm };
  }

  /**
   * Level 0 only: the levels above are averages.
   * @param {Stack} stack
   * @param {number} index
   * @param {number} x
   * @param {number} y
   * @returns {number|null}
   */
  #stored(stack, index, x, y) {
    const frame = stack.frames[index];
    const { rows, columns } = stack.headers[frame.header];
    const single = isSingleTile(rows, columns);
    const column = single ? 0 : Math.floor(x / TILE);
    const row = single ? 0 : Math.floor(y / TILE);
    const picture = this.store.picture(deepWant(frame, { level: 0, column, row }).key);
    if (picture?.kind !== "deep") return null;
    const { values, width } = picture.tile;
    return values[(y - row * TILE * Number(!single)) * width + (x - column * TILE * Number(!single))];
  }

  /**
   * @param {string} instance
   * @param {number} frame
   * @param {number} x
   * @param {number} y
   */
  async #askServer(instance, frame, x, y) {
    const { probe } = this.store;
    if (!probe) return null;
    this.latest += 1;
    const turn = this.latest;
    await this.running;
    if (turn !== this.latest) return null;
    this.running = probe(instance, frame, x, y).catch(() => null);
    return this.running;
  }
}

/**
 * @param {Header} header
 * @param {number} stored
 */
function fromStored(header, stored) {
  const padding = isPadding(header, stored);
  const value = modalityValue(header, stored);
  const unit = header.modality.unit ?? "";
  return { value, unit, padding, text: probeText(value, unit, padding) };
}
