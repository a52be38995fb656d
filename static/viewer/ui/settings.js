/** What this browser remembers: choices of the person, never anything of a patient. */

/** @typedef {{characterKeys: boolean, corners: boolean, seriesPanel: boolean}} Settings */

const KEY = "telerad.viewer";
/** @type {Settings} */
const DEFAULTS = { characterKeys: true, corners: true, seriesPanel: true };

/** @returns {Settings} */
export function readSettings() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const known = Object.entries(DEFAULTS).map(([name, value]) => [name, typeof stored[name] === "boolean" ? stored[name] : value]);
    return Object.fromEntries(known);
  } catch {
    return { ...DEFAULTS }; // private mode, or somebody else's text under our key
  }
}

/** @param {Partial<Settings>} change */
export function rememberSettings(change) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readSettings(), ...change }));
  } catch {
    // Storage may be refused; the choice then holds until the page is left.
  }
}
