import assert from "node:assert/strict";
import { test } from "node:test";

import { chipsThatFit, trustItems } from "../../static/viewer/ui/trustitems.js";
import { aHeader, aStack } from "./ui-stack.js";

/** @param {object} trust @param {object} [more] */
const items = (trust, more = {}) =>
  trustItems({ stack: aStack({ trust: { ...aStack().trust, ...trust } }), header: aHeader(), quality: "full", note: "", ...more });
const words = (rows) => rows.map((row) => row.words);

test("a preview says preview (case 41)", () => {
  assert.deepEqual(words(items({}, { quality: "preview" })), ["Preview, 8-bit"]);
  assert.deepEqual(words(items({})), ["Stored values"]);
});

test("lossy is told with ratio and method and does not pass as stored values (C.7.6.1.1.5)", () => {
  const rows = items({ lossy: { ratio: 12.4, method: "ISO_10918_1" } });
  assert.deepEqual(words(rows), ["As stored", "Lossy 12.4 : 1"]);
  assert.match(rows[1].sentence, /ISO_10918_1/);
  assert.deepEqual(words(items({ lossy: { ratio: null, method: "" } })), ["As stored", "Lossy"]);
});

test("a stack of which some images were compressed with loss does not say it of each", () => {
  const rows = items({ lossy: { ratio: 12.4, method: "JPEG", partly: true } });
  assert.match(rows[1].sentence, /^Some images of this stack were compressed with loss before they came here/);
});

test("no spacing is uncalibrated, and Imager Pixel Spacing is at the detector (case 19)", () => {
  const of = (source) => words(items({}, { header: aHeader({ spacing: { source } }) }))[1];
  assert.equal(of("none"), "Uncalibrated");
  assert.equal(of("at-detector"), "mm at detector");
  assert.equal(of("pixel-spacing"), undefined);
});

test("missing images, burned-in text and geometry are each said", () => {
  const rows = items({
    received: 118, expected: 120, burnedIn: true, warnings: [{ code: "uneven-spacing", text: "slices lie 2.5 to 7.5 mm apart" }],
  });
  assert.deepEqual(words(rows), ["Stored values", "118 of 120 received", "Uneven spacing", "Name may be in picture"]);
  assert.equal(rows[2].sentence, "Slices lie 2.5 to 7.5 mm apart.");
});

test("an incomplete picture says so right after its quality", () => {
  const rows = items({ burnedIn: true }, { note: "incomplete: 12 of 512 rows are missing" });
  assert.equal(rows[1].words, "Incomplete");
  assert.equal(rows[1].tone, "danger");
});

test("colour that its own bytes explain is corrected, not doubtful (C.7.6.3.1.2)", () => {
  const rows = items({}, { note: "colour read as YCbCr by its subsampled chroma; the file says RGB" });
  assert.deepEqual([rows[1].words, rows[1].tone], ["Colour corrected", "caution"]);
  assert.equal(rows[1].sentence, "Colour read as YCbCr by its subsampled chroma; the file says RGB.");
  assert.equal(items({}, { note: "stored are 240 x 55 of 240 x 240 pixels" })[1].words, "Doubtful");
});

test("an unknown warning shows the start of its own text, never nothing", () => {
  const rows = items({ warnings: [{ code: "new-one", text: "Frames of two sizes: the larger are shown apart" }] });
  assert.equal(rows[1].words, "Frames of two sizes");
});

test("chips that do not fit make room for a +n chip", () => {
  assert.equal(chipsThatFit([100, 100, 100], 308, 30, 4), 3);
  assert.equal(chipsThatFit([100, 100, 100], 307, 30, 4), 2);
  assert.equal(chipsThatFit([100, 100], 60, 30, 4), 0);
});

test("a picture that failed says so and does not pass as loading", () => {
  const rows = items({}, { quality: "none", problem: "(0028,0100) Bits Allocated is 12" });
  assert.deepEqual([rows[0].words, rows[0].tone, rows[0].sentence], ["Cannot be shown", "danger", "(0028,0100) Bits Allocated is 12."]);
});
