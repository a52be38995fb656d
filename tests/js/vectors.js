// Shared vectors: made from the standard's formulas by tests/fixtures/pixels/make_vectors.py.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** @param {string} name */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../fixtures/pixels/${name}`, import.meta.url), "utf8"));
}

/** @param {ArrayBufferView} array */
export function sha256(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}

/** A CT-like header to vary. */
export function header(changes = {}) {
  return {
    rows: 16, columns: 16, samples: 1, photometric: "MONOCHROME2", bitsStored: 16, signed: true,
    number: "integer", modality: { slope: 1, intercept: -1024, unit: "HU", note: "", lut: null },
    presets: [], inverted: false, padding: null, overlays: [],
    spacing: { rowMm: null, columnMm: null, source: "none", aspect: 1, note: "", regions: [] },
    color: false, deep: true, ...changes,
  };
}
