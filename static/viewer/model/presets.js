/** Windows to choose from: the file's own first, then those that readers of the modality expect. */

/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").Lut} Lut */
/** @typedef {import("./types.js").Window} Window */
/** @typedef {import("./types.js").PresetChoice} PresetChoice */

/**
 * `choice` is what a view keeps: the index in the file, "auto", or the name of a modality's preset.
 * @typedef {{label: string, choice: Exclude<PresetChoice, null>, window: Window|null, lut: Lut|null}} Preset
 */

/** @type {Record<string, [string, number, number][]>} name, center, width */
const BY_MODALITY = {
  CT: [
    ["Soft tissue", 40, 400],
    ["Lung", -600, 1500],
    ["Bone", 500, 2000],
    ["Brain", 40, 80],
    ["Mediastinum", 50, 350],
    ["Liver", 60, 160],
    ["Stroke", 35, 35],
    ["Angiography", 300, 600],
  ],
};

/**
 * The presets for a frame, in the order of the number keys. A colour frame has none.
 * @param {Header} header
 * @param {string} modality
 * @returns {Preset[]}
 */
export function presetsFor(header, modality) {
  if (header.color) return [];
  /** @type {Preset[]} */
  const presets = header.presets.map((preset, index) => ({
    label: preset.name || (preset.kind === "lut" ? `Table ${index + 1}` : fileLabel(header, index)),
    choice: index,
    window: preset.kind === "window" ? preset : null,
    lut: preset.kind === "lut" ? preset : null,
  }));
  presets.push({ label: "Automatic", choice: "auto", window: null, lut: null });
  // Houndsfield numbers only mean something where the file says that the values are HU.
  if (modality !== "CT" || header.modality.unit === "HU") {
    for (const [label, center, width] of BY_MODALITY[modality] ?? []) {
      presets.push({ label, choice: label, window: { center, width }, lut: null });
    }
  }
  if (header.number === "integer" && header.bitsStored <= 16) {
    presets.push({ label: "Whole range", choice: "Whole range", window: wholeRange(header), lut: null });
  }
  return presets;
}

/**
 * What a choice means for a frame; null where the file has no such preset.
 * @param {Header} header
 * @param {string} modality
 * @param {PresetChoice} choice
 * @returns {Preset|null}
 */
export function findPreset(header, modality, choice) {
  if (choice === null) return null;
  return presetsFor(header, modality).find((preset) => preset.choice === choice) ?? null;
}

/**
 * The window that spans every value the bits can hold.
 * @param {Header} header
 * @returns {Window}
 */
export function wholeRange(header) {
  const count = 2 ** header.bitsStored;
  const lowest = header.signed ? -count / 2 : 0;
  const { slope, intercept, lut } = header.modality;
  if (lut) return { center: 2 ** (lut.bits - 1), width: 2 ** lut.bits };
  const ends = [slope * lowest + intercept, slope * (lowest + count - 1) + intercept];
  const width = Math.abs(ends[1] - ends[0]) + 1;
  return { center: (ends[0] + ends[1]) / 2 + 0.5, width: Math.max(width, 1) };
}

/**
 * @param {Header} header
 * @param {number} index
 */
function fileLabel(header, index) {
  const windows = header.presets.filter((preset) => preset.kind === "window").length;
  return windows > 1 ? `Window ${index + 1}` : "From the file";
}
