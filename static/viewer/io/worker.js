/** The worker: compressed deep tiles in, values out, without touching the page's thread. */

import { inflateDeep } from "./decode.js";

/** @typedef {{id: number, bytes: Uint8Array}} Question */
/** @typedef {{id: number, tile?: import("../model/types.js").DeepTile, error?: string}} Answer */

const port = /** @type {{postMessage(message: Answer, transfer: Transferable[]): void,
  onmessage: ((event: MessageEvent<Question>) => void)|null}} */ (/** @type {unknown} */ (globalThis));

port.onmessage = async (/** @type {MessageEvent<Question>} */ event) => {
  const { id, bytes } = event.data;
  try {
    const tile = await inflateDeep(bytes);
    port.postMessage({ id, tile }, [/** @type {ArrayBuffer} */ (tile.values.buffer)]);
  } catch (error) {
    port.postMessage({ id, error: String(error instanceof Error ? error.message : error) }, []);
  }
};
