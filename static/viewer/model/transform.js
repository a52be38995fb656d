/**
 * Image to screen and back, in one place: zoom, pan, pixel aspect, rotation, mirroring.
 *
 * Image points are in pixel-centre coordinates ((0, 0) is the centre of the first pixel), screen points
 * in device pixels from the upper left corner of the viewport. A screen point is the matrix
 * [a c e; b d f] applied to an image point, as a canvas takes it.
 */

/** @typedef {import("./types.js").ViewState} ViewState */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{columns: number, rows: number, aspect: number}} Picture aspect: a pixel's height over its width */
/** @typedef {{a: number, b: number, c: number, d: number, e: number, f: number}} Matrix */
/** @typedef {Pick<ViewState, "x"|"y"|"zoom"|"rotation"|"flipH"|"flipV">} Camera */

export const MAX_ZOOM = 64;
export const MIN_ZOOM = 1 / 512;

/** @type {[number, number][]} cosine and sine of 0, 1, 2, 3 quarter turns clockwise on a y-down screen */
const TURNS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/**
 * The directions of a step along a row and along a column of the image, on the screen.
 * @param {Pick<Camera, "rotation"|"flipH"|"flipV">} camera
 * @returns {[number, number, number, number]} a, b, c, d of unit length
 */
export function directions({ rotation, flipH, flipV }) {
  const [cos, sin] = TURNS[rotation];
  const h = flipH ? -1 : 1;
  const v = flipV ? -1 : 1;
  // Adding 0 turns -0 into 0, which deep equality tells apart.
  return [h * cos + 0, v * sin + 0, h * -sin + 0, v * cos + 0];
}

/**
 * At a whole number of device pixels per image pixel the picture is moved (by less than one pixel) on to
 * the device's pixels, so that 1:1 shows exactly the values of the picture.
 * @param {Camera} camera
 * @param {Size} viewport in device pixels
 * @param {number} aspect
 * @returns {Matrix}
 */
export function matrixOf(camera, viewport, aspect) {
  const m = unsnapped(camera, viewport, aspect);
  if (Number.isInteger(camera.zoom) && Number.isInteger(camera.zoom * aspect)) {
    // The edge of the first pixel lies half a pixel before its centre.
    const edgeX = m.e - (m.a + m.c) / 2;
    const edgeY = m.f - (m.b + m.d) / 2;
    m.e += Math.round(edgeX) - edgeX;
    m.f += Math.round(edgeY) - edgeY;
  }
  return m;
}

/**
 * @param {Matrix} m
 * @param {number} x
 * @param {number} y
 * @returns {Point}
 */
export function toScreen(m, x, y) {
  return { x: m.a * x + m.c * y + m.e, y: m.b * x + m.d * y + m.f };
}

/**
 * @param {Matrix} m
 * @param {number} x
 * @param {number} y
 * @returns {Point}
 */
export function toImage(m, x, y) {
  const determinant = m.a * m.d - m.b * m.c;
  const u = x - m.e;
  const v = y - m.f;
  return { x: (m.d * u - m.c * v) / determinant, y: (m.a * v - m.b * u) / determinant };
}

/**
 * The whole picture, as large as the viewport takes it, in its middle.
 * @template {Camera} C
 * @param {C} camera
 * @param {Picture} picture
 * @param {Size} viewport
 * @returns {C}
 */
export function fit(camera, picture, viewport) {
  const across = picture.columns;
  const down = picture.rows * picture.aspect;
  const [w, h] = camera.rotation % 2 ? [down, across] : [across, down];
  const zoom = clampZoom(Math.min(viewport.width / w, viewport.height / h));
  return { ...camera, ...middle(picture), zoom };
}

/**
 * One image column per device pixel, keeping the point in the middle.
 * @template {Camera} C
 * @param {C} camera
 * @returns {C}
 */
export function oneToOne(camera) {
  return { ...camera, zoom: 1 };
}

/**
 * Zoom so that the image point under a screen point stays there.
 * @template {Camera} C
 * @param {C} camera
 * @param {Size} viewport
 * @param {number} aspect
 * @param {number} factor
 * @param {Point} screen
 * @returns {C}
 */
export function zoomAbout(camera, viewport, aspect, factor, screen) {
  const zoom = clampZoom(camera.zoom * factor);
  const kept = toImage(unsnapped(camera, viewport, aspect), screen.x, screen.y);
  const next = { ...camera, zoom };
  const now = toImage(unsnapped(next, viewport, aspect), screen.x, screen.y);
  return { ...next, x: camera.x + kept.x - now.x, y: camera.y + kept.y - now.y };
}

/**
 * Move the picture by device pixels; its middle stays inside the picture, so that it cannot be lost.
 * @template {Camera} C
 * @param {C} camera
 * @param {Picture} picture
 * @param {number} dx
 * @param {number} dy
 * @returns {C}
 */
export function pan(camera, picture, dx, dy) {
  const [ax, ay, bx, by] = directions(camera);
  const x = camera.x - (ax * dx + ay * dy) / camera.zoom;
  const y = camera.y - (bx * dx + by * dy) / (camera.zoom * picture.aspect);
  return {
    ...camera,
    x: clamp(x, -0.5, picture.columns - 0.5),
    y: clamp(y, -0.5, picture.rows - 0.5),
  };
}

/**
 * Turn what is on the screen clockwise. A mirrored picture turns the other way inside its mirror.
 * @template {Camera} C
 * @param {C} camera
 * @param {number} quarterTurns
 * @returns {C}
 */
export function rotate(camera, quarterTurns) {
  const turns = camera.flipH === camera.flipV ? quarterTurns : -quarterTurns;
  const rotation = /** @type {0|1|2|3} */ ((((camera.rotation + turns) % 4) + 4) % 4);
  return { ...camera, rotation };
}

/**
 * @param {Picture} picture
 * @returns {Point}
 */
export function middle(picture) {
  return { x: (picture.columns - 1) / 2, y: (picture.rows - 1) / 2 };
}

/** @param {number} zoom */
export function clampZoom(zoom) {
  return clamp(Number.isFinite(zoom) ? zoom : 1, MIN_ZOOM, MAX_ZOOM);
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * @param {Camera} camera
 * @param {Size} viewport
 * @param {number} aspect
 * @returns {Matrix}
 */
function unsnapped(camera, viewport, aspect) {
  const [ax, ay, dx, dy] = directions(camera);
  const a = ax * camera.zoom;
  const b = ay * camera.zoom;
  const c = dx * camera.zoom * aspect;
  const d = dy * camera.zoom * aspect;
  const e = viewport.width / 2 - a * camera.x - c * camera.y;
  const f = viewport.height / 2 - b * camera.x - d * camera.y;
  return { a, b, c, d, e, f };
}
