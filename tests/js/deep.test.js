import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import { decodeDeepPlanes, DeepTileError, HEADER_BYTES, parseDeepHeader } from "../../static/viewer/model/deep.js";
import { base64Bytes } from "../../static/viewer/model/base64.js";
import { inflateDeep } from "../../static/viewer/io/decode.js";
import { sha256, vectors } from "./vectors.js";

const deep = vectors("deep.json");

function decode(/** @type {Uint8Array} */ bytes) {
  const header = parseDeepHeader(bytes);
  return decodeDeepPlanes(header, inflateSync(bytes.subarray(HEADER_BYTES)));
}

for (const given of deep.cases) {
  test(`deep tile: ${given.name}`, async () => {
    const container = base64Bytes(given.container);
    for (const tile of [decode(container), await inflateDeep(container)]) {
      assert.deepEqual([tile.width, tile.height, tile.signed], [given.width, given.height, given.signed]);
      assert.deepEqual([tile.bitsStored, tile.modalityValues], [given.bitsStored, given.modalityValues]);
      if (given.values) assert.deepEqual([...tile.values], given.values);
      assert.equal(sha256(tile.values), given.sha256);
    }
  });
}

// Browsers refuse bytes after the end of the stream, as the Compression Standard says; Node 20 does not.
const ignoresTheRest = await inflateDeep(new Uint8Array([...encodeMed(new Uint16Array(1), 1, 1, false), 0])).then(() => true, () => false);

for (const given of deep.refused) {
  const skip = ignoresTheRest && given.name === "bytes after the stream" ? "this runtime ignores bytes after the stream" : false;
  test(`deep tile refused: ${given.name}`, { skip }, async () => {
    await assert.rejects(inflateDeep(base64Bytes(given.container)));
  });
}

test("all 65,536 patterns come back, signed and unsigned, through an encoder written from docs/deep-tile.md", async () => {
  for (const signed of [false, true]) {
    const words = new Uint16Array(65_536);
    let held = 12_345;
    for (let i = 0; i < words.length; i += 1) words[i] = i;
    for (let i = words.length - 1; i > 0; i -= 1) {
      held = (held * 1_103_515_245 + 12_345) % 2_147_483_648;
      const j = held % (i + 1);
      [words[i], words[j]] = [words[j], words[i]];
    }
    const values = signed ? new Int16Array(words.buffer) : words;
    assert.deepEqual((await inflateDeep(encodeMed(values, 256, 256, signed))).values, values);
  }
});

test("a stream that inflates past its length is stopped", async () => {
  const bytes = encodeMed(new Uint16Array(4), 2, 2, false);
  const bomb = new Uint8Array([...bytes.subarray(0, HEADER_BYTES), ...deflateSync(new Uint8Array(5_000_000))]);
  await assert.rejects(inflateDeep(bomb), DeepTileError);
});

/**
 * The slow, literal form of the rules.
 * @param {Uint16Array|Int16Array} values
 */
function encodeMed(values, width, height, signed) {
  const count = width * height;
  const planes = new Uint8Array(2 * count);
  for (let i = 0; i < count; i += 1) {
    const a = i % width ? values[i - 1] : 0;
    const b = i >= width ? values[i - width] : 0;
    const c = i % width && i >= width ? values[i - width - 1] : 0;
    let p = Math.max(Math.min(a, b), Math.min(Math.max(a, b), a + b - c));
    if (i < width) p = a;
    else if (i % width === 0) p = b;
    const r = ((values[i] - p) << 16) >> 16;
    const z = ((r << 1) ^ (r >> 15)) & 0xffff;
    planes[i] = z & 0xff;
    planes[i + count] = z >> 8;
  }
  const head = new Uint8Array(HEADER_BYTES);
  const view = new DataView(head.buffer);
  head.set([0x54, 0x44, 0x54, 0x31, 1, 3, 16, signed ? 1 : 0]);
  view.setUint16(8, width, true);
  view.setUint16(10, height, true);
  view.setUint32(12, 2 * count, true);
  return new Uint8Array([...head, ...deflateSync(planes)]);
}
