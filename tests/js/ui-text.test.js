import assert from "node:assert/strict";
import { test } from "node:test";

import { ageText, dateText, figure, labelText, lengthText, millimetres, personGroups } from "../../static/viewer/ui/text.js";

test("all three groups of a name are shown, Latin first (C.12.1.1.2)", () => {
  const name = { alphabetic: "Yamada^Tarou", ideographic: "山田^太郎", phonetic: "やまだ^たろう" };
  assert.deepEqual(personGroups(name), ["Yamada, Tarou", "山田 太郎", "やまだ たろう"]);
});

test("a name that is readable already stays as it is", () => {
  assert.deepEqual(personGroups({ alphabetic: "Müller, Anna", ideographic: "", phonetic: "" }), ["Müller, Anna"]);
  assert.deepEqual(personGroups(null), []);
});

test("age counts days, weeks, months, then years on the day of the study", () => {
  assert.equal(ageText("2024-05-01", "2024-05-12"), "11 d");
  assert.equal(ageText("2024-03-01", "2024-05-12"), "10 w");
  assert.equal(ageText("2023-01-13", "2024-05-12"), "15 m");
  assert.equal(ageText("1961-05-13", "2024-05-12"), "62 y");
  assert.equal(ageText("1961-05-12", "2024-05-12"), "63 y");
});

test("no age is told when a date is missing or the birth lies after the study", () => {
  assert.equal(ageText("", "2024-05-12"), "");
  assert.equal(ageText("1961-05-13", ""), "");
  assert.equal(ageText("2025-01-01", "2024-05-12"), "");
});

test("a date is written so that no country reads it in another order", () => {
  assert.equal(dateText("2024-02-03"), "03 Feb 2024");
  assert.equal(dateText(""), "");
  assert.equal(dateText("2024-13-03"), "2024-13-03");
});

test("figures have three digits at most and a true minus sign", () => {
  assert.equal(figure(-600), "−600");
  assert.equal(figure(1.23456), "1.23");
  assert.equal(figure(12.5), "12.5");
  assert.equal(figure(0.0123456), "0.012");
  assert.equal(figure(123456), "123456");
  assert.equal(figure(Number.NaN), "–");
});

test("millimetres keep their decimals, so that the text keeps its width", () => {
  assert.equal(millimetres(-120.5), "−120.5 mm");
  assert.equal(millimetres(-0), "0.0 mm");
  assert.equal(millimetres(2.5, 2), "2.50 mm");
});

test("a scale bar is told in millimetres, on slides in micrometres", () => {
  assert.equal(lengthText(100), "100 mm");
  assert.equal(lengthText(0.5), "0.5 mm");
  assert.equal(lengthText(0.05), "50 µm");
});

test("a label's count is not told twice", () => {
  assert.equal(labelText("Axial, 42 images"), "Axial");
  assert.equal(labelText("Axial, volume 1 of 3, 2 images"), "Axial, volume 1 of 3");
  assert.equal(labelText("1 image"), "");
});
