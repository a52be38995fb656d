/**
 * The keys. Pure: a key event's facts in, the name of a command out.
 *
 * A key is a *character key* when it types a letter, digit, sign or space: those can be switched off
 * (WCAG 2.1.4). Arrow keys, Home, End, Page Up, Page Down and Escape always work.
 */

/**
 * @typedef {{command: string, keys: string[], label: string, group: string, character: boolean}} Binding
 */

/** @param {string} group @param {[string, string[], string][]} rows @returns {Binding[]} */
function group(group, rows) {
  return rows.map(([command, keys, label]) => ({
    command, keys, label, group, character: keys.every((key) => key.length === 1),
  }));
}

/** @type {Binding[]} */
export const BINDINGS = [
  ...group("Images", [
    ["next", ["ArrowDown", "ArrowRight"], "Next image"],
    ["previous", ["ArrowUp", "ArrowLeft"], "Previous image"],
    ["first", ["Home"], "First image"],
    ["last", ["End"], "Last image"],
    ["series-next", ["PageDown"], "Next series"],
    ["series-previous", ["PageUp"], "Previous series"],
    ["cine", ["c", "k"], "Play or stop"],
    ["space", [" "], "Stop or play a cine; otherwise reset"],
  ]),
  ...group("Window", [
    ["preset-1", ["1"], "Window presets 1 to 9"],
    ...Array.from({ length: 8 }, (_, k) => /** @type {[string, string[], string]} */ ([`preset-${k + 2}`, [String(k + 2)], ""])),
    ["auto-window", ["a"], "Window from the picture"],
    ["invert", ["i"], "Invert"],
  ]),
  ...group("Camera", [
    ["zoom-in", ["+"], "Zoom in"],
    ["zoom-out", ["-"], "Zoom out"],
    ["fit", ["="], "Fit to viewport"],
    ["one-to-one", ["0"], "One image pixel per screen pixel"],
    ["rotate-right", ["r"], "Rotate right"],
    ["rotate-left", ["l"], "Rotate left"],
    ["flip-horizontal", ["h"], "Flip left to right"],
    ["flip-vertical", ["v"], "Flip top to bottom"],
    ["reset", ["Backspace"], "Reset the view"],
  ]),
  ...group("Left button or one finger", [
    ["tool-window", ["w"], "Window and level"],
    ["tool-pan", ["p"], "Pan"],
    ["tool-zoom", ["z"], "Zoom"],
    ["tool-scroll", ["s"], "Scroll through images"],
    ["tool-probe", ["b"], "Probe a value"],
  ]),
  ...group("Screen", [
    ["maximise", ["m"], "Maximise the viewport, and back"],
    ["viewport-next", ["."], "Next viewport"],
    ["viewport-previous", [","], "Previous viewport"],
    ["layout-next", ["g"], "Next layout"],
    ["corners", ["o"], "Show or hide the corner text"],
    ["series-panel", ["["], "Show or hide the series"],
    ["full-screen", ["f"], "Full screen"],
    ["copy-link", ["u"], "Copy a link to this view"],
    ["help", ["?"], "This sheet"],
  ]),
];

/** @type {Map<string, Binding>} */
const BY_KEY = new Map(BINDINGS.flatMap((binding) => binding.keys.map((key) => [key, binding])));

/**
 * The command for a key, or null when the key is somebody else's.
 * @param {{key: string, ctrl: boolean, alt: boolean, meta: boolean}} event
 * @param {{characterKeys: boolean, focus: "text" | "range" | "control" | "none"}} context
 * @returns {string | null}
 */
export function commandFor(event, { characterKeys, focus }) {
  if (event.ctrl || event.alt || event.meta) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const binding = BY_KEY.get(key);
  if (!binding) return null;
  if (focus === "text") return null;
  if (key.length === 1 && !characterKeys) return null;
  // A control keeps the keys that work it.
  if (focus === "control" && (key === " " || key.startsWith("Arrow"))) return null;
  return binding.command;
}

/** How a key is written on a key cap. @param {string} key */
export function keyCap(key) {
  return {
    " ": "Space", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", PageDown: "Page ↓", PageUp: "Page ↑", "-": "−",
  }[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** The first key of a command as a key cap, or "". @param {string} command */
export function capFor(command) {
  const binding = BINDINGS.find((row) => row.command === command);
  return binding?.keys[0] ? keyCap(binding.keys[0]) : "";
}

/** The same as `aria-keyshortcuts` wants it. @param {string} command */
export function ariaKeys(command) {
  const binding = BINDINGS.find((row) => row.command === command);
  return (binding?.keys ?? []).map((key) => ({ " ": "Space", "+": "Plus" }[key] ?? (key.length === 1 ? key.toUpperCase() : key))).join(" ");
}
