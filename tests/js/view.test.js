import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeView, encodeView } from "../../static/viewer/model/view.js";
import { generator } from "./seeded.js";

const stack = "0192f3a4-1111-7222-8333-444455556666";
/** @type {import("../../static/viewer/model/types.js").ViewState} */
const state = {
  stack, index: 41, center: -600, width: 1500, function: "LINEAR", preset: "Lung", invert: true,
  x: 255.5, y: 100.25, zoom: 1.75, rotation: 3, flipH: true, flipV: false,
};

test("a view comes back from its link", () => {
  assert.deepEqual(decodeView(`#${encodeView(state)}`), state);
  const plain = { ...state, preset: null, invert: false, rotation: /** @type {0} */ (0), flipH: false };
  const { invert, rotation, flipH, flipV, ...rest } = plain;
  assert.deepEqual(decodeView(encodeView(plain)), rest);
  assert.equal(decodeView(encodeView({ ...state, preset: 2 })).preset, 2);
  assert.equal(decodeView(encodeView({ ...state, center: null, width: null, preset: "auto" })).preset, "auto");
});

test("the link counts frames from 1, as people do", () => {
  assert.ok(encodeView(state).includes("frame=42"));
});

test("a link holds ids and numbers only", () => {
  assert.match(encodeView(state), /^[a-zA-Z0-9=&.,_%-]+$/);
});

test("what a hostile link says is left out, and the rest holds", () => {
  for (const text of [
    "stack=../../etc", "stack=<script>", "frame=0", "frame=-1", "frame=1e9", "frame=99999999999", "window=1", "window=NaN,1",
    "window=1,0", "window=40,-400", "window=40,0.5,LINEAR", "window=Infinity,1", "window=1,2,ALERT", "window=1,2,LINEAR,3", "zoom=0",
    "zoom=1e9", "zoom=-1", "at=1", "at=1,2,3", "at=1e99,0", "rotation=4", "flip=x", "invert=true", "preset=%", "preset=<b>",
    "__proto__=1", "constructor=1", "toString=1", "=", "&&&", "%%%", "window", "x".repeat(5000),
  ]) {
    assert.deepEqual(decodeView(text), {}, text.slice(0, 40));
    assert.deepEqual(decodeView(`invert=1&${text}`), text.length > 600 ? {} : { invert: true }, text.slice(0, 40));
  }
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("no text makes it throw", () => {
  const random = generator(5);
  const alphabet = "stackframewindow=&,.#%-+eE0123456789\u0000\ud800<>\"'/\\";
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: Math.floor(random() * 60) }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
    for (const value of Object.values(decodeView(text))) {
      if (typeof value === "number") assert.ok(Number.isFinite(value));
    }
  }
  assert.deepEqual(decodeView(/** @type {any} */ (null)), {});
});
