/** What the trust strip says about a picture, and the plain sentence behind each word. Pure. */

import { counted, figure } from "./text.js";

/** @typedef {import("./types.js").Stack} Stack */
/** @typedef {import("./types.js").Header} Header */
/** @typedef {import("./types.js").Quality} Quality */
/** @typedef {"good" | "plain" | "caution" | "danger"} Tone */
/** @typedef {{id: string, tone: Tone, icon: string, words: string, sentence: string}} TrustItem */

/** Short words for the codes of geometry warnings; a code that is not here shows the start of its own text. */
const WARNING_WORDS = /** @type {Record<string, string>} */ ({
  "uneven-spacing": "Uneven spacing",
  "missing-slices": "Slices missing",
  "gantry-tilt": "Gantry tilt",
  "shifted-slices": "Slices shifted",
  sheared: "Slices sheared",
  "same-position": "Same position twice",
  "mixed-orientation": "Mixed orientation",
  "no-position": "Unsorted",
  passes: "Several passes",
  "pixel-size": "Pixel size varies",
  "frame-of-reference": "Several coordinate frames",
  conflict: "Conflict",
});

/** @param {string} text @param {number} most */
function shortened(text, most) {
  const first = (text.split(/[.:;]/)[0] ?? text).trim();
  return first.length <= most ? first : `${first.slice(0, most - 1).trimEnd()}…`;
}

/** @param {Quality} quality @param {Stack} stack @param {string} problem @returns {TrustItem} */
function qualityItem(quality, stack, problem) {
  if (problem) return { id: "failed", tone: "danger", icon: "file-x", words: "Cannot be shown", sentence: sentence(problem) };
  if (quality === "preview") {
    return {
      id: "preview", tone: "plain", icon: "image", words: "Preview, 8-bit",
      sentence: "This is a preview with 256 grey levels, windowed by the server. Stored values are on their way and replace it.",
    };
  }
  if (quality === "none") {
    return {
      id: "loading", tone: "plain", icon: "loader-circle", words: "Loading",
      sentence: "The picture has been asked for and has not arrived yet.",
    };
  }
  return stack.trust.lossy
    ? {
        id: "stored", tone: "plain", icon: "circle-check", words: "As stored",
        sentence: `The picture is made from everything the file holds. ${stack.trust.lossy.partly ? "Files of this stack were" : "The file itself was"} compressed with loss.`,
      }
    : {
        id: "stored", tone: "good", icon: "circle-check", words: "Stored values",
        sentence: "The picture is made from the stored pixel values at full depth. Nothing was lost on the way.",
      };
}

/** @param {{ratio: number | null, method: string, partly?: boolean} | null} lossy @returns {TrustItem[]} */
function lossyItem(lossy) {
  if (!lossy) return [];
  const ratio = lossy.ratio ? `${figure(lossy.ratio)} : 1` : "";
  const words = ["Lossy", ratio].filter(Boolean).join(" ");
  const how = [lossy.method && `by ${lossy.method}`, ratio && `about ${ratio}`].filter(Boolean).join(", ");
  const [what, it] = lossy.partly ? ["Some images of this stack were", "they"] : ["This image was", "it"];
  return [{
    id: "lossy", tone: "caution", icon: "file-warning", words,
    sentence: `${what} compressed with loss before ${it} came here${how ? ` (${how})` : ""}. Fine detail may be missing or altered.`,
  }];
}

/** @param {string} note @returns {TrustItem[]} */
function noteItem(note) {
  if (!note) return [];
  // The bytes of a JPEG leave no doubt how its colour is stored; the tag is wrong in every image of such a series.
  if (/^colour read as/i.test(note)) return [{ id: "colour", tone: "caution", icon: "info", words: "Colour corrected", sentence: sentence(note) }];
  return [{ id: "incomplete", tone: "danger", icon: "triangle-alert", words: /incomplete/i.test(note) ? "Incomplete" : "Doubtful", sentence: sentence(note) }];
}

