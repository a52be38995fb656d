/** The tool bar: groups of labelled icon buttons, and the state they show. */

import { el, setText } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { ariaKeys, capFor } from "./keymap.js";

/**
 * `tier` says when a button gives way to the "more" menu: "always" never, "wide" first.
 * @typedef {{command: string, icon: string, label: string, tier: "always" | "medium" | "wide", short?: string}} Button
 */

/** @type {Button[][]} */
export const GROUPS = [
  [
    { command: "tool-scroll", icon: "layers", label: "Scroll through images", short: "Scroll", tier: "always" },
    { command: "tool-window", icon: "contrast", label: "Window and level", short: "Window", tier: "always" },
    { command: "tool-pan", icon: "move", label: "Pan", tier: "medium" },
    { command: "tool-zoom", icon: "search", label: "Zoom", tier: "medium" },
    { command: "tool-probe", icon: "crosshair", label: "Probe a value", short: "Probe", tier: "medium" },
  ],
  [
    { command: "invert", icon: "blend", label: "Invert", tier: "medium" },
    { command: "cine", icon: "play", label: "Play", tier: "medium" },
  ],
  // Lucide names a flip by its axis, the page by what changes places.
  [
    { command: "rotate-left", icon: "rotate-ccw", label: "Rotate left", tier: "wide" },
    { command: "rotate-right", icon: "rotate-cw", label: "Rotate right", tier: "wide" },
    { command: "flip-horizontal", icon: "flip-vertical-2", label: "Flip left to right", tier: "wide" },
    { command: "flip-vertical", icon: "flip-horizontal-2", label: "Flip top to bottom", tier: "wide" },
  ],
  [
    { command: "fit", icon: "scan", label: "Fit to viewport", tier: "wide" },
    { command: "one-to-one", icon: "expand", label: "One image pixel per screen pixel", tier: "wide" },
    { command: "reset", icon: "undo-2", label: "Reset the view", tier: "medium" },
  ],
];

/** @type {Button[]} */
export const SCREEN_GROUP = [
  { command: "corners", icon: "eye", label: "Show or hide the corner text", tier: "medium" },
  { command: "copy-link", icon: "link", label: "Copy a link to this view", tier: "medium" },
  { command: "full-screen", icon: "maximize", label: "Full screen", tier: "medium" },
  { command: "help", icon: "keyboard", label: "Keys and gestures", tier: "wide" },
];

const TOOL = "tool-";

/**
 * @typedef {{tool: string, presetLabel: string, invert: boolean, playing: boolean, corners: boolean,
 *   color: boolean, frames: number, empty: boolean, layoutIcon: string, fullScreen: boolean}} ToolbarState
 */

export class Toolbar {
  /**
   * @param {HTMLElement} bar @param {HTMLElement} screenBar
   * @param {(command: string, from: HTMLElement) => void} run
   */
  constructor(bar, screenBar, run) {
    this.run = run;
    this.shown = "";
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    this.preset = el("span", { class: "preset-label" }, "Window");
    const presetButton = this.#menuButton("menu-window", "sliders-horizontal", "Window presets", this.preset);
    const groups = GROUPS.map((group, k) => this.#group(group, k === 0 ? "Left button or one finger" : ""));
    groups[1]?.prepend(presetButton);
    this.more = this.#menuButton("menu-more", "ellipsis", "More");
    this.more.classList.add("more-button");
    bar.append(...groups, this.more);
    this.layout = this.#menuButton("menu-layout", "square", "Layout");
    this.view = this.#menuButton("menu-view", "settings-2", "Display settings");
    const screen = this.#group(SCREEN_GROUP, "");
    screen.prepend(this.layout, this.view);
    screenBar.append(screen);
    walk(bar);
  }

  /** @param {Button[]} buttons @param {string} radioLabel */
  #group(buttons, radioLabel) {
    const box = el("div", { class: "tool-group", role: radioLabel ? "radiogroup" : "group", "aria-label": radioLabel || null });
    for (const spec of buttons) {
      const button = el("button", {
        type: "button", class: `tool tier-${spec.tier}`, "aria-label": spec.label, "data-tip": spec.label, "data-key": capFor(spec.command),
        "aria-keyshortcuts": ariaKeys(spec.command) || null, "data-command": spec.command,
      }, icon(spec.icon), spec.short ? el("span", { class: "tool-word" }, spec.short) : null);
      if (radioLabel) button.setAttribute("role", "radio");
      button.addEventListener("click", () => this.run(spec.command, button));
      this.buttons.set(spec.command, button);
      box.append(button);
    }
    return box;
  }

