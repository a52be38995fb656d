/**
 * From a view of a frame to what has to be fetched for it and to finished layers: which level, which
 * tiles, and what stands in for those that are still on their way.
 */

import { choiceQuery } from "../model/choice.js";
import { chooseLevel, isSingleTile, levelBox, levelCount, levelSize, tilesIn } from "../model/grid.js";
import { matrixOf, toImage } from "../model/transform.js";
import { buildTable, tileHeader } from "../model/window.js";
import { LevelLayer, roundedPart } from "./compose.js";
import { deepWant, frameKeyOf, overlayWant, previewWant } from "./wants.js";

/** @typedef {import("../model/types.js").Header} Header */
/** @typedef {import("../model/types.js").Stack} Stack */
/** @typedef {import("../model/types.js").StackFrame} StackFrame */
/** @typedef {import("../model/types.js").ViewState} ViewState */
/** @typedef {import("../model/types.js").OverlayPlane} OverlayPlane */
/** @typedef {import("../model/choice.js").Voi} Voi */
/** @typedef {import("../model/grid.js").Box} Box */
/** @typedef {import("../model/grid.js").TileAddress} TileAddress */
/** @typedef {import("../model/transform.js").Size} Size */
/** @typedef {import("./wants.js").Want} Want */
/** @typedef {import("./shelf.js").Picture} Picture */
/** @typedef {import("./tiles.js").TileStore} TileStore */
/** @typedef {"preview"|"full"|"none"} Quality */
/**
 * @typedef {object} Plan what one frame needs in one view
 * @property {StackFrame} frame
 * @property {Header} header
 * @property {string} frameKey
 * @property {number} level
 * @property {Box} part of the level
 * @property {Slot[]} slots
 * @property {Want[]} wants the most needed first
 * @property {Want} main the frame's only tile, or its coarsest
 * @property {Want} mainPreview the preview in its place
 * @property {string} query
 * @property {OverlayPlane[]} overlays
 */
/** @typedef {{address: TileAddress, deep: Want|null, preview: Want}} Slot */
/**
 * @typedef {{layers: LevelLayer[], quality: Quality, note: string, hurried: boolean}} Composed hurried: a
 *   coarser level stands in for the right one while the window is being changed
 */
/** @typedef {{view: ViewState, viewport: Size, voi: Voi|null, overlays: boolean}} Look */

/** More pixels than can be looked up while a window is dragged, in a third of a screen's frame. */
const MANY_PIXELS = 2_500_000;
/** Tables of the looks in use: one for values as stored, one for averaged levels through a modality LUT. */
const KEPT_TABLES = 4;

export class Scene {
  /** @param {TileStore} store */
  constructor(store) {
    /** @private */
    this.store = store;
    /** @private */
    this.top = new LevelLayer();
    /** @private */
    this.base = new LevelLayer();
    /** @private @type {number|null} */
    this.level = null;
    /** @private @type {Map<string, Uint32Array>} */
    this.tables = new Map();
    /** @private the preview last seen in a place @type {Map<string, string>} */
    this.lastPreviews = new Map();
  }

  /** Another stack: nothing of the last one may be drawn any more. */
  reset() {
    this.top.clear();
    this.base.clear();
    this.level = null;
    this.tables.clear();
    this.lastPreviews.clear();
  }

