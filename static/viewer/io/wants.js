/**
 * What can be asked for, by name and address. A name begins with the instance and the frame, so a picture
 * can only ever be found under the frame that it belongs to.
 */

/** @typedef {import("../model/types.js").StackFrame} StackFrame */
/** @typedef {import("../model/grid.js").TileAddress} TileAddress */
/** @typedef {{key: string, frameKey: string, path: string, kind: "deep"|"png"|"jpeg"}} Want */

/** @param {{instance: string, frame: number}} frame */
export function frameKeyOf({ instance, frame }) {
  return `${instance}/${frame}`;
}

/** @param {StackFrame} frame */
function framePath({ instance, frame }) {
  return `/instances/${encodeURIComponent(instance)}/frames/${frame}`;
}

/**
 * @param {StackFrame} frame
 * @param {TileAddress} address
 * @returns {Want}
 */
export function deepWant(frame, { level, column, row }) {
  const frameKey = frameKeyOf(frame);
  const place = `tiles/${level}/${column}/${row}.deep`;
  return { key: `${frameKey}/${place}`, frameKey, path: `${framePath(frame)}/${place}`, kind: "deep" };
}

/**
 * @param {StackFrame} frame
 * @param {TileAddress} address
 * @param {string} query of model/choice.js
 * @returns {Want}
 */
export function previewWant(frame, { level, column, row }, query) {
  const frameKey = frameKeyOf(frame);
  const place = `tiles/${level}/${column}/${row}.png${query ? `?${query}` : ""}`;
  return { key: `${frameKey}/${place}`, frameKey, path: `${framePath(frame)}/${place}`, kind: "png" };
}

/**
 * The stored JPEG in the place of the only tile of a colour frame.
 * @param {StackFrame} frame
 * @param {Want} want
 * @returns {Want}
 */
export function storedWant(frame, want) {
  return { ...want, path: `${framePath(frame)}/stored.jpg`, kind: "jpeg" };
}

/**
 * @param {StackFrame} frame
 * @param {number} group
 * @returns {Want}
 */
export function overlayWant(frame, group) {
  const frameKey = frameKeyOf(frame);
  const place = `overlays/${group}.png`;
  return { key: `${frameKey}/${place}`, frameKey, path: `${framePath(frame)}/${place}`, kind: "png" };
}

/** @param {{instance: string, frame: number}} frame */
export function thumbnailPath({ instance, frame }) {
  return `/instances/${encodeURIComponent(instance)}/frames/${frame}/thumbnail.png`;
}
