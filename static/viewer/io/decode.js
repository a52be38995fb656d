/** Inflate and decode a deep tile. Runs in the worker, and in the page where there is no worker. */

import { decodeDeepPlanes, DeepTileError, HEADER_BYTES, parseDeepHeader } from "../model/deep.js";

/** @typedef {import("../model/types.js").DeepTile} DeepTile */

/**
 * The values of a container. Rejects with DeepTileError (or the browser's TypeError for a broken zlib
 * stream) when the bytes are not a whole deep tile.
 * @param {Uint8Array} bytes
 * @returns {Promise<DeepTile>}
 */
export async function inflateDeep(bytes) {
  const header = parseDeepHeader(bytes);
  return decodeDeepPlanes(header, await inflate(bytes.subarray(HEADER_BYTES), header.rawLength));
}

/**
 * Exactly `length` bytes of a zlib stream; it stops at the first byte too many, so a small file cannot
 * fill the memory.
 * @param {Uint8Array} bytes
 * @param {number} length
 * @returns {Promise<Uint8Array>}
 */
async function inflate(bytes, length) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // A failing write also fails the reads below, where it is reported.
  writer.write(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const whole = new Uint8Array(length);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (filled + value.length > length) {
      reader.cancel().catch(() => {});
      throw new DeepTileError(`deep tile: inflates to more than ${length} bytes`);
    }
    whole.set(value, filled);
    filled += value.length;
  }
  if (filled !== length) throw new DeepTileError(`deep tile: ${filled} of ${length} bytes inflated`);
  return whole;
}
