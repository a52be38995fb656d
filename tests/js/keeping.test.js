import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchError, BatchParser } from "../../static/viewer/model/batch.js";
import { base64Bytes, base64Words } from "../../static/viewer/model/base64.js";
import { ByteLru } from "../../static/viewer/model/lru.js";
import { generator } from "./seeded.js";

test("the store is bounded in bytes and the least recently used entry leaves first", () => {
  /** @type {string[]} */
  const gone = [];
  const lru = new ByteLru(100, (key) => gone.push(key));
  lru.set("a", 1, 40);
  lru.set("b", 2, 40);
  lru.get("a");
  lru.set("c", 3, 40);
  assert.deepEqual([gone, lru.bytes, lru.has("a")], [["b"], 80, true]);
  lru.set("c", 4, 10);
  assert.deepEqual([lru.bytes, lru.get("c")], [50, 4]);
});

test("an entry larger than the bound stays alone: it is being looked at", () => {
  const lru = new ByteLru(100);
  lru.set("a", 1, 40);
  lru.set("huge", 2, 500);
  assert.deepEqual([lru.size, lru.has("huge")], [1, true]);
});

test("spare entries leave before older ones", () => {
  const lru = new ByteLru(100, undefined, (key) => key === "spare");
  lru.set("old", 1, 40);
  lru.set("spare", 1, 40);
  lru.set("new", 1, 40);
  assert.deepEqual([lru.has("old"), lru.has("spare")], [true, false]);
});

test("clearing tells of each entry", () => {
  let count = 0;
  const lru = new ByteLru(100, () => { count += 1; });
  lru.set("a", 1, 1);
  lru.set("b", 1, 1);
  lru.clear();
  assert.deepEqual([count, lru.bytes, lru.size], [2, 0, 0]);
});

/** @param {[number, number, Uint8Array][]} records */
function stream(records) {
  return Buffer.concat(records.flatMap(([position, kind, bytes]) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(position, 0);
    head.writeUInt32LE(kind, 4);
    head.writeUInt32LE(bytes.length, 8);
    return [head, Buffer.from(bytes)];
  }));
}

test("records come out whole wherever the chunks break, empty ones too", () => {
  const random = generator(3);
  const whole = stream([[12, 0, new Uint8Array(1000).fill(7)], [13, 2, new Uint8Array(0)], [14, 1, Uint8Array.of(1, 2, 3)], [300_000, 3, Uint8Array.of(9)]]);
  for (let round = 0; round < 200; round += 1) {
    const parser = new BatchParser();
    const found = [];
    for (let at = 0; at < whole.length;) {
      const size = 1 + Math.floor(random() ** 3 * 400);
      found.push(...parser.push(whole.subarray(at, at + size)));
      at += size;
    }
    assert.ok(parser.complete);
    assert.deepEqual(found.map(({ position, kind, bytes }) => [position, kind, bytes.length]), [[12, "deep", 1000], [13, "problem", 0], [14, "png", 3], [300_000, "jpeg", 1]]);
    assert.deepEqual([...found[2].bytes], [1, 2, 3]);
    assert.ok(found[0].bytes.every((byte) => byte === 7));
  }
});

test("a stream that ends within a record is not complete", () => {
  const parser = new BatchParser();
  parser.push(stream([[1, 0, new Uint8Array(100)]]).subarray(0, 60));
  assert.equal(parser.complete, false);
});

test("a length that no frame has, or an unknown kind, is refused before memory is taken", () => {
  assert.throws(() => new BatchParser().push(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255)), BatchError);
  assert.throws(() => new BatchParser().push(stream([[1, 9, new Uint8Array(1)]])), BatchError);
});

test("base64 gives bytes and little-endian words, and refuses anything else", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const length of [0, 1, 2, 3, 255, 256]) {
    const text = Buffer.from(bytes.subarray(0, length)).toString("base64");
    assert.deepEqual(base64Bytes(text), bytes.slice(0, length));
  }
  assert.deepEqual([...base64Words("AQIDBA==")], [0x0201, 0x0403]);
  assert.throws(() => base64Bytes("a b"), RangeError);
});
