/** The page as one thing: case, viewports, panel, tool bar, address. */

import { AccessEnded } from "../io/door.js";
import { Address } from "./address.js";
import { commands, layoutIcon } from "./commands.js";
import { byId, isolated } from "./dom.js";
import { helpSheet } from "./help.js";
import { listenToKeys } from "./keys.js";
import { Grid } from "./layout.js";
import { Messages } from "./messages.js";
import { Panel } from "./panel.js";
import { SeriesPanel } from "./series.js";
import { neighbour, stacksInOrder, stillToShow } from "./serieslist.js";
import { readSettings, rememberSettings } from "./settings.js";
import { personGroups } from "./text.js";
import { Toolbar } from "./toolbar.js";
import { tooltips } from "./tooltip.js";

/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./types.js").Stack} Stack */
/** @typedef {import("./types.js").ViewState} ViewState */
/** @typedef {import("./gesture.js").Tool} Tool */
/** @typedef {import("./deeplink.js").LayoutName} LayoutName */
/** @typedef {import("./pane.js").Pane} Pane */
/**
 * @typedef {{fetchCase: () => Promise<Case>, fetchStack: (id: string) => Promise<Stack>}} Api
 * @typedef {{tiles: import("../io/tiles.js").TileStore, api: Api, signInUrl: string,
 *   thumbnail: (of: {instance: string, frame: number}) => Promise<string>}} Parts
 */

export class App {
  /** @param {Parts} parts */
  constructor({ tiles, api, signInUrl, thumbnail }) {
    this.api = api;
    this.tiles = tiles;
    this.signInUrl = signInUrl;
    this.messages = new Messages();
    this.menu = byId("menu", HTMLElement);
    this.settings = readSettings();
    /** @type {Tool} */
    this.tool = matchMedia("(pointer: coarse)").matches ? "scroll" : "window";
    this.display = { overlays: true, smoothing: /** @type {"auto" | "smooth" | "pixels"} */ ("auto") };
    /** @type {Case | null} */
    this.case = null;
    this.panel = new Panel();
    this.grid = new Grid(byId("grid", HTMLElement), tiles, byId("explain", HTMLElement), () => this.tool);
    this.grid.addEventListener("pane", (event) => this.#wire(/** @type {CustomEvent} */ (event).detail.pane));
    this.series = new SeriesPanel(byId("series-list", HTMLElement), { open: (id) => this.openStack(id), thumbnail });
    this.openHelp = helpSheet((on) => (this.settings.characterKeys = on));
    this.address = new Address(this);
    const run = commands(this);
    this.toolbar = new Toolbar(byId("toolbar", HTMLElement), byId("screenbar", HTMLElement), (command, from) => {
      run(command, from);
      // After a click the keys belong to the picture again; who tabs stays in the tool bar.
      if (!command.startsWith("menu-") && command !== "help" && !from.matches(":focus-visible")) this.grid.active.host.focus({ preventScroll: true });
    });
    listenToKeys({ characterKeys: () => this.settings.characterKeys, run });
    tooltips(document.body);
    this.#listen();
  }

  #listen() {
    this.grid.addEventListener("active", () => this.update());
    this.grid.addEventListener("layout", () => this.update());
    this.grid.addEventListener("drop", (event) => {
      const { pane, stack } = /** @type {CustomEvent} */ (event).detail;
      this.grid.setActive(this.grid.panes.indexOf(pane));
      this.openStack(stack, pane);
    });
    document.addEventListener("fullscreenchange", () => this.update());
    addEventListener("offline", () => this.lost("No connection. Pictures that are here can still be looked at."));
    addEventListener("online", () => this.messages.back());
  }

  /** @param {Pane} pane */
  #wire(pane) {
    pane.setCorners(this.settings.corners);
    pane.viewport.setOverlaysVisible(this.display.overlays);
    pane.setSmoothing(this.display.smoothing);
    pane.addEventListener("change", () => {
      if (pane === this.grid.active) {
        this.messages.speak(pane.spoken ?? "");
        this.update();
      } else {
        this.address.follow();
      }
    });
    pane.addEventListener("trouble", (event) => this.#trouble(pane, /** @type {CustomEvent} */ (event).detail));
    pane.addEventListener("progress", (event) => {
      const { loaded, total } = /** @type {CustomEvent} */ (event).detail;
      if (pane.stack) this.series.progress(pane.stack.id, total ? loaded / total : 1);
    });
  }

