/** A stack as the server sends it, for tests of the page. */

/** @param {object} [change] */
export function aStack(change = {}) {
  return {
    id: "s", label: "", revision: "1", frameCount: 3,
    study: { id: "st", date: "2024-05-12", time: "14:20:05", description: "CT thorax", accession: "A1" },
    series: { id: "se", number: 2, modality: "CT", description: "Lung", bodyPart: "", laterality: "" },
    patient: {
      name: { alphabetic: "Doe, Jane", ideographic: "", phonetic: "" }, id: "P1", issuer: "St Anna", birthDate: "1961-03-14", sex: "F",
    },
    headers: [aHeader()],
    frames: [0, 1, 2].map((k) => ({ instance: `i${k}`, frame: 1, header: 0, slice: -10 + 2.5 * k })),
    orientations: [], patientOrientation: null, spacingMm: 2.5, laterality: "", view: "", cine: null,
    trust: { lossy: null, burnedIn: false, received: 3, expected: null, warnings: [], notes: [] },
    ...change,
  };
}

/** @param {object} [change] */
export function aHeader(change = {}) {
  return {
    color: false, deep: true, bitsStored: 12, presets: [], modality: { slope: 1, intercept: -1024, unit: "HU", note: "" },
    spacing: { rowMm: 0.7, columnMm: 0.7, source: "pixel-spacing", aspect: 1 }, ...change,
  };
}

/** @param {object} [change] */
export function aView(change = {}) {
  return {
    stack: "s", index: 0, center: 40, width: 400, function: "LINEAR", preset: null, invert: false, x: 256, y: 256, zoom: 1.5,
    rotation: 0, flipH: false, flipV: false, ...change,
  };
}
