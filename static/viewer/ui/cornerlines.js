/** Which lines stand in the four corners, and which give way when a viewport is small. Pure. */

import { ageText, counted, dateText, figure, labelText, millimetres, personGroups, sexText, timeText } from "./text.js";

/** @typedef {import("./types.js").Stack} Stack */
/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").ViewState} ViewState */

/**
 * `rank` 0 never gives way (identity, study date, laterality); higher ranks go first.
 * Each text of `texts` is isolated in direction from its neighbours.
 * @typedef {{id: string, texts: string[], rank: number, strong?: boolean, gap?: string}} Line
 * @typedef {"topLeft" | "topRight" | "bottomLeft" | "bottomRight"} Corner
 * @typedef {Record<Corner, Line[]>} Corners
 */

/**
 * `byTable`: a VOI LUT is in force, not a window. `pixels`: enlarged pixels are drawn as squares.
 * @typedef {{stack: Stack, state: ViewState, header: Header | null, presetLabel: string, byTable: boolean, probe: string,
 *   pixels?: boolean}} Shown
 */

/** @type {Corner[]} */
export const CORNERS = ["topLeft", "topRight", "bottomLeft", "bottomRight"];

/** @param {string} id @param {(string | null | undefined)[]} texts @param {number} rank @returns {Line[]} */
function line(id, texts, rank) {
  const present = texts.filter((text) => typeof text === "string" && text !== "");
  return present.length ? [{ id, texts: /** @type {string[]} */ (present), rank }] : [];
}

/** Facts of one line with a dot between them. @param {Line[]} lines @returns {Line[]} */
function dotted(lines) {
  return lines.map((row) => ({ ...row, gap: " · " }));
}

/** @param {Stack} stack @returns {Line[]} */
function patientLines(stack) {
  const patient = stack.patient;
  if (!patient) return line("name", ["Patient not named"], 0);
  const groups = personGroups(patient.name);
  const age = ageText(patient.birthDate, stack.study.date);
  const sex = patient.birthDate || !patient.sex ? sexText(patient.sex) : `Sex ${sexText(patient.sex)}`;
  const name = line("name", groups.length ? groups : ["Patient not named"], 0).map((row) => ({ ...row, strong: true }));
  return [
    ...name,
    ...line("id", [patient.id ? `ID ${patient.id}` : "No patient ID"], 0),
    ...dotted(line("birth", [patient.birthDate && `Born ${dateText(patient.birthDate)}`, age, sex], 2)),
    ...line("issuer", [patient.issuer && `Issuer ${patient.issuer}`], 6),
  ];
}

/** @param {Stack} stack @returns {Line[]} */
function studyLines(stack) {
  const { study, series } = stack;
  const number = series.number === null || series.number === undefined ? "" : `Series ${series.number}`;
  const title = series.description && series.description !== study.description ? series.description : "";
  const label = labelText(stack.label);
  return [
    ...line("date", [study.date ? dateText(study.date) : "No study date", timeText(study.time)], 0),
    ...line("study", [study.description], 3),
    ...dotted(line("series", [series.modality, number, title], 2)),
    ...line("label", [label !== series.description ? label : ""], 5),
    ...line("accession", [study.accession && `Acc ${study.accession}`], 6),
  ];
}

/** @param {Shown} shown @returns {Line[]} */
function lookLines({ state, header, presetLabel, byTable, probe, pixels }) {
  const unit = header?.modality?.unit ?? "";
  const { center, width } = state;
  // While a VOI LUT applies there is no centre and no width to tell; the table's name stands alone.
  const window = byTable || center === null || width === null ? [] : [`C ${figure(center)}`, `W ${figure(width)}`, unit];
  const turned = [state.rotation && `${state.rotation * 90}°`, state.flipH && "flipped ↔", state.flipV && "flipped ↕"];
  return [
    // The probe's line is always there, so that nothing moves when a value appears.
    { id: "probe", texts: [probe || "\u00a0"], rank: 3 },
    ...line("turned", turned.map((text) => text || ""), 4),
    ...dotted(line("zoom", [`Zoom ${Math.round(state.zoom * 100)} %`, state.invert ? "inverted" : "", pixels ? "pixels" : ""], 4)),
    ...(header?.color ? line("preset", ["Colour"], 5) : line("preset", [presetLabel], 5)),
    ...(header?.color ? [] : line("window", window, 1)),
  ];
}

