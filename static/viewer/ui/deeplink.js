/**
 * The fragment of the address holds the exact view, so that a copied address opens it again. It holds
 * identifiers and figures only, never patient data; a fragment is not sent to any server.
 *
 * One viewport: the encoded view itself. Several: `layout=1x2&active=1&p0=…&p1=…`.
 */

/** @typedef {"1x1" | "1x2" | "2x1" | "2x2"} LayoutName */

/** @type {LayoutName[]} */
export const LAYOUTS = ["1x1", "1x2", "2x1", "2x2"];

/** @param {LayoutName} layout rows x columns */
export function cellCount(layout) {
  return Number(layout[0]) * Number(layout[2]);
}

/**
 * @param {{layout: LayoutName, active: number, views: (string | null)[]}} screen encoded views, null for an empty viewport
 * @returns {string} without "#"
 */
export function encodeScreen({ layout, active, views }) {
  if (layout === "1x1") return views[0] ?? "";
  const query = new URLSearchParams({ layout, active: String(active) });
  views.slice(0, cellCount(layout)).forEach((view, k) => view && query.set(`p${k}`, view));
  return query.toString();
}

/**
 * @param {string} fragment with or without "#"
 * @returns {{layout: LayoutName, active: number, views: (string | null)[]}}
 */
export function decodeScreen(fragment) {
  const text = fragment.replace(/^#/, "");
  const query = new URLSearchParams(text);
  const layout = LAYOUTS.find((name) => name === query.get("layout"));
  if (!layout) return { layout: "1x1", active: 0, views: [text || null] };
  const count = cellCount(layout);
  const active = Number(query.get("active"));
  return {
    layout,
    active: Number.isInteger(active) && active >= 0 && active < count ? active : 0,
    views: Array.from({ length: count }, (_, k) => query.get(`p${k}`)),
  };
}

/**
 * Writes the address at most once in `intervalMs` and always the last one: browsers refuse more than
 * about 100 changes in 30 s.
 * @param {(fragment: string) => void} write
 * @param {(run: () => void, ms: number) => unknown} later
 * @param {number} [intervalMs]
 */
export function throttledWriter(write, later, intervalMs = 500) {
  /** @type {string | null} */
  let pending = null;
  let waiting = false;
  let written = "";
  const flush = () => {
    waiting = false;
    if (pending === null || pending === written) return;
    written = pending;
    pending = null;
    write(written);
  };
  return (/** @type {string} */ fragment) => {
    pending = fragment;
    if (waiting) return;
    waiting = true;
    later(flush, intervalMs);
  };
}
