/** What each command does. Keys, tool bar and menus all end here. */

import { LAYOUTS } from "./deeplink.js";
import { LAYOUT_CHOICES, openDisplayMenu, openLayoutMenu, openMoreMenu, openWindowMenu } from "./menus.js";

/** @typedef {import("./app.js").App} App */

const ZOOM_STEP = 1.25;
const TOOLS = /** @type {const} */ (["window", "pan", "zoom", "scroll", "probe"]);

/**
 * @param {App} app
 * @returns {(command: string, from?: HTMLElement) => void}
 */
export function commands(app) {
  const { grid } = app;
  const viewport = () => grid.active.viewport;
  const center = () => {
    const { clientWidth, clientHeight } = grid.active.picture;
    return /** @type {[number, number]} */ ([clientWidth / 2, clientHeight / 2]);
  };

  /** Needs a picture in the active viewport. @type {Record<string, () => unknown>} */
  const onPicture = {
    next: () => grid.active.step(1),
    previous: () => grid.active.step(-1),
    first: () => grid.active.goTo(0),
    last: () => grid.active.goTo(grid.active.frameCount - 1),
    cine: () => grid.active.toggleCine(),
    space: () => (grid.active.stack?.cine || viewport().playing ? grid.active.toggleCine() : viewport().reset()),
    "auto-window": () => viewport().setPreset("auto"),
    invert: () => viewport().toggleInvert(),
    "zoom-in": () => viewport().zoomAt(ZOOM_STEP, ...center()),
    "zoom-out": () => viewport().zoomAt(1 / ZOOM_STEP, ...center()),
    fit: () => viewport().fit(),
    "one-to-one": () => viewport().oneToOne(),
    "rotate-right": () => viewport().rotate(1),
    "rotate-left": () => viewport().rotate(-1),
    "flip-horizontal": () => viewport().flipHorizontal(),
    "flip-vertical": () => viewport().flipVertical(),
    reset: () => viewport().reset(),
    "series-next": () => app.openNeighbour(1),
    "series-previous": () => app.openNeighbour(-1),
    "copy-link": async () => app.messages.say(await app.address.copy()),
  };

  /** @type {Record<string, (from: HTMLElement) => void>} */
  const onScreen = {
    maximise: () => grid.toggleMaximised(),
    "viewport-next": () => grid.moveActive(1),
    "viewport-previous": () => grid.moveActive(-1),
    "layout-next": () => app.setLayout(LAYOUTS[(LAYOUTS.indexOf(grid.layout) + 1) % LAYOUTS.length] ?? "1x1"),
    corners: () => app.toggleCorners(),
    "series-panel": () => app.panel.toggle(),
    "full-screen": () => app.toggleFullScreen(),
    help: () => app.openHelp(),
    "menu-window": (from) => openWindowMenu(app.menu, from, viewport()),
    "menu-layout": (from) => openLayoutMenu(app.menu, from, grid.layout, (name) => app.setLayout(name)),
    "menu-view": (from) => openDisplayMenu(app.menu, from, app.display, app.changeDisplay),
    "menu-more": (from) => openMoreMenu(app.menu, from, run),
  };

  /** @param {string} command @param {HTMLElement} [from] */
  function run(command, from = document.body) {
    const tool = TOOLS.find((name) => command === `tool-${name}`);
    if (tool) app.setTool(tool);
    else if (command.startsWith("preset-")) choosePreset(Number(command.slice("preset-".length)));
    else if (onScreen[command]) onScreen[command](from);
    else if (onPicture[command] && grid.active.stack) onPicture[command]();
    app.update();
  }

  /** @param {number} number from 1 */
  function choosePreset(number) {
    if (!grid.active.stack) return;
    const preset = viewport().presets[number - 1];
    if (!preset) return;
    viewport().setPreset(preset.choice);
    app.messages.say(`Window: ${preset.label}`);
  }

  return run;
}

/** The icon of a layout. @param {string} layout */
export function layoutIcon(layout) {
  return LAYOUT_CHOICES.find(({ name }) => name === layout)?.icon ?? "square";
}