/** @param {Stack} stack @param {number} index @returns {Line[]} */
function sliceLines(stack, index) {
  const frame = stack.frames[index];
  const word = stack.cine ? "Frame" : "Image";
  const at = frame && typeof frame.slice === "number" ? millimetres(frame.slice) : "";
  const spacing = typeof stack.spacingMm === "number" ? `Spacing ${millimetres(Math.abs(stack.spacingMm), 2)}` : "";
  const thickness = typeof stack.thicknessMm === "number" ? `Thickness ${millimetres(stack.thicknessMm, 2)}` : "";
  const side = { L: "Left", R: "Right", B: "Both sides", U: "" }[stack.laterality] ?? stack.laterality;
  return [
    ...line("laterality", [side, stack.view], 0).map((row) => ({ ...row, strong: true })),
    ...dotted(line("spacing", [thickness, spacing], 4)),
    ...line("position", [at && `Position ${at}`], 3),
    ...line("index", [`${word} ${index + 1} / ${stack.frameCount}`], 1),
  ];
}

/**
 * Everything that could be said about what a viewport shows.
 * @param {Shown} shown
 * @returns {Corners}
 */
export function cornerLines(shown) {
  return {
    topLeft: patientLines(shown.stack),
    topRight: studyLines(shown.stack),
    bottomLeft: lookLines(shown),
    bottomRight: sliceLines(shown.stack, shown.state.index),
  };
}

/**
 * The lines that fit, in their order: the highest ranks give way first, rank 0 never.
 * @param {Line[]} lines @param {number} most how many lines there is room for
 * @returns {Line[]}
 */
export function fitLines(lines, most) {
  const kept = [...lines];
  while (kept.length > most) {
    const worst = kept.reduce((found, row, k) => (row.rank >= (kept[found]?.rank ?? -1) ? k : found), 0);
    if ((kept[worst]?.rank ?? 0) === 0) break;
    kept.splice(worst, 1);
  }
  return kept;
}

/** A viewport narrower than this has one column of text at the top. */
export const TIGHT_PX = 300;

/**
 * For a narrow viewport: identity and date one below the other, and little else.
 * @param {Corners} corners
 * @returns {Corners}
 */
export function condensed({ topLeft, topRight, bottomLeft, bottomRight }) {
  const must = [...identityOnly(topLeft), ...identityOnly(topRight)];
  const index = bottomRight.filter((row) => row.id === "index").map((row) => ({ ...row, texts: row.texts.map((text) => text.replace(/^\D+/, "")) }));
  return {
    topLeft: [...must, ...topRight.filter((row) => row.id === "series")],
    topRight: [],
    bottomLeft: bottomLeft.filter((row) => row.id === "probe" || row.id === "window"),
    bottomRight: [...identityOnly(bottomRight), ...index],
  };
}

/** With the corner text switched off, only what must never hide. @param {Line[]} lines */
export function identityOnly(lines) {
  return lines.filter((row) => row.rank === 0);
}

/**
 * How many lines a corner may take: half the height, less the orientation letter at mid height.
 * @param {number} heightPx @param {number} lineHeightPx
 */
export function linesPerCorner(heightPx, lineHeightPx) {
  return Math.max(1, Math.floor((heightPx / 2 - lineHeightPx - 8) / lineHeightPx));
}

/**
 * One sentence about the picture for a screen reader.
 * @param {Stack} stack @param {ViewState} state @param {string} quality
 */
export function spokenDescription(stack, state, quality) {
  const name = [stack.series.modality, stack.series.description || labelText(stack.label)].filter(Boolean).join(" ");
  const word = stack.cine ? "frame" : "image";
  const sharp = quality === "preview" ? ", preview quality" : quality === "none" ? ", loading" : "";
  const of = stack.frameCount > 1 ? `${word} ${state.index + 1} of ${stack.frameCount}` : counted(1, word);
  return `${name}, ${of}${sharp}`;
}
