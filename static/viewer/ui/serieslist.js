/** Which stack comes next, which one is shown first, and how a series is named. Pure. */

import { counted, labelText } from "./text.js";

/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./types.js").Series} Series */
/** @typedef {import("./types.js").StackSummary} StackSummary */
/** @typedef {import("./types.js").OtherObject} OtherObject */

/** Every stack of a case in the order of the panel. @param {Case} found @returns {StackSummary[]} */
export function stacksInOrder(found) {
  return found.studies.flatMap((study) => study.series.flatMap((series) => series.stacks));
}

/** The stack a case opens with: the first that has more than one image, else the first. @param {Case} found */
export function firstStack(found) {
  const all = stacksInOrder(found);
  return all.find((stack) => stack.frameCount > 1) ?? all[0] ?? null;
}

/** @param {Case} found @param {string} from @param {number} step @returns {StackSummary | null} */
export function neighbour(found, from, step) {
  const all = stacksInOrder(found);
  const at = all.findIndex((stack) => stack.id === from);
  return (at < 0 ? all[0] : all[at + step]) ?? null;
}

/** Stacks that are not on the screen yet, those after a given one first. @param {Case} found @param {string} after @param {string[]} shown */
export function stillToShow(found, after, shown) {
  const all = stacksInOrder(found);
  const at = all.findIndex((stack) => stack.id === after);
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].filter((stack) => !shown.includes(stack.id));
}

/** What a thumbnail is called. @param {Series} series @param {StackSummary} stack */
export function stackTitle(series, stack) {
  const own = labelText(stack.label);
  if (series.stacks.length > 1) return own || series.description || series.modality;
  return series.description || own || series.bodyPart || "Series without description";
}

/** @param {Series} series @param {StackSummary} stack @param {boolean} cine */
export function stackFacts(series, stack, cine = false) {
  return { kind: series.modality || "–", count: counted(stack.frameCount, cine ? "frame" : "image") };
}

/** Objects that cannot be displayed, those of one reason together. @param {OtherObject[]} others @returns {{reason: string, objects: OtherObject[]}[]} */
export function othersByReason(others) {
  /** @type {Map<string, OtherObject[]>} */
  const groups = new Map();
  for (const object of others) groups.set(object.reason, [...(groups.get(object.reason) ?? []), object]);
  return [...groups].map(([reason, objects]) => ({ reason, objects }));
}
