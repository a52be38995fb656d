import assert from "node:assert/strict";
import { test } from "node:test";
import { nextRun, outward } from "../../static/viewer/model/order.js";

/** All runs in the order in which they would be fetched. */
function runs(/** @type {any} */ wish, have = new Set([wish.asked])) {
  const list = [];
  for (;;) {
    const run = nextRun({ ...wish, wanted: (/** @type {number} */ index) => !have.has(index) });
    if (!run) return list;
    for (let index = run.start; index < run.end; index += 1) have.add(index);
    list.push(run);
  }
}

test("the order goes outward from the frame in view, two ahead for one behind", () => {
  assert.deepEqual(outward(100, 50, 1, 6), [51, 52, 49, 53, 54, 48, 55, 56, 47]);
  assert.deepEqual(outward(100, 50, -1, 2), [49, 48, 51]);
  assert.deepEqual(outward(3, 0, 1, 8), [1, 2]);
});

test("neighbours come in runs of eight, ahead first", () => {
  const list = runs({ count: 300, asked: 100, direction: 1 });
  assert.deepEqual(list.slice(0, 3), [{ start: 101, end: 109 }, { start: 92, end: 100 }, { start: 109, end: 117 }]);
});

test("scrolling backwards, the frames before come first", () => {
  assert.deepEqual(runs({ count: 300, asked: 100, direction: -1 })[0], { start: 92, end: 100 });
});

test("after the neighbours every 8th frame comes alone, then the rest", () => {
  const list = runs({ count: 300, asked: 0, direction: 1 });
  const sparse = list.filter(({ start, end }) => end - start === 1 && start % 8 === 0);
  assert.equal(list[1].end, 17);
  assert.deepEqual(list.slice(2, 5).map(({ start }) => start), [24, 32, 40]);
  assert.ok(sparse.length >= 34);
});

test("every frame is fetched once, and none outside the stack", () => {
  for (const [count, asked] of [[1, 0], [9, 8], [300, 150], [1000, 3]]) {
    const seen = new Array(count).fill(0);
    for (const { start, end } of runs({ count, asked, direction: 1 }, new Set())) {
      for (let index = start; index < end; index += 1) seen[index] += 1;
    }
    assert.ok(seen.every((times) => times === 1));
  }
});

test("no run reaches past the horizon", () => {
  const list = runs({ count: 1000, asked: 500, direction: 1, horizon: 40 });
  assert.deepEqual([Math.min(...list.map(({ start }) => start)), Math.max(...list.map(({ end }) => end))], [460, 541]);
});
