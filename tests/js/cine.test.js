import assert from "node:assert/strict";
import { test } from "node:test";
import { frameAt, planCine, startOf } from "../../static/viewer/model/cine.js";

const at = (/** @type {any} */ plan, /** @type {number[]} */ times) => times.map((time) => frameAt(plan, time));

test("Frame Time 40 ms shows frame 0 until 40 ms, and begins again after the last (PS3.3 C.7.6.5)", () => {
  const plan = planCine({ frameTimeMs: 40 }, 3);
  assert.equal(plan.rate, 25);
  assert.deepEqual(at(plan, [0, 39.9, 40, 79.9, 80, 119.9, 120, 160]), [0, 0, 1, 1, 2, 2, 0, 1]);
});

test("frames are dropped when the clock has gone on: time decides, not the number of looks", () => {
  assert.equal(frameAt(planCine({ frameTimeMs: 10 }, 100), 505), 50);
});

test("a Frame Time Vector gives each frame its own time; the first entry is 0 (0018,1065)", () => {
  const plan = planCine({ frameTimesMs: [0, 10, 30, 20] }, 4);
  assert.deepEqual([...plan.starts], [0, 10, 40, 60]);
  assert.equal(plan.period, 80);
  assert.deepEqual(at(plan, [9, 10, 39, 40, 59, 60, 79, 80]), [0, 1, 1, 2, 2, 3, 3, 0]);
});

test("a vector that does not fit the frames is not used", () => {
  assert.equal(planCine({ frameTimesMs: [0, 10], rate: 20 }, 4).rate, 20);
  assert.equal(planCine({ frameTimesMs: [0, 0, 0, 0], frameTimeMs: 50 }, 4).rate, 20);
});

test("a rate that a person set overrides the file's timing", () => {
  assert.deepEqual(at(planCine({ frameTimesMs: [0, 10, 30, 20] }, 4, 10), [0, 100, 250]), [0, 1, 2]);
});

test("a sweep goes there and back without showing an end twice", () => {
  const plan = planCine({ frameTimeMs: 10, sweep: true }, 4);
  assert.deepEqual(at(plan, [5, 15, 25, 35, 45, 55, 65, 75].map((time) => time - 5)), [0, 1, 2, 3, 2, 1, 0, 1]);
});

test("playing begins with the frame in view", () => {
  const plan = planCine({ frameTimeMs: 40 }, 10);
  assert.equal(startOf(plan, 7), 280);
  assert.equal(frameAt(plan, startOf(plan, 7)), 7);
});

test("one frame, no facts, a rate of nonsense: never NaN, never outside", () => {
  assert.equal(frameAt(planCine(null, 1), 1e9), 0);
  assert.equal(planCine(null, 5).rate, 15);
  assert.equal(planCine({ rate: Number.NaN }, 5).rate, 15);
  for (const rate of [0, -5, 1e9, Number.NaN]) {
    const frame = frameAt(planCine(null, 5, rate), 12_345);
    assert.ok(Number.isInteger(frame) && frame >= 0 && frame < 5);
  }
});
