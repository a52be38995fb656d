// The fast table against the rule of docs/display-table.md written out step by step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGrayTable } from "../../static/viewer/model/window.js";
import { generator } from "./seeded.js";
import { header } from "./vectors.js";

/** PS3.3 C.11.2.1.2.1, C.11.2.1.3.2: one value at a time. */
function gray(given, window, invert, pattern) {
  const s = given.signed && pattern >= 32_768 ? pattern - 65_536 : pattern;
  if (given.padding && s >= given.padding.low && s <= given.padding.high) return 0;
  const m = given.modality.slope * s + given.modality.intercept;
  const [c, w] = window.function === "LINEAR" ? [window.center - 0.5, window.width - 1] : [window.center, window.width];
  let y = ((m - c) / w + 0.5) * 255;
  if (m <= c - w / 2) y = 0;
  else if (m > c + w / 2) y = 255;
  const g = Math.floor(y + 0.5);
  return given.inverted !== invert ? 255 - g : g;
}

test("a table made by ranges equals the rule for any slope, window, sign, polarity and padding", () => {
  const random = generator(20261121);
  const slopes = [1, -1, 0.5, -0.25, 2.197, 0, 1e-7, -3e4];
  for (let round = 0; round < 60; round += 1) {
    const given = header({
      signed: random() < 0.5,
      inverted: random() < 0.5,
      modality: { slope: slopes[round % slopes.length], intercept: Math.floor(random() * 4000) - 2000, lut: null },
      padding: random() < 0.3 ? { low: -100.5, high: Math.floor(random() * 300) } : null,
    });
    const window = {
      center: Math.floor(random() * 40_000 - 20_000) / 4,
      width: round % 7 === 0 ? 1 : 1 + random() ** 3 * 60_000,
      function: /** @type {"LINEAR"|"LINEAR_EXACT"} */ (random() < 0.5 ? "LINEAR" : "LINEAR_EXACT"),
    };
    const invert = random() < 0.5;
    const table = buildGrayTable(given, window, invert);
    for (let pattern = 0; pattern < 65_536; pattern += 1) {
      const expected = gray(given, window, invert, pattern);
      if (table[pattern] !== expected) {
        assert.fail(`round ${round}, pattern ${pattern}: ${table[pattern]}, the rule gives ${expected}`);
      }
    }
  }
});
