/** The viewer page: reads its configuration, puts the parts together, starts. */

import { createApi } from "./io/api.js";
import { Door } from "./io/door.js";
import { TileStore } from "./io/tiles.js";
import { App } from "./ui/app.js";
import { byId } from "./ui/dom.js";
import { useSprite } from "./ui/icons.js";
import { thumbnailLoader } from "./ui/thumbnails.js";

const config = JSON.parse(byId("config", HTMLScriptElement).textContent ?? "{}");
config.workerUrl ??= document.body.dataset.workerUrl;
useSprite(config.spriteUrl ?? document.body.dataset.spriteUrl ?? "");

const api = createApi(config);
const tiles = new TileStore({ pixelsUrl: config.pixels, getTicket: api.getTicket, probe: api.probe, workerUrl: config.workerUrl });
const app = new App({
  tiles,
  // The server adds to a stack what only the page shows: study, patient, trust.
  api: { fetchCase: api.fetchCase, fetchStack: async (id) => /** @type {import("./ui/types.js").Stack} */ (await api.fetchStack(id)) },
  signInUrl: config.signInUrl ?? "/sign-in/",
  thumbnail: thumbnailLoader(new Door({ pixelsUrl: config.pixels, getTicket: api.getTicket })),
});

async function start() {
  try {
    await app.start();
  } catch (error) {
    if (app.report(error, start)) return;
    app.messages.instead("This case cannot be opened", error instanceof Error ? error.message : "The server gave no reason.");
  }
}

await start();
document.documentElement.dataset.ready = "true";
