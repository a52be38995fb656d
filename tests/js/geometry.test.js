import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnMillimetres, directionLetters, formatValue, niceLength, orientationLetters, patientPoint, probeText, regionAt, scaleBar,
} from "../../static/viewer/model/geometry.js";

const upright = { rotation: /** @type {const} */ (0), flipH: false, flipV: false };
const axial = [1, 0, 0, 0, 1, 0];
const spacing = { rowMm: 2, columnMm: 0.5, source: "pixel-spacing", aspect: 4, note: "", regions: [] };

test("an axial image has Left at its right edge and Posterior at its lower edge (PS3.3 C.7.6.2.1.1)", () => {
  assert.deepEqual(orientationLetters(axial, null, upright), { top: "A", right: "L", bottom: "P", left: "R" });
});

test("a coronal image has Feet below, a sagittal one Posterior at its right edge", () => {
  assert.deepEqual(orientationLetters([1, 0, 0, 0, 0, -1], null, upright), { top: "H", right: "L", bottom: "F", left: "R" });
  assert.deepEqual(orientationLetters([0, 1, 0, 0, 0, -1], null, upright), { top: "H", right: "P", bottom: "F", left: "A" });
});

test("case 29: letters follow a quarter turn and a mirroring", () => {
  assert.deepEqual(orientationLetters(axial, null, { ...upright, rotation: 1 }), { top: "R", right: "A", bottom: "L", left: "P" });
  assert.deepEqual(orientationLetters(axial, null, { ...upright, flipH: true }), { top: "A", right: "R", bottom: "P", left: "L" });
  assert.deepEqual(orientationLetters(axial, null, { ...upright, flipV: true }), { top: "P", right: "L", bottom: "A", left: "R" });
});

test("case 29: an oblique direction gets two letters, the larger part first; a slight tilt gets one", () => {
  assert.equal(directionLetters([0.8, -0.6, 0]), "LA");
  assert.equal(directionLetters([-0.6, 0, 0.8]), "HR");
  assert.equal(directionLetters([0.985, 0.17, 0]), "L");
});

test("a projection takes its letters from Patient Orientation, also of two letters", () => {
  assert.deepEqual(orientationLetters(null, ["L", "F"], upright), { top: "H", right: "L", bottom: "F", left: "R" });
  assert.deepEqual(orientationLetters(null, ["AF", "PF"], upright).left, "PH");
});

test("nothing is invented where the file says nothing, or something that is not a direction", () => {
  assert.deepEqual(orientationLetters(null, null, upright), { top: "", right: "", bottom: "", left: "" });
  assert.deepEqual(orientationLetters(null, ["X", ""], upright), { top: "", right: "", bottom: "", left: "" });
  assert.deepEqual(orientationLetters([1, 0, Number.NaN, 0, 1, 0], null, upright).right, "");
});

test("a scale bar is 1, 2 or 5 times a power of ten, and its length in pixels is true", () => {
  assert.deepEqual([0.9, 1, 1.9, 4.99, 5, 49, 100, 0.07].map(niceLength), [0.5, 1, 1, 2, 5, 20, 100, 0.05]);
  // 0.5 mm a column, 2 device pixels a column: 4 pixels a mm; a quarter of 1000 is 62.5 mm, so 50 mm.
  assert.deepEqual(scaleBar(spacing, 2, 1000), { mm: 50, pixels: 200, note: "" });
});

test("no spacing means uncalibrated, and a radiograph says at the detector (PS3.3 10.7)", () => {
  assert.deepEqual(scaleBar({ ...spacing, columnMm: null, source: "none" }, 1, 1000), { mm: null, pixels: 0, note: "uncalibrated" });
  assert.deepEqual(columnMillimetres({ ...spacing, source: "at-detector" }), { mm: 0.5, note: "at detector" });
  assert.deepEqual(columnMillimetres({ ...spacing, columnMm: 0 }).mm, null);
});

test("a pixel's place in the patient takes the column spacing along the row (C.7.6.2.1-1)", () => {
  assert.deepEqual(patientPoint([-100, -50, 7], axial, spacing, 10, 3), [-95, -44, 7]);
  assert.equal(patientPoint(null, axial, spacing, 10, 3), null);
});

test("of nested ultrasound regions the inner one holds, ends included (C.8.5.5)", () => {
  const region = { unitX: "cm", unitY: "cm", deltaX: 0.1, deltaY: 0.1 };
  const regions = [{ ...region, x0: 0, y0: 0, x1: 99, y1: 99 }, { ...region, x0: 10, y0: 10, x1: 20, y1: 20, unitX: "s" }];
  assert.equal(regionAt(regions, 20, 20)?.unitX, "s");
  assert.equal(regionAt(regions, 21, 20)?.unitX, "cm");
  assert.equal(regionAt(regions, 100, 0), null);
});

test("values are read without noise digits", () => {
  assert.deepEqual([12, -3, 0.5, 123.456, 1234.5, 2.345678, 1e-9].map(formatValue), ["12", "-3", "0.5000", "123.5", "1235", "2.35", "1.000e-9"]);
  assert.equal(probeText(-12, "HU", false), "\u221212 HU");
  assert.equal(probeText(130, "", false), "130");
  assert.equal(probeText(-2000, "HU", true), "no image (padding)");
});