/** @param {string} text */
function sentence(text) {
  const trimmed = text.trim();
  const start = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** @param {Header | null} header @returns {TrustItem[]} */
function spacingItem(header) {
  const source = header?.spacing?.source ?? "";
  const note = header?.spacing?.note ? ` ${sentence(header.spacing.note)}` : "";
  if (source === "none") {
    return [{
      id: "uncalibrated", tone: "caution", icon: "ruler", words: "Uncalibrated",
      sentence: `The file does not say how large a pixel is, so lengths are in pixels, not in millimetres.${note}`,
    }];
  }
  if (source === "at-detector") {
    return [{
      id: "at-detector", tone: "caution", icon: "ruler", words: "mm at detector",
      sentence: `Millimetres are those on the detector. The patient lies in front of it, so things appear larger than they are.${note}`,
    }];
  }
  if (source === "magnification-corrected") {
    return [{
      id: "magnification", tone: "plain", icon: "ruler", words: "mm estimated",
      sentence: `Millimetres are corrected by the magnification factor that the file states.${note}`,
    }];
  }
  if (source === "ultrasound-regions") {
    return [{
      id: "regions", tone: "plain", icon: "ruler", words: "mm by region",
      sentence: `Lengths hold only inside one calibrated region of the ultrasound image; other parts have other units.${note}`,
    }];
  }
  return [];
}

/** @param {Stack} stack @returns {TrustItem[]} */
function receivedItem(stack) {
  const { received, expected } = stack.trust;
  if (typeof expected !== "number" || received >= expected) return [];
  return [{
    id: "received", tone: "danger", icon: "layers", words: `${received} of ${expected} received`,
    sentence: `${counted(received, "image")} of ${expected} arrived. ${counted(expected - received, "image")} may be missing.`,
  }];
}

/**
 * The items of a viewport, most important first.
 * @param {{stack: Stack, header: Header | null, quality: Quality, note: string, problem?: string}} shown problem: why there is no picture
 * @returns {TrustItem[]}
 */
export function trustItems({ stack, header, quality, note, problem = "" }) {
  const { trust } = stack;
  /** @type {TrustItem[]} */
  const burned = trust.burnedIn
    ? [{
        id: "burned-in", tone: "caution", icon: "user", words: "Name may be in picture",
        sentence: "The file says that text is burned into the pixels. It may name the patient and stays there whatever is hidden on screen.",
      }]
    : [];
  const warnings = trust.warnings.map((warning, k) => ({
    id: `warning-${k}`,
    tone: /** @type {Tone} */ (warning.code.includes("conflict") ? "danger" : "caution"),
    icon: "triangle-alert",
    words: WARNING_WORDS[warning.code] ?? shortened(warning.text, 28),
    sentence: sentence(warning.text),
  }));
  const noteTexts = [...new Set([...trust.notes, header?.modality?.note ?? ""])].filter(Boolean);
  const notes = noteTexts.length
    ? [{
        id: "notes", tone: /** @type {Tone} */ ("plain"), icon: "info", words: counted(noteTexts.length, "note"),
        sentence: noteTexts.map(sentence).join(" "),
      }]
    : [];
  return [
    qualityItem(quality, stack, problem), ...noteItem(note), ...receivedItem(stack), ...warnings.filter((w) => w.tone === "danger"),
    ...lossyItem(trust.lossy), ...spacingItem(header), ...warnings.filter((w) => w.tone !== "danger"), ...burned, ...notes,
  ];
}

/**
 * How many chips fit in front of a "+n" chip.
 * @param {number[]} widths of the chips @param {number} room @param {number} moreWidth of the "+n" chip @param {number} gap
 */
export function chipsThatFit(widths, room, moreWidth, gap) {
  const total = widths.reduce((sum, width) => sum + width + gap, -gap);
  if (total <= room) return widths.length;
  let used = moreWidth;
  let count = 0;
  for (const width of widths) {
    if (used + gap + width > room) break;
    used += gap + width;
    count += 1;
  }
  return count;
}