  /**
   * @param {Stack} stack
   * @param {number} index
   * @param {Look} look
   * @returns {Plan}
   */
  plan(stack, index, look) {
    const frame = stack.frames[index];
    const header = stack.headers[frame.header];
    const { rows, columns } = header;
    const levels = levelCount(rows, columns);
    this.level = chooseLevel(levels, look.view.zoom, this.level);
    const level = this.level;
    const part = visiblePart(header, level, look);
    const query = choiceQuery(header, look.voi, look.view.invert);
    const slots = part ? tilesIn(rows, columns, level, part).map((address) => this.#slot(frame, header, address, query)) : [];
    const coarsest = { level: levels - 1, column: 0, row: 0 };
    const main = this.#slot(frame, header, coarsest, query);
    const overlays = look.overlays ? overlaysOf(header, frame) : [];
    /** @type {Want[]} */
    const wants = levels > 1 ? this.#wantsOf([main]) : [];
    // The server knows the automatic window of a large frame; here are only parts of it.
    if (levels > 1 && header.deep && !look.voi && !wants.includes(main.preview)) wants.unshift(main.preview);
    wants.push(...this.#wantsOf(slots), ...overlays.map(({ group }) => overlayWant(frame, group)));
    return {
      frame, header, frameKey: frameKeyOf(frame), level, slots, wants, query, overlays,
      part: part ?? { x0: 0, y0: 0, x1: 0, y1: 0 },
      main: main.deep ?? main.preview,
      mainPreview: main.preview,
    };
  }

  /**
   * Paint what is here. Without a single picture of the frame the layers stay as they were: the caller
   * decides how long another frame of the same stack may stand.
   * @param {Plan} plan
   * @param {Look} look
   * @param {boolean} hurry the window is being changed: a coarser level may stand in for a large one
   * @returns {Composed}
   */
  compose(plan, look, hurry) {
    const found = plan.slots.map((slot) => this.#find(plan, slot, look));
    if (hurry && pixelsIn(plan.part) > MANY_PIXELS && this.#composeBase(plan, look, plan.level + 1)) {
      const note = noteOf(plan, found);
      return { layers: [this.base], quality: "preview", note, hurried: true };
    }
    const exact = found.filter(({ exact: isExact }) => isExact).length;
    const here = found.filter(({ picture }) => picture).length;
    const withBase = here < found.length && this.#composeBase(plan, look);
    const layers = withBase ? [this.base] : [];
    if (here > 0) {
      this.#composeLevel(this.top, plan, plan.level, plan.part, found, look);
      layers.push(this.top);
    }
    const full = found.length > 0 && exact === found.length;
    const quality = full ? "full" : layers.length > 0 ? "preview" : "none";
    return { layers, quality, note: noteOf(plan, found), hurried: false };
  }

  /**
   * What the next coarser level needs for this view: it stands in while the window is dragged.
   * @param {Plan} plan
   * @param {Look} look
   * @returns {Want[]}
   */
  coarserWants({ frame, header, level, query }, look) {
    const { rows, columns } = header;
    const part = level + 1 < levelCount(rows, columns) && header.deep ? visiblePart(header, level + 1, look) : null;
    if (!part) return [];
    return tilesIn(rows, columns, level + 1, part).map((address) => {
      const { deep, preview } = this.#slot(frame, header, address, query);
      return deep ?? preview;
    });
  }

  /**
   * @param {StackFrame} frame
   * @param {Header} header
   * @param {TileAddress} address
   * @param {string} query
   * @returns {Slot}
   */
  #slot(frame, header, address, query) {
    const deep = header.deep ? deepWant(frame, address) : null;
    return { address, deep, preview: previewWant(frame, address, query) };
  }

  /** @param {Slot[]} slots */
  #wantsOf(slots) {
    const previews = slots
      .filter(({ deep }) => deep === null || (this.store.wantsPreviews && !this.store.has(deep.key)))
      .map(({ preview }) => preview);
    const deep = slots.map((slot) => slot.deep).filter((want) => want !== null);
    return [...previews, ...deep];
  }

  /**
   * The best picture for a tile: its values, else the preview of this window, else the last preview.
   * @param {Plan} plan
   * @param {Slot} slot
   * @param {Look} look
   */
  #find(plan, { address, deep, preview }, look) {
    const place = `${plan.frameKey}/${address.level}/${address.column}/${address.row}`;
    const values = deep ? this.store.picture(deep.key) : undefined;
    // Values without a window to show them by are not a picture yet.
    if (deep && values && look.voi) return { address, name: deep.key, picture: values, exact: true };
    const picture = this.store.picture(preview.key);
    if (picture) {
      this.lastPreviews.set(place, preview.key);
      return { address, name: preview.key, picture, exact: deep === null };
    }
    const last = this.lastPreviews.get(place) ?? "";
    return { address, name: last, picture: last ? this.store.picture(last) : undefined, exact: false };
  }

