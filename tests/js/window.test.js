import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGrayTable, buildTable, isPadding, modalityValue, tileHeader } from "../../static/viewer/model/window.js";
import { header, sha256, vectors } from "./vectors.js";

for (const { name, clause, header: given, window, lut, invert, ...expected } of vectors("tables.json").cases) {
  test(`the display table equals the shared vector: ${name} (PS3.3 ${clause})`, () => {
    const table = buildGrayTable(given, window ?? given.presets[lut], invert);
    for (const [index, gray] of expected.samples) assert.equal(table[index], gray, `pattern ${index}`);
    assert.equal(sha256(table), expected.sha256);
  });
}

const identity = header({ signed: false, modality: { slope: 1, intercept: 0, unit: "", lut: null } });

test("LINEAR c=2048 w=4096 takes the ends as PS3.3 C.11.2.1.2.1 note 2 says", () => {
  const table = buildGrayTable(identity, { center: 2048, width: 4096, function: "LINEAR" }, false);
  assert.deepEqual([table[0], table[1], table[4094], table[4095], table[4096]], [0, 0, 255, 255, 255]);
});

test("LINEAR width 1 is a step at center - 0.5 (C.11.2.1.2.1: c=2048, w=1)", () => {
  const table = buildGrayTable(identity, { center: 2048, width: 1, function: "LINEAR" }, false);
  assert.deepEqual([table[2047], table[2048]], [0, 255]);
});

test("LINEAR width 0 of a careless drag is the same step, not a division by zero", () => {
  const table = buildGrayTable(identity, { center: 2048, width: 0, function: "LINEAR" }, false);
  assert.deepEqual([table[2047], table[2048]], [0, 255]);
});

test("MONOCHROME1 shows its smallest value white and an inversion toggles on top", () => {
  const window = { center: 2048, width: 4096, function: /** @type {const} */ ("LINEAR") };
  const inverted = { ...identity, inverted: true };
  assert.equal(buildGrayTable(inverted, window, false)[0], 255);
  assert.equal(buildGrayTable(inverted, window, true)[0], 0);
});

test("padding is black whatever the polarity, both ends inclusive (C.7.5.1.1.2)", () => {
  const padded = header({ inverted: true, padding: { low: -2000, high: -1999 } });
  const table = buildGrayTable(padded, { center: 40, width: 400, function: "LINEAR" }, false);
  const at = (/** @type {number} */ stored) => table[stored & 0xffff];
  assert.deepEqual([at(-2001), at(-2000), at(-1999), at(-1998)], [255, 0, 0, 255]);
  assert.deepEqual([-2001, -2000, -1999, -1998].map((v) => isPadding(padded, v)), [false, true, true, false]);
});

test("words are opaque gray in canvas byte order", () => {
  const words = buildTable(identity, { center: 128, width: 256, function: "LINEAR" }, false);
  assert.equal(words[0], 0xff000000);
  assert.equal(words[0xffff], 0xffffffff);
  assert.equal(words[128], 0xff000000 + 128 * 0x010101);
});

test("a modality value is slope x stored + intercept", () => {
  assert.equal(modalityValue(header({}), 1000), -24);
});

test("a level of modality values goes through no modality transform and no padding again", () => {
  const padded = header({ padding: { low: 0, high: 0 }, modality: { slope: 2, intercept: 5, lut: null } });
  const tile = { values: new Uint16Array(1), width: 1, height: 1, signed: false, modalityValues: true, bitsStored: 16 };
  const effective = tileHeader(padded, tile);
  assert.equal(modalityValue(effective, 7), 7);
  assert.equal(isPadding(effective, 0), false);
  assert.equal(tileHeader(padded, { ...tile, modalityValues: false }), padded);
});
