import assert from "node:assert/strict";
import { test } from "node:test";

import { BINDINGS, capFor, commandFor } from "../../static/viewer/ui/keymap.js";

const press = (key, context = {}, event = {}) =>
  commandFor({ key, ctrl: false, alt: false, meta: false, ...event }, { characterKeys: true, focus: "none", ...context });

test("the keys are those readers know", () => {
  assert.equal(press("ArrowDown"), "next");
  assert.equal(press("PageUp"), "series-previous");
  assert.equal(press("i"), "invert");
  assert.equal(press("R"), "rotate-right");
  assert.equal(press("3"), "preset-3");
  assert.equal(press("?"), "help");
});

test("no key has two meanings", () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("single character keys can be switched off, arrow keys cannot (WCAG 2.1.4)", () => {
  assert.equal(press("i", { characterKeys: false }), null);
  assert.equal(press(" ", { characterKeys: false }), null);
  assert.equal(press("?", { characterKeys: false }), null);
  assert.equal(press("ArrowDown", { characterKeys: false }), "next");
});

test("who types text is left alone, and a control keeps its own keys", () => {
  assert.equal(press("i", { focus: "text" }), null);
  assert.equal(press(" ", { focus: "control" }), null);
  assert.equal(press("ArrowDown", { focus: "control" }), null);
  assert.equal(press("ArrowDown", { focus: "range" }), "next");
});

test("keys with Ctrl, Alt or Meta belong to the browser", () => {
  assert.equal(press("r", {}, { ctrl: true }), null);
  assert.equal(press("l", {}, { meta: true }), null);
});

test("caps are written as on the keyboard", () => {
  assert.equal(capFor("invert"), "I");
  assert.equal(capFor("series-next"), "Page ↓");
  assert.equal(capFor("no-such-command"), "");
});
