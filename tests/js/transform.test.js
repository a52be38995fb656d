import assert from "node:assert/strict";
import { test } from "node:test";
import { directions, fit, matrixOf, pan, rotate, toImage, toScreen, zoomAbout } from "../../static/viewer/model/transform.js";
import { generator } from "./seeded.js";

const viewport = { width: 800, height: 600 };
const camera = { x: 255.5, y: 255.5, zoom: 1, rotation: /** @type {0|1|2|3} */ (0), flipH: false, flipV: false };
const close = (/** @type {number} */ one, /** @type {number} */ other, tolerance = 1e-6) =>
  assert.ok(Math.abs(one - other) <= tolerance, `${one} is not ${other}`);

test("to the screen and back is the same point, for every rotation, mirroring, zoom and pixel aspect", () => {
  const random = generator(7);
  for (let round = 0; round < 500; round += 1) {
    const rotation = /** @type {0|1|2|3} */ (Math.floor(random() * 4));
    const view = {
      x: random() * 4000, y: random() * 4000, zoom: round % 5 ? 0.01 + random() * 20 : 1 + (round % 3),
      rotation, flipH: random() < 0.5, flipV: random() < 0.5,
    };
    const matrix = matrixOf(view, viewport, round % 3 ? 1 : 0.3 + random() * 2);
    const [x, y] = [random() * 4000, random() * 4000];
    const screen = toScreen(matrix, x, y);
    const back = toImage(matrix, screen.x, screen.y);
    close(back.x, x);
    close(back.y, y);
  }
});

test("the image point of the view lies in the middle of the viewport", () => {
  const matrix = matrixOf({ ...camera, zoom: 1.7, rotation: 1, flipH: true }, viewport, 1.5);
  assert.deepEqual(toScreen(matrix, 255.5, 255.5), { x: 400, y: 300 });
});

test("a quarter turn clockwise puts the row's direction downwards and the column's to the left", () => {
  assert.deepEqual(directions({ rotation: 1, flipH: false, flipV: false }), [0, 1, -1, 0]);
});

test("mirroring is on the screen, after the rotation", () => {
  assert.deepEqual(directions({ rotation: 1, flipH: true, flipV: false }), [0, 1, 1, 0]);
  assert.deepEqual(directions({ rotation: 0, flipH: true, flipV: true }), directions({ rotation: 2, flipH: false, flipV: false }));
});

test("turning a mirrored picture turns what is on the screen clockwise", () => {
  const mirrored = { ...camera, flipH: true };
  const right = directions(mirrored); // a row runs to the left
  assert.deepEqual(right.slice(0, 2), [-1, 0]);
  // Left, turned clockwise, is up.
  assert.deepEqual(directions(rotate(mirrored, 1)).slice(0, 2), [0, -1]);
});

test("four quarter turns are none", () => {
  assert.deepEqual(rotate(rotate(rotate(rotate(camera, 1), 1), 1), 1), camera);
  assert.deepEqual(rotate(camera, -1).rotation, 3);
});

test("fit takes the whole picture, with its pixel aspect, also on its side", () => {
  const tall = { columns: 100, rows: 100, aspect: 2 };
  assert.equal(fit(camera, tall, viewport).zoom, 3);
  assert.equal(fit({ ...camera, rotation: 1 }, tall, viewport).zoom, 4);
  assert.deepEqual([fit(camera, tall, viewport).x, fit(camera, tall, viewport).y], [49.5, 49.5]);
});

test("zoom about a point keeps the image point under it", () => {
  const screen = { x: 123, y: 456 };
  for (const start of [{ ...camera, zoom: 1.3 }, { ...camera, zoom: 0.7, rotation: /** @type {3} */ (3), flipV: true }]) {
    const before = toImage(matrixOf(start, viewport, 1.25), screen.x, screen.y);
    const after = zoomAbout(start, viewport, 1.25, 1.37, screen);
    const now = toImage(matrixOf(after, viewport, 1.25), screen.x, screen.y);
    close(now.x, before.x);
    close(now.y, before.y);
  }
});

test("at 1:1 the edges of the picture lie on the edges of device pixels", () => {
  for (const rotation of /** @type {const} */ ([0, 1, 2, 3])) {
    const matrix = matrixOf({ ...camera, x: 100.3, y: 77.77, rotation }, { width: 801, height: 600 }, 1);
    const corner = toScreen(matrix, -0.5, -0.5);
    close(corner.x, Math.round(corner.x), 1e-9);
    close(corner.y, Math.round(corner.y), 1e-9);
  }
});

test("the picture follows the pointer when it is panned, whatever its rotation and mirroring", () => {
  const picture = { columns: 512, rows: 512, aspect: 1.5 };
  for (const rotation of /** @type {const} */ ([0, 1, 2, 3])) {
    const view = { ...camera, zoom: 2.5, rotation, flipH: rotation % 2 === 0 };
    const before = toScreen(matrixOf(view, viewport, 1.5), 200, 300);
    const after = toScreen(matrixOf(pan(view, picture, 30, -20), viewport, 1.5), 200, 300);
    close(after.x - before.x, 30);
    close(after.y - before.y, -20);
  }
});

test("the middle of the viewport cannot leave the picture", () => {
  const moved = pan(camera, { columns: 512, rows: 512, aspect: 1 }, -1e6, 1e6);
  assert.deepEqual([moved.x, moved.y], [511.5, -0.5]);
});