  /** @param {Pane} pane @param {{code: string, text: string}} detail */
  #trouble(pane, { code, text }) {
    if (!text) this.messages.back();
    else if (code === "ticket") this.messages.sessionEnded(this.signInUrl);
    else if (code === "stale" && pane.stack) {
      this.messages.say("This series has changed and is loaded again.");
      this.openStack(pane.stack.id, pane, pane.viewport.state);
    } else this.lost(text, () => this.tiles.scheduler.resume());
  }

  /** Fetches the case and shows what the address asks for. */
  async start() {
    this.grid.setLayout("1x1");
    this.case = await this.api.fetchCase();
    this.series.show(this.case);
    const { patient } = this.case;
    byId("case-patient", HTMLElement).replaceChildren(...isolated(patient ? [...personGroups(patient.name), patient.id] : []));
    if (!stacksInOrder(this.case).length) {
      this.messages.instead("No images to show", "This case holds nothing that can be displayed. Objects that can be downloaded are in the list of series.");
      return;
    }
    await this.address.restore();
  }

  /** @param {string} id @param {Pane} [pane] @param {Partial<ViewState> | null} [view] */
  async openStack(id, pane = this.grid.active, view) {
    this.panel.chosen();
    pane.wanted = id;
    pane.element.dataset.busy = "true";
    this.#markSeries();
    this.series.reveal(id);
    try {
      const stack = await this.api.fetchStack(id);
      // Another series was chosen for this viewport in the meantime.
      if (pane.wanted !== id) return;
      await pane.open(stack, view ?? undefined);
    } catch (error) {
      if (pane.wanted === id) this.#failed(pane, id, error);
    } finally {
      if (pane.wanted === id || pane.wanted === pane.stack?.id) delete pane.element.dataset.busy;
      this.update();
    }
  }

  /** @param {Pane} pane @param {string} id @param {unknown} error */
  #failed(pane, id, error) {
    pane.wanted = pane.stack?.id ?? null;
    if (!this.report(error, () => this.openStack(id, pane))) {
      pane.tile.show("file-x", "This series cannot be shown", error instanceof Error ? error.message : "The server gave no reason.");
    }
  }

  /**
   * Tells what went wrong where it concerns the whole page.
   * @param {unknown} error @param {() => void} again @returns {boolean} whether it did
   */
  report(error, again) {
    const status = /** @type {{status?: number}} */ (error ?? {}).status;
    if (error instanceof AccessEnded) {
      this.messages.sessionEnded(this.signInUrl);
      return true;
    }
    if (error instanceof TypeError || status === 502 || status === 503) {
      this.lost("No connection to the server. Pictures that are here can still be looked at.", again);
      return true;
    }
    return false;
  }

  /** @param {string} text @param {() => void} [again] */
  lost(text, again = () => this.address.restore()) {
    this.messages.lost(text, () => {
      this.messages.back();
      again();
    });
  }

  /** @param {number} step */
  openNeighbour(step) {
    const { stack } = this.grid.active;
    const found = this.case && stack ? neighbour(this.case, stack.id, step) : null;
    if (found) this.openStack(found.id);
    else this.messages.say(step > 0 ? "This is the last series." : "This is the first series.");
  }

  /** More viewports take the series that follow. @param {LayoutName} layout */
  setLayout(layout) {
    this.grid.setLayout(layout);
    if (!this.case) return;
    const shown = this.grid.shown.map((pane) => pane.wanted ?? "");
    const next = stillToShow(this.case, this.grid.active.wanted ?? "", shown);
    for (const pane of this.grid.shown) {
      const stack = pane.wanted ? null : next.shift();
      if (stack) this.openStack(stack.id, pane);
    }
  }

  /** @param {Tool} tool */
  setTool(tool) {
    this.tool = tool;
    byId("grid", HTMLElement).dataset.tool = tool;
  }

  toggleCorners() {
    this.settings.corners = !this.settings.corners;
    rememberSettings({ corners: this.settings.corners });
    for (const pane of this.grid.panes) pane.setCorners(this.settings.corners);
    this.messages.say(this.settings.corners ? "Corner text shown" : "Corner text hidden; identity stays");
  }

  get changeDisplay() {
    return {
      overlays: (/** @type {boolean} */ on) => {
        this.display.overlays = on;
        for (const pane of this.grid.panes) pane.viewport.setOverlaysVisible(on);
      },
      smoothing: (/** @type {"auto" | "smooth" | "pixels"} */ mode) => {
        this.display.smoothing = mode;
        for (const pane of this.grid.panes) pane.setSmoothing(mode);
      },
    };
  }

  async toggleFullScreen() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      this.messages.say("This browser does not allow full screen here.");
    }
  }

  #markSeries() {
    this.series.mark(this.grid.shown.map((pane) => pane.wanted ?? ""), this.grid.active.wanted ?? null);
  }

  /** Brings tool bar, panel and address up to date. */
  update() {
    const { grid } = this;
    const { viewport, stack } = grid.active;
    this.toolbar.update({
      tool: this.tool,
      presetLabel: stack ? grid.active.presetLabel : "",
      invert: Boolean(stack && viewport.state.invert),
      playing: Boolean(stack && viewport.playing),
      corners: this.settings.corners,
      color: Boolean(stack && viewport.header?.color),
      frames: grid.active.frameCount,
      empty: !stack,
      layoutIcon: layoutIcon(grid.layout),
      fullScreen: Boolean(document.fullscreenElement),
    });
    this.#markSeries();
    this.address.follow();
  }
}
