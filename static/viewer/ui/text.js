/** Words and figures as they stand on the screen. Pure: dates come in as texts, never from a clock. */

/** @typedef {import("./types.js").PersonName} PersonName */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * One component group of a Person Name as it is written: FAMILY, Given Middle (PS3.5 6.2.1.1).
 * Text that holds no component delimiter is left as it is.
 * @param {string} group
 */
export function personGroup(group) {
  if (!group.includes("^")) return group.trim();
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = group.split("^").map((part) => part.trim());
  const first = [prefix, given, middle].filter(Boolean).join(" ");
  // A comma between family and given name is a custom of the Latin script.
  return [family, first, suffix].filter(Boolean).join(/[a-z]/i.test(group) ? ", " : " ");
}

/**
 * All component groups that hold something: Latin, ideographic, phonetic, in this order.
 * @param {PersonName | null | undefined} name
 * @returns {string[]}
 */
export function personGroups(name) {
  if (!name) return [];
  return [name.alphabetic, name.ideographic, name.phonetic].map((group) => personGroup(group ?? "")).filter(Boolean);
}

/** @param {string} iso "1970-01-31" @returns {{year: number, month: number, day: number} | null} */
function parts(iso) {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  if (!found) return null;
  return { year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) };
}

/** 2020-01-31 as 31 Jan 2020: no country reads this in another order. @param {string} iso */
export function dateText(iso) {
  const date = parts(iso);
  const month = date ? MONTHS[date.month - 1] : undefined;
  if (!date || !month) return iso ?? "";
  return `${String(date.day).padStart(2, "0")} ${month} ${date.year}`;
}

/** 14:20:05.123 as 14:20. @param {string} iso */
export function timeText(iso) {
  return /^\d{2}:\d{2}/.test(iso ?? "") ? iso.slice(0, 5) : "";
}

/**
 * Age on a day: days up to the 4th week, weeks to 3 months, months to 2 years, then years (as AS in PS3.5 6.2).
 * Empty when a date is missing or the birth date lies after the day.
 * @param {string} birthIso @param {string} dayIso
 */
export function ageText(birthIso, dayIso) {
  const birth = parts(birthIso);
  const day = parts(dayIso);
  if (!birth || !day) return "";
  const days = Math.round(
    (Date.UTC(day.year, day.month - 1, day.day) - Date.UTC(birth.year, birth.month - 1, birth.day)) / 86_400_000,
  );
  if (days < 0) return "";
  if (days < 28) return `${days} d`;
  const months = (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day ? 1 : 0);
  if (months < 3) return `${Math.floor(days / 7)} w`;
  if (months < 24) return `${months} m`;
  return `${Math.floor(months / 12)} y`;
}

/** Three significant figures or whole numbers, without exponent where people read none. @param {number} value */
export function figure(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e7)) return minus(value.toExponential(2));
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return minus(String(Number(value.toFixed(digits))));
}

/** @param {string} text */
function minus(text) {
  return text.replace("-", "−");
}

/** Millimetres with a fixed number of decimals, so that the text keeps its width. @param {number} mm @param {number} [decimals] */
export function millimetres(mm, decimals = 1) {
  return `${minus((mm === 0 ? 0 : mm).toFixed(decimals))} mm`;
}

/** The length of a scale bar, a round number of millimetres or, on slides, micrometres. @param {number} mm */
export function lengthText(mm) {
  if (mm < 0.1) return `${Number((mm * 1000).toPrecision(2))} µm`;
  return `${Number(mm.toPrecision(2))} mm`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** Milliseconds as 1.25 s. @param {number} ms */
export function secondsText(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** A DICOM sex code as it is written; unknown codes as they are. @param {string} code */
export function sexText(code) {
  return { M: "M", F: "F", O: "Other" }[code] ?? code ?? "";
}

/** A stack's label without the count at its end, which stands beside it. @param {string} label */
export function labelText(label) {
  return label.replace(/,?\s*\d+ [a-z]+$/, "");
}
