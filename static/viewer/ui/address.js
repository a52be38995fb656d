/** The address of the page and the screen: each says what the other shows. */

import { decodeView, encodeView } from "../model/view.js";
import { decodeScreen, encodeScreen, throttledWriter } from "./deeplink.js";
import { firstStack, stacksInOrder } from "./serieslist.js";

/** @typedef {import("./app.js").App} App */

export class Address {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.write = throttledWriter((fragment) => history.replaceState(history.state, "", `#${fragment}`), setTimeout);
    addEventListener("hashchange", () => this.restore());
  }

  /** Shows what the fragment says. */
  async restore() {
    const { app } = this;
    if (!app.case) return;
    const screen = decodeScreen(location.hash);
    const known = new Set(stacksInOrder(app.case).map((stack) => stack.id));
    app.grid.setLayout(screen.layout, screen.active);
    const views = screen.views.map((text) => (text ? decodeView(text) : null));
    if (views.some((view) => view?.stack && !known.has(view.stack))) app.messages.say("The link names a series that is not in this case.");
    const first = firstStack(app.case);
    await Promise.all(views.map((view, k) => {
      const pane = app.grid.panes[k];
      const named = view?.stack && known.has(view.stack) ? view.stack : null;
      const id = named ?? (k === 0 ? first?.id : null);
      return pane && id ? app.openStack(id, pane, named ? view : null) : undefined;
    }));
  }

  get fragment() {
    const { grid } = this.app;
    const views = grid.shown.map(({ viewport, stack }) => (stack && viewport.stack ? encodeView(viewport.state) : null));
    return encodeScreen({ layout: grid.layout, active: grid.activeIndex, views });
  }

  /** Lets the address follow the screen. */
  follow() {
    // While pictures are on their way the address still says what was asked for.
    if (this.app.grid.shown.some((pane) => pane.element.dataset.busy || pane.viewport.playing)) return;
    this.write(this.fragment);
  }

  /** @returns {Promise<string>} what to tell */
  async copy() {
    const url = `${location.origin}${location.pathname}${location.search}#${this.fragment}`;
    try {
      await navigator.clipboard.writeText(url);
      return "Link to this view copied";
    } catch {
      history.replaceState(history.state, "", url);
      return "The link to this view is in the address bar";
    }
  }
}