  /**
   * Another level under the holes: the nearest one that is wholly here, coarser ones before finer.
   * @param {Plan} plan
   * @param {Look} look
   * @param {number} [only] this level or none
   */
  #composeBase(plan, look, only) {
    const { rows, columns } = plan.header;
    const levels = levelCount(rows, columns);
    if (levels === 1 || !look.voi) return false;
    const coarser = Array.from({ length: levels - 1 - plan.level }, (_, k) => plan.level + 1 + k);
    const order = only === undefined ? [...coarser, plan.level - 1] : [only];
    for (const level of order) {
      const part = level >= 0 && level < levels ? visiblePart(plan.header, level, look) : null;
      if (!part) continue;
      const found = tilesIn(rows, columns, level, part).map((address) =>
        this.#find(plan, this.#slot(plan.frame, plan.header, address, plan.query), look),
      );
      if (found.every(({ picture }) => picture)) {
        this.#composeLevel(this.base, plan, level, part, found, look);
        return true;
      }
    }
    return false;
  }

  /**
   * @param {LevelLayer} layer
   * @param {Plan} plan
   * @param {number} level
   * @param {Box} part
   * @param {{address: TileAddress, name: string, picture: Picture|undefined}[]} tiles
   * @param {Look} look
   */
  #composeLevel(layer, plan, level, part, tiles, look) {
    const { frameKey, header } = plan;
    const name = lookName(plan, look);
    const { rows, columns } = header;
    layer.compose({
      frameKey,
      rows,
      columns,
      level,
      part: layer.partToKeep(frameKey, level, name, part) ?? part,
      tiles,
      look: name,
      tableFor: (tile) => this.#table(header, tile, name, look),
    });
  }

  /**
   * @param {Header} header
   * @param {import("../model/types.js").DeepTile} tile
   * @param {string} name
   * @param {Look} look
   */
  #table(header, tile, name, { voi, view }) {
    const key = `${tile.modalityValues ? "m" : "s"} ${name}`;
    const known = this.tables.get(key);
    if (known) return known;
    const choice = voi?.lut ?? voi?.window ?? { center: 0, width: 1 };
    // The oldest table is written over: a quarter of a megabyte for each step of a drag is a lot to collect.
    const oldest = this.tables.size >= KEPT_TABLES ? this.tables.keys().next().value : undefined;
    const spare = oldest === undefined ? undefined : this.tables.get(oldest);
    if (oldest !== undefined) this.tables.delete(oldest);
    const table = buildTable(tileHeader(header, tile), choice, view.invert, spare);
    this.tables.set(key, table);
    return table;
  }
}

/** @param {Box} part */
function pixelsIn({ x0, y0, x1, y1 }) {
  return (x1 - x0) * (y1 - y0);
}

/**
 * @param {Plan} plan
 * @param {{picture: Picture|undefined}[]} found
 */
function noteOf(plan, found) {
  return found.map(({ picture }) => picture?.note).find(Boolean) ?? plan.frame.note ?? "";
}

/**
 * What sets one table apart from another within a stack.
 * @param {Plan} plan
 * @param {Look} look
 */
function lookName({ frame, header }, { voi, view }) {
  if (header.color) return "colour";
  const window = voi?.window;
  const choice = window ? `${window.center},${window.width},${window.function ?? ""}` : `lut${voi?.lutIndex}`;
  return `${frame.header} ${choice} ${view.invert}`;
}

/**
 * The part of a level that the viewport shows; a frame of one tile is always taken whole, so that moving
 * it paints nothing anew.
 * @param {Header} header
 * @param {number} level
 * @param {Look} look
 * @returns {Box|null}
 */
function visiblePart({ rows, columns, spacing }, level, { view, viewport }) {
  const size = levelSize(rows, columns, level);
  if (isSingleTile(rows, columns)) return { x0: 0, y0: 0, x1: size.columns, y1: size.rows };
  const matrix = matrixOf(view, viewport, spacing.aspect);
  const corners = [
    toImage(matrix, 0, 0),
    toImage(matrix, viewport.width, 0),
    toImage(matrix, 0, viewport.height),
    toImage(matrix, viewport.width, viewport.height),
  ];
  const xs = corners.map(({ x }) => x + 0.5);
  const ys = corners.map(({ y }) => y + 0.5);
  const part = levelBox(rows, columns, level, {
    x0: Math.floor(Math.min(...xs)),
    y0: Math.floor(Math.min(...ys)),
    x1: Math.ceil(Math.max(...xs)),
    y1: Math.ceil(Math.max(...ys)),
  });
  return part && roundedPart(part, size);
}

/**
 * The overlay planes that lie on a frame (PS3.3 C.9.2: (60xx,0051) is the first frame, 1-based).
 * @param {Header} header
 * @param {StackFrame} frame
 * @returns {OverlayPlane[]}
 */
function overlaysOf(header, frame) {
  return (header.overlays ?? []).filter(
    ({ frameOrigin, frames }) => frame.frame >= frameOrigin && frame.frame < frameOrigin + Math.max(frames, 1),
  );
}
