import assert from "node:assert/strict";
import { test } from "node:test";

import { condensed, cornerLines, fitLines, identityOnly, linesPerCorner, spokenDescription } from "../../static/viewer/ui/cornerlines.js";
import { aHeader, aStack, aView } from "./ui-stack.js";

/** @param {object} stack @param {object} [view] */
const linesOf = (stack, view = {}, byTable = false) =>
  cornerLines({ stack: aStack(stack), state: aView(view), header: aHeader(), presetLabel: "Lung", byTable, probe: "" });
const texts = (lines) => lines.map((line) => line.texts.join(" "));
const ids = (lines) => lines.map((line) => line.id);

test("name, ID, study date and laterality never give way, however small the viewport is", () => {
  const all = linesOf({ laterality: "L", view: "CC" });
  const kept = Object.values(all).flatMap((lines) => ids(fitLines(lines, 0)));
  assert.deepEqual(kept, ["name", "id", "date", "laterality"]);
});

test("with the corner text off, identity, date and laterality stay", () => {
  const all = linesOf({ laterality: "R" });
  const kept = Object.values(all).flatMap((lines) => ids(identityOnly(lines)));
  assert.deepEqual(kept, ["name", "id", "date", "laterality"]);
});

test("the least important lines give way first and the order stays", () => {
  const { topLeft } = linesOf({});
  assert.deepEqual(ids(topLeft), ["name", "id", "birth", "issuer"]);
  assert.deepEqual(ids(fitLines(topLeft, 3)), ["name", "id", "birth"]);
  assert.deepEqual(ids(fitLines(linesOf({}).bottomLeft, 1)), ["window"]);
});

test("a patient without name or ID is said to have none", () => {
  assert.deepEqual(texts(linesOf({ patient: null }).topLeft), ["Patient not named"]);
  const nobody = { name: { alphabetic: "", ideographic: "", phonetic: "" }, id: "", issuer: "", birthDate: "", sex: "" };
  assert.deepEqual(texts(linesOf({ patient: nobody }).topLeft), ["Patient not named", "No patient ID"]);
});

test("the age is that on the day of the study", () => {
  assert.ok(texts(linesOf({}).topLeft).includes("Born 14 Mar 1961 63 y F"));
});

test("the window is told with its unit, and not told while a table applies", () => {
  assert.ok(texts(linesOf({}).bottomLeft).includes("C 40 W 400 HU"));
  assert.ok(!ids(linesOf({}, {}, true).bottomLeft).includes("window"));
});

test("slice position and spacing are in millimetres", () => {
  assert.deepEqual(texts(linesOf({}, { index: 1 }).bottomRight), ["Spacing 2.50 mm", "Position −7.5 mm", "Image 2 / 3"]);
});

test("the probe keeps its line while it has nothing to say", () => {
  assert.equal(linesOf({}).bottomLeft[0].id, "probe");
});

test("corners leave the middle of the edges to the orientation letters", () => {
  assert.equal(linesPerCorner(320, 16), 8);
  assert.equal(linesPerCorner(20, 16), 1);
});

test("a screen reader hears the series, the image and a preview", () => {
  assert.equal(spokenDescription(aStack(), aView({ index: 1 }), "preview"), "CT Lung, image 2 of 3, preview quality");
  assert.equal(spokenDescription(aStack({ frameCount: 1 }), aView(), "full"), "CT Lung, 1 image");
});

test("a narrow viewport keeps name, ID, date and laterality in full lines", () => {
  const tight = condensed(linesOf({ laterality: "L", view: "CC" }));
  assert.deepEqual(ids(tight.topLeft), ["name", "id", "date", "series"]);
  assert.deepEqual(tight.topRight, []);
  assert.deepEqual(ids(tight.bottomLeft), ["probe", "window"]);
  assert.deepEqual(texts(tight.bottomRight), ["Left CC", "1 / 3"]);
});
