import assert from "node:assert/strict";
import { test } from "node:test";
import { autoWindow } from "../../static/viewer/model/auto.js";
import { choiceQuery, dragWindow, firstPreset, voiFor, withOwnWindow, withWindow } from "../../static/viewer/model/choice.js";
import { findPreset, presetsFor, wholeRange } from "../../static/viewer/model/presets.js";
import { header } from "./vectors.js";

/** @type {any[]} */
const filePresets = [
  { kind: "lut", first: 10, bits: 8, name: "", data: "AAABAAIAAwA=" },
  { kind: "window", center: 40, width: 400, function: "LINEAR", name: "ABDOMEN" },
  { kind: "window", center: -600, width: 1500, function: "SIGMOID", name: "" },
];
const ct = header({ presets: filePresets });
const view = { preset: /** @type {any} */ (1), center: null, width: null, function: /** @type {const} */ ("LINEAR") };

test("the file's presets come first, several windows are alternatives and are never averaged (C.11.2.1.2)", () => {
  const labels = presetsFor(ct, "CT").map(({ label }) => label);
  assert.deepEqual(labels.slice(0, 6), ["Table 1", "ABDOMEN", "Window 3", "Automatic", "Soft tissue", "Lung"]);
});

test("CT presets are those that readers expect, in HU", () => {
  const windows = Object.fromEntries(presetsFor(ct, "CT").map(({ label, window }) => [label, window]));
  assert.deepEqual(windows["Soft tissue"], { center: 40, width: 400 });
  assert.deepEqual(windows.Lung, { center: -600, width: 1500 });
  assert.deepEqual(windows.Bone, { center: 500, width: 2000 });
  assert.deepEqual(windows.Brain, { center: 40, width: 80 });
  assert.deepEqual(windows.Mediastinum, { center: 50, width: 350 });
});

test("without HU there are no HU presets, and colour has none at all", () => {
  const counts = header({ modality: { slope: 1, intercept: 0, unit: "", lut: null } });
  assert.equal(findPreset(counts, "CT", "Lung"), null);
  assert.deepEqual(presetsFor(header({ color: true }), "US"), []);
});

test("the whole range spans what the bits can hold, also downwards", () => {
  const signed = header({ bitsStored: 12, modality: { slope: -2, intercept: 10, unit: "", lut: null } });
  assert.deepEqual(wholeRange(signed), { center: 11.5, width: 8191 });
});

test("a stack opens with the file's first preset, else with the automatic window", () => {
  assert.equal(firstPreset(ct), 0);
  assert.equal(firstPreset(header({})), "auto");
});

test("a preset that a frame does not have falls back to its first, then to the automatic window", () => {
  assert.equal(voiFor(ct, "CT", { ...view, preset: 9 }, null)?.lutIndex, 0);
  assert.equal(voiFor(header({}), "CT", { ...view, preset: 9 }, null), null);
  assert.deepEqual(voiFor(header({}), "CT", { ...view, preset: 9 }, { center: 1, width: 2 })?.window, { center: 1, width: 2 });
});

test("the server is asked for exactly what the view means", () => {
  const query = (/** @type {any} */ preset, invert = false) => choiceQuery(ct, voiFor(ct, "CT", { ...view, preset }, null), invert);
  assert.equal(query(0), "voi-lut=0");
  assert.equal(query(1), "window=40,400,LINEAR");
  assert.equal(query(2, true), "window=-600,1500,SIGMOID&invert=1");
  assert.equal(query("auto"), "auto=1");
  assert.equal(query("Bone"), "window=500,2000,LINEAR");
  assert.equal(choiceQuery(header({ color: true }), null, true), "");
});

test("a drag starts from the window in use, or from the range of a table", () => {
  assert.deepEqual(dragWindow(voiFor(ct, "CT", view, null)), filePresets[1]);
  assert.deepEqual(dragWindow(voiFor(ct, "CT", { ...view, preset: 0 }, null)), { center: 12, width: 4, function: "LINEAR" });
});

test("center and width follow the preset from frame to frame, but a window that a person set stays", () => {
  const other = header({ presets: [{ kind: "window", center: 7, width: 70, function: "LINEAR", name: "" }] });
  const followed = withWindow({ ...view, preset: 0 }, voiFor(other, "MR", { ...view, preset: 0 }, null));
  assert.deepEqual([followed.center, followed.width], [7, 70]);
  const own = withOwnWindow({ ...view }, { center: 1, width: 2 });
  assert.deepEqual(withWindow(own, voiFor(other, "MR", own, null)), own);
});

test("a drag cannot make a window that is none", () => {
  assert.equal(withOwnWindow(view, { center: 0, width: -5 }).width, 1);
  assert.ok(withOwnWindow(view, { center: 0, width: 0, function: "LINEAR_EXACT" }).width > 0);
  assert.equal(withOwnWindow(view, { center: Number.NaN, width: 5 }), view);
});

/** @param {number[]} values */
const tileOf = (values, width = values.length) => ({
  values: Int16Array.from(values), width, height: values.length / width, signed: true, modalityValues: false, bitsStored: 16,
});

test("the automatic window runs from the 0.5th to the 99.5th percentile, ends black and white", () => {
  // 1001 values 0..1000: five are left aside at each end. HU = value - 1024.
  const values = Array.from({ length: 1001 }, (_, i) => i);
  assert.deepEqual(autoWindow(ct, tileOf(values)), { center: (5 + 995 + 1) / 2 - 1024, width: 991, function: "LINEAR" });
});

test("padding takes no part in the automatic window (C.7.5.1.1.2)", () => {
  const padded = header({ padding: { low: -2000, high: -2000 } });
  const { center, width } = autoWindow(padded, tileOf([-2000, -2000, -2000, 0, 100]));
  assert.deepEqual([center, width], [50.5 - 1024, 101]);
});

test("nearly one value: the window spans them all; one value: mid-gray; none: something", () => {
  assert.equal(autoWindow(ct, tileOf([...new Array(999).fill(5), 9])).width, 5);
  assert.deepEqual(autoWindow(ct, tileOf([5, 5])), { center: 5.5 - 1024, width: 2, function: "LINEAR" });
  assert.deepEqual(autoWindow(header({ padding: { low: 5, high: 5 } }), tileOf([5, 5])), { center: 0.5, width: 2, function: "LINEAR" });
});

test("a slope that is no whole number takes LINEAR_EXACT, which may be narrower than 1", () => {
  const pet = header({ modality: { slope: 0.001, intercept: 0, unit: "Bq/ml", lut: null } });
  const window = autoWindow(pet, tileOf([0, 100]));
  assert.equal(window.function, "LINEAR_EXACT");
  assert.ok(Math.abs(window.width - 0.1) < 1e-12);
});