  /** @param {string} command @param {string} picture @param {string} label @param {HTMLElement | null} [text] */
  #menuButton(command, picture, label, text = null) {
    const button = el("button", {
      type: "button", class: text ? "tool tool-text" : "tool", "aria-label": label, "data-tip": label, "aria-haspopup": "dialog", "aria-expanded": "false",
      "data-command": command,
    }, icon(picture), text, icon("chevron-down"));
    button.lastElementChild?.classList.add("chevron");
    button.addEventListener("click", () => this.run(command, button));
    this.buttons.set(command, button);
    return button;
  }

  /** @param {ToolbarState} state */
  update(state) {
    const key = JSON.stringify(state);
    if (key === this.shown) return;
    this.shown = key;
    for (const [command, button] of this.buttons) {
      if (command.startsWith(TOOL)) button.setAttribute("aria-checked", String(command === TOOL + state.tool));
    }
    this.#pressed("invert", state.invert);
    this.#pressed("corners", state.corners);
    this.#pressed("full-screen", state.fullScreen);
    this.#picture("corners", state.corners ? "eye" : "eye-off");
    this.#picture("cine", state.playing ? "pause" : "play");
    this.#picture("full-screen", state.fullScreen ? "minimize" : "maximize");
    this.#picture("menu-layout", state.layoutIcon);
    const cine = this.buttons.get("cine");
    if (cine) this.#name(cine, state.playing ? "Stop" : "Play");
    const presetText = state.color ? "Colour" : state.presetLabel || "Window";
    setText(this.preset, presetText);
    this.buttons.get("menu-window")?.setAttribute("aria-label", `Window presets, now ${presetText}`);
    for (const [command, button] of this.buttons) button.disabled = isIdle(command, state);
  }

  /** @param {HTMLElement} button @param {string} label */
  #name(button, label) {
    button.setAttribute("aria-label", label);
    button.dataset.tip = label;
  }

  /** @param {string} command @param {boolean} pressed */
  #pressed(command, pressed) {
    this.buttons.get(command)?.setAttribute("aria-pressed", String(pressed));
  }

  /** @param {string} command @param {string} picture */
  #picture(command, picture) {
    const svg = this.buttons.get(command)?.querySelector("svg") ?? null;
    setIcon(svg, picture);
  }
}

const WITHOUT_PICTURE = new Set(["help", "full-screen", "corners", "menu-layout", "menu-view", "menu-more"]);

/** @param {string} command @param {ToolbarState} state */
function isIdle(command, state) {
  if (WITHOUT_PICTURE.has(command) || command.startsWith(TOOL)) return false;
  if (state.empty) return true;
  if (command === "cine") return state.frames < 2;
  return command === "menu-window" && state.color;
}

/** A tool bar is one stop of the Tab key; arrows walk inside (ARIA toolbar pattern). @param {HTMLElement} bar */
function walk(bar) {
  const buttons = () => /** @type {HTMLButtonElement[]} */ ([...bar.querySelectorAll("button")]).filter((button) => button.offsetParent && !button.disabled);
  /** @param {HTMLElement} stop */
  const only = (stop) => bar.querySelectorAll("button").forEach((button) => (button.tabIndex = button === stop ? 0 : -1));
  only(/** @type {HTMLElement} */ (bar.querySelector("button")));
  bar.addEventListener("focusin", (event) => event.target instanceof HTMLButtonElement && only(event.target));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    all[(at + step + all.length) % all.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}
