import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLevel, levelBox, levelCount, levelSize, tileBox, tilesIn } from "../../static/viewer/model/grid.js";

test("a frame of at most 1024 x 1024 is one tile on one level", () => {
  assert.equal(levelCount(1024, 1024), 1);
  assert.deepEqual(tileBox(1024, 700, { level: 0, column: 0, row: 0 }), { x0: 0, y0: 0, x1: 700, y1: 1024 });
  assert.equal(tilesIn(1024, 700, 0, { x0: 0, y0: 0, x1: 10, y1: 10 }).length, 1);
});

test("a frame of 4096 x 3328 has levels of 4096, 2048, 1024 and 512 rows", () => {
  assert.equal(levelCount(4096, 3328), 4);
  assert.deepEqual(levelSize(4096, 3328, 3), { rows: 512, columns: 416 });
  assert.equal(levelCount(1025, 3), 3); // 1025, 513, 257
});

test("sizes of levels round up and the last tile is cut at the edge", () => {
  assert.deepEqual(levelSize(1025, 1027, 1), { rows: 513, columns: 514 });
  assert.deepEqual(tileBox(1025, 1027, { level: 1, column: 1, row: 1 }), { x0: 512, y0: 512, x1: 514, y1: 513 });
});

test("the level is the coarsest that has a pixel for each device pixel", () => {
  assert.deepEqual([2, 1, 0.5, 0.49, 0.26, 0.25, 0.1, 0.01].map((zoom) => chooseLevel(4, zoom)), [0, 0, 1, 1, 1, 2, 3, 3]);
});

test("a level in use is kept until the zoom is 10 % past its border", () => {
  assert.equal(chooseLevel(4, 0.52, 1), 1);
  assert.equal(chooseLevel(4, 0.56, 1), 0);
  assert.equal(chooseLevel(4, 0.48, 0), 0);
  assert.equal(chooseLevel(4, 0.44, 0), 1);
});

test("the part of a level covers the part of the frame", () => {
  assert.deepEqual(levelBox(4096, 3328, 2, { x0: 5, y0: 4, x1: 9, y1: 4096 }), { x0: 1, y0: 1, x1: 3, y1: 1024 });
  assert.equal(levelBox(4096, 3328, 2, { x0: 3328, y0: 0, x1: 4000, y1: 9 }), null);
});

test("tiles that cover a part come nearest to its middle first, each once", () => {
  const tiles = tilesIn(4096, 3328, 0, { x0: 0, y0: 0, x1: 1536, y1: 1536 });
  assert.equal(tiles.length, 9);
  assert.deepEqual(tiles[0], { level: 0, column: 1, row: 1 });
  assert.equal(new Set(tiles.map(({ column, row }) => `${column} ${row}`)).size, 9);
});
