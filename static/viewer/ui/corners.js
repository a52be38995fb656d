/** The texts over a viewport: four corners, orientation letters, scale bar. */

import { condensed, CORNERS, fitLines, identityOnly, linesPerCorner, TIGHT_PX } from "./cornerlines.js";
import { el, isolated, setText } from "./dom.js";
import { lengthText } from "./text.js";

/** @typedef {import("./cornerlines.js").Line} Line */
/** @typedef {import("./cornerlines.js").Corner} Corner */

/** Below this the words of the scale bar stand over it (as in viewer.css). */
const NARROW_PX = 440;
/** The strip of trust has the whole sentence. */
const SHORT_NOTES = /** @type {Record<string, string>} */ ({ "magnification corrected": "estimated" });
const SIDES = /** @type {const} */ (["top", "right", "bottom", "left"]);
const CLASS = { topLeft: "top left", topRight: "top right", bottomLeft: "bottom left", bottomRight: "bottom right" };

export class CornerText {
  /** @param {HTMLElement} host the box over the picture */
  constructor(host) {
    /** @type {Record<string, HTMLElement>} */
    this.corners = {};
    for (const corner of CORNERS) {
      const box = el("div", { class: `corner ${CLASS[corner]}` });
      this.corners[corner] = box;
      host.append(box);
    }
    /** @type {Record<string, HTMLElement>} */
    this.letters = {};
    for (const side of SIDES) {
      const letter = el("span", { class: `letter ${side}` });
      this.letters[side] = letter;
      host.append(letter);
    }
    this.scaleText = el("span", { class: "scale-text" });
    this.scaleBar = el("span", { class: "scale-bar" });
    this.scaleBox = el("div", { class: "corner-line scale" }, this.scaleBar, this.scaleText);
    this.host = host;
  }

  /**
   * @param {Record<Corner, Line[]>} full
   * @param {{width: number, height: number, all: boolean, scale: {mm: number | null, pixels: number, note: string}}} room
   */
  update(full, { width, height, all, scale }) {
    const lineHeight = width < 420 || height < 360 ? 14 : width > 900 ? 18 : 16;
    this.host.style.setProperty("--line", `${lineHeight}px`);
    const tight = width < TIGHT_PX;
    const corners = tight ? condensed(full) : full;
    this.host.dataset.tight = String(tight);
    const most = linesPerCorner(height, lineHeight);
    for (const corner of CORNERS) {
      const box = this.corners[corner];
      if (!box) continue;
      const withScale = corner === "bottomLeft" && all && !tight;
      const wanted = all ? corners[corner] : identityOnly(corners[corner]);
      const lines = fitLines(wanted, most - (withScale ? (width < NARROW_PX ? 2 : 1) : 0));
      const changed = this.#fill(box, lines, withScale ? this.scaleBox : null);
      // A long name takes more than one line; then others give way to it.
      if (changed && corner === "topLeft") {
        this.#makeRoom(box, lines, most * lineHeight);
        this.host.style.setProperty("--head", `${box.offsetHeight}px`);
      }
    }
    this.#scale(scale);
  }

  /** @param {HTMLElement} box @param {Line[]} lines @param {number} heightPx */
  #makeRoom(box, lines, heightPx) {
    let kept = lines;
    while (box.offsetHeight > heightPx) {
      const fewer = fitLines(kept, kept.length - 1);
      if (fewer.length === kept.length) return;
      kept = fewer;
      this.#fill(box, kept, null);
    }
  }

  /** @param {HTMLElement} box @param {Line[]} lines @param {HTMLElement | null} last @returns {boolean} whether anything changed */
  #fill(box, lines, last) {
    let changed = box.children.length !== lines.length + (last ? 1 : 0);
    const rows = [...box.children].filter((row) => row !== this.scaleBox);
    lines.forEach((line, k) => {
      const row = rows[k] ?? el("div");
      const key = `${line.id}\n${line.texts.join("\n")}`;
      if (/** @type {HTMLElement} */ (row).dataset.key !== key) {
        changed = true;
        /** @type {HTMLElement} */ (row).dataset.key = key;
        row.className = line.strong ? "corner-line strong" : "corner-line";
        row.replaceChildren(...isolated(line.texts, line.gap));
      }
      if (!row.parentNode) box.append(row);
    });
    rows.slice(lines.length).forEach((row) => row.remove());
    if (last) {
      if (box.lastChild !== last) box.append(last);
    } else if (this.scaleBox.parentNode === box) {
      this.scaleBox.remove();
    }
    return changed;
  }

  /** @param {{mm: number | null, pixels: number, note: string}} scale */
  #scale(scale) {
    const calibrated = scale.mm !== null && scale.pixels > 0;
    this.scaleBar.hidden = !calibrated;
    if (calibrated) this.scaleBar.style.setProperty("inline-size", `${scale.pixels}px`);
    setText(this.scaleText, calibrated ? [lengthText(scale.mm ?? 0), SHORT_NOTES[scale.note] ?? scale.note].filter(Boolean).join(" ") : scale.note || "uncalibrated");
  }

  /** @param {{top: string, right: string, bottom: string, left: string}} letters */
  orient(letters) {
    for (const side of SIDES) {
      const letter = this.letters[side];
      if (letter) setText(letter, letters[side] ?? "");
    }
  }
}
