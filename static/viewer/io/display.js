/**
 * What a viewport has on its canvas, and how it comes there: the plan of what is needed, the finished
 * layers, the masks, and the words where there is no picture.
 */

import { autoWindow } from "../model/auto.js";
import { isSingleTile } from "../model/grid.js";
import { matrixOf } from "../model/transform.js";
import { tileHeader } from "../model/window.js";
import { Screen } from "./canvas.js";
import { Scene } from "./scene.js";
import { overlayWant } from "./wants.js";

/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").Header} Header */
/** @typedef {import("../model/types.js").Window} Window */
/** @typedef {import("./canvas.js").Smoothing} Smoothing */
/** @typedef {import("./compose.js").LevelLayer} LevelLayer */
/** @typedef {import("./scene.js").Look} Look */
/** @typedef {import("./scene.js").Plan} Plan */
/** @typedef {import("./scene.js").Quality} Quality */
/** @typedef {import("./tiles.js").Problem} Problem */
/** @typedef {import("./tiles.js").TileStore} TileStore */
/**
 * @typedef {object} Shown
 * @property {number} index 0-based frame
 * @property {Quality} quality "none": that frame is not on the canvas (yet)
 * @property {string} note
 * @property {Problem|null} problem why it cannot be
 * @property {number} ms of the main thread that drawing took
 * @property {boolean} again draw again in a moment: finer, or with the words that something is late
 */
/** @typedef {{smoothing: Smoothing, askedAt: number, changedAt: number}} Circumstances */

/** How long the last frame may stand, undimmed and unnamed, for one that is still on its way. */
export const HOLD_MS = 150;

export class Display {
  /**
   * @param {HTMLElement} host
   * @param {TileStore} tiles
   * @param {() => void} onResize
   */
  constructor(host, tiles, onResize) {
    this.screen = new Screen(host, onResize);
    /** @private */
    this.tiles = tiles;
    /** @private */
    this.scene = new Scene(tiles);
    /** @private @type {{header: Header, layers: LevelLayer[]}|null} */
    this.held = null;
  }

  /** Nothing of what was shown may be seen again. */
  clear() {
    this.held = null;
    this.scene.reset();
    this.screen.blank();
  }

  /**
   * @param {Stack} stack
   * @param {number} index
   * @param {Look} look
   * @returns {Plan}
   */
  plan(stack, index, look) {
    return this.scene.plan(stack, index, look);
  }

  /**
   * @param {Plan} plan
   * @param {Look} look
   */
  nextLevel(plan, look) {
    return this.scene.coarserWants(plan, look);
  }

  /**
   * @param {Plan} plan
   * @param {Look} look
   * @param {Circumstances} circumstances
   * @returns {Shown}
   */
  draw(plan, look, { smoothing, askedAt, changedAt }) {
    const began = performance.now();
    const problem = this.tiles.problem(plan.frameKey) ?? null;
    const hurried = began - changedAt < HOLD_MS;
    const composed = problem ? null : this.scene.compose(plan, look, hurried);
    const quality = composed?.quality ?? "none";
    if (composed && quality !== "none") this.held = { header: plan.header, layers: composed.layers };
    const waiting = quality === "none" && !problem;
    const late = waiting && began - askedAt >= HOLD_MS;
    this.screen.draw({
      matrix: matrixOf(look.view, look.viewport, plan.header.spacing.aspect),
      zoom: look.view.zoom,
      header: plan.header,
      layers: problem ? [] : this.#layersFor(plan.header),
      masks: quality === "none" ? [] : this.#masks(plan),
      smoothing,
      inverted: plan.header.color && look.view.invert,
      dimmed: late,
      message: messageFor(look.view.index + 1, problem, late),
    });
    return {
      index: look.view.index,
      quality,
      note: composed?.note ?? "",
      problem,
      ms: performance.now() - began,
      again: (waiting && !late) || (composed?.hurried ?? false),
    };
  }

  /**
   * The automatic window of a frame, once what it is made from is here.
   * @param {Plan} plan
   * @returns {Window|null}
   */
  automaticWindow(plan) {
    const previews = [plan.mainPreview, ...plan.slots.map(({ preview }) => preview)];
    const preview = previews.map(({ key }) => this.tiles.picture(key)).find((picture) => picture);
    if (preview?.kind === "bitmap" && preview.window) return preview.window;
    const values = this.tiles.picture(plan.main.key);
    // Of a large frame only averages may be here: then the server's word is waited for.
    const enough = preview || isSingleTile(plan.header.rows, plan.header.columns);
    if (values?.kind !== "deep" || !enough) return null;
    return autoWindow(tileHeader(plan.header, values.tile), values.tile);
  }

  /**
   * This frame's layers, or those of another frame of the stack that stand in for a moment; of another
   * size, they would stand in the wrong place.
   * @param {Header} header
   */
  #layersFor(header) {
    const { held } = this;
    return held && held.header.rows === header.rows && held.header.columns === header.columns ? held.layers : [];
  }

  /** @param {Plan} plan */
  #masks(plan) {
    const masks = [];
    for (const overlay of plan.overlays) {
      const picture = this.tiles.picture(overlayWant(plan.frame, overlay.group).key);
      if (picture?.kind !== "bitmap") continue;
      const { bitmap } = picture;
      const { width, height } = bitmap;
      // Origins count from 1 and may lie outside the image (PS3.3 C.9.2).
      masks.push({ bitmap, width, height, x: overlay.originColumn - 1, y: overlay.originRow - 1 });
    }
    return masks;
  }
}

/**
 * @param {number} number of the frame, from 1
 * @param {Problem|null} problem
 * @param {boolean} late
 */
function messageFor(number, problem, late) {
  if (problem) return { title: `Image ${number} cannot be shown`, text: problem.text };
  return late ? { title: `Loading image ${number}`, text: "" } : null;
}
