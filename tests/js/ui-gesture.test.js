import assert from "node:assert/strict";
import { test } from "node:test";

import { Gestures, pixelsPerSlice, WheelSteps, windowAfterDrag } from "../../static/viewer/ui/gesture.js";

const mouse = (phase, x, y, more = {}) => ({ phase, id: 1, touch: false, button: 0, ctrl: false, shift: false, x, y, t: 0, ...more });
const finger = (phase, id, x, y, t = 0) => ({ phase, id, touch: true, button: 0, ctrl: false, shift: false, x, y, t });
const play = (gestures, inputs) => inputs.flatMap((input) => gestures.handle(input));
/** @param {object} more */
const toolOf = (more) => play(new Gestures(() => "window"), [mouse("down", 0, 0, more), mouse("move", 9, 0, more)])[0]?.tool;

test("left is the active tool, middle pans, right and Ctrl zoom, Shift pans", () => {
  assert.equal(toolOf({}), "window");
  assert.equal(toolOf({ button: 1 }), "pan");
  assert.equal(toolOf({ button: 2 }), "zoom");
  assert.equal(toolOf({ ctrl: true }), "zoom");
  assert.equal(toolOf({ shift: true }), "pan");
});

test("nothing happens until the pointer has left its slop, and then nothing jumps", () => {
  const gestures = new Gestures(() => "pan");
  assert.deepEqual(play(gestures, [mouse("down", 10, 10), mouse("move", 11, 10)]), []);
  const [start] = gestures.handle(mouse("move", 14, 10));
  assert.deepEqual([start.type, start.dx, start.totalX], ["start", 0, 0]);
  const [drag] = gestures.handle(mouse("move", 17, 12));
  assert.deepEqual([drag.dx, drag.dy, drag.totalX, drag.totalY], [3, 2, 3, 2]);
  assert.equal(gestures.handle(mouse("up", 17, 12))[0].type, "end");
});

test("two quick clicks at one place are a double click, slow ones are not", () => {
  const click = (gestures, t) => play(gestures, [mouse("down", 5, 5, { t }), mouse("up", 5, 5, { t })]);
  const gestures = new Gestures(() => "window");
  assert.deepEqual(click(gestures, 0), []);
  assert.equal(click(gestures, 200)[0].type, "double");
  assert.deepEqual(click(gestures, 400), []);
  assert.deepEqual(click(gestures, 1400), []);
});

test("two fingers pan and zoom; the finger that stays does nothing", () => {
  const gestures = new Gestures(() => "scroll");
  assert.deepEqual(play(gestures, [finger("down", 1, 0, 0), finger("down", 2, 100, 0)]), []);
  const [pinch] = gestures.handle(finger("move", 2, 200, 0));
  assert.deepEqual([pinch.type, pinch.factor, pinch.x, pinch.dx], ["pinch", 2, 100, 50]);
  assert.deepEqual(play(gestures, [finger("up", 2, 200, 0), finger("move", 1, 50, 50), finger("up", 1, 50, 50)]), []);
});

test("a second finger ends the first finger's drag", () => {
  const gestures = new Gestures(() => "window");
  play(gestures, [finger("down", 1, 0, 0), finger("move", 1, 20, 0)]);
  assert.equal(gestures.handle(finger("down", 2, 100, 0))[0].type, "end");
});

test("a finger that rests probes, one that moved before does not", () => {
  const gestures = new Gestures(() => "scroll");
  gestures.handle(finger("down", 1, 30, 40, 1000));
  assert.equal(gestures.deadline, 1450);
  assert.deepEqual(gestures.tick(1449), []);
  const [probe] = gestures.tick(1450);
  assert.deepEqual([probe.tool, probe.x, probe.y], ["probe", 30, 40]);
  const other = new Gestures(() => "scroll");
  play(other, [finger("down", 1, 30, 40, 1000), finger("move", 1, 30, 60, 1100)]);
  assert.equal(other.deadline, null);
});

test("one notch of a wheel is one slice; a trackpad's strokes add up", () => {
  assert.equal(new WheelSteps().add(100, 0, 0), 1);
  assert.equal(new WheelSteps().add(-120, 0, 0), -1);
  assert.equal(new WheelSteps().add(3, 1, 0), 1);
  const trackpad = new WheelSteps();
  const steps = Array.from({ length: 16 }, (_, k) => trackpad.add(4, 0, k * 16));
  assert.equal(steps.reduce((sum, step) => sum + step, 0), 2);
  assert.equal(trackpad.add(-4, 0, 300), 0);
});

test("dragging through a stack takes the viewport's height, within reason", () => {
  assert.equal(pixelsPerSlice(600, 3), 24);
  assert.equal(pixelsPerSlice(600, 101), 3.96);
  assert.equal(pixelsPerSlice(600, 1000), 2);
});

test("right is wider, down is a higher centre, and the width stays valid", () => {
  assert.deepEqual(windowAfterDrag({ center: 40, width: 320 }, 10, -5, 1), { center: 35, width: 330 });
  assert.equal(windowAfterDrag({ center: 40, width: 320 }, -9999, 0, 1).width, 1);
  assert.ok(windowAfterDrag({ center: 1, width: 2 }, -9999, 0, 0.001).width > 0);
});
