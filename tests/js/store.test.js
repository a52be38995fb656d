// The store of pictures against a door of our own; no worker, no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { TileStore } from "../../static/viewer/io/tiles.js";
import { deepWant } from "../../static/viewer/io/wants.js";
import { header } from "./vectors.js";

Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: 1 }, configurable: true });

/** A deep tile of one value everywhere. @param {number} value */
function deepTile(value) {
  const head = Buffer.from([0x54, 0x44, 0x54, 0x31, 1, 0, 16, 1, 16, 0, 16, 0, 0, 2, 0, 0]);
  const planes = new Uint8Array(512).fill(0);
  planes.fill(2 * value, 0, 256);
  return Buffer.concat([head, deflateSync(planes)]);
}

/** @param {string} name @param {number} count */
function stackOf(name, count) {
  const frames = Array.from({ length: count }, (_, k) => ({ instance: name, frame: k + 1, header: 0 }));
  return /** @type {any} */ ({ id: `stack-${name}`, revision: "r", frames, headers: [header()], frameCount: count, series: { modality: "CT" } });
}

/** @param {(path: string) => Response|Promise<Response>} answer */
function storeWith(answer) {
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ url, /** @type {any} */ { signal }) => {
    asked.push(url);
    const response = await answer(url);
    if (signal?.aborted) throw new DOMException("aborted", "AbortError");
    return response;
  });
  const store = new TileStore({ pixelsUrl: "/p", getTicket: async () => "t", workerUrl: "none:", budget: { decoded: 1e6, packed: 1e6 } });
  return { store, asked };
}

/** @param {any} stack @param {number} index */
const interest = (stack, index) => ({
  index, direction: /** @type {1} */ (1), query: "", ahead: () => [],
  wants: [deepWant(stack.frames[index], { level: 0, column: 0, row: 0 })],
});
const until = async (/** @type {() => boolean} */ done) => {
  for (let k = 0; k < 300 && !done(); k += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(done());
};
/** @param {[number, number, Uint8Array][]} records */
const batch = (records) => new Response(Buffer.concat(records.flatMap(([position, kind, bytes]) => {
  const head = Buffer.alloc(12);
  [position, kind, bytes.length].forEach((value, k) => head.writeUInt32LE(value, 4 * k));
  return [head, Buffer.from(bytes)];
})));
/** @param {string} url */
const range = (url) => (/range=(\d+)-(\d+)/.exec(url) ?? []).slice(1).map(Number);
const quiet = { arrived: () => {}, trouble: () => {} };

test("the frame in view comes alone, its neighbours in batches, all with their own values", async () => {
  const stack = stackOf("a", 12);
  const { store, asked } = storeWith((url) => {
    if (!url.includes("range=")) return new Response(deepTile(Number(/frames\/(\d+)/.exec(url)?.[1])));
    const [first, last] = range(url);
    return batch(Array.from({ length: last - first + 1 }, (_, k) => [first + k, 0, deepTile(first + k)]));
  });
  const session = store.open(stack, quiet);
  session.show(interest(stack, 3));
  await until(() => session.loaded === 12);
  assert.match(asked[0], /frames\/4\/tiles\/0\/0\/0\.deep$/);
  // A small batch first: who has just jumped may jump again.
  assert.match(asked[1], /range=5-6&kind=deep&revision=r$/);
  await until(() => stack.frames.every((/** @type {any} */ frame) => store.picture(deepWant(frame, { level: 0, column: 0, row: 0 }).key)));
  for (const frame of stack.frames) {
    const picture = store.picture(deepWant(frame, { level: 0, column: 0, row: 0 }).key);
    assert.ok(picture?.kind === "deep" && picture.tile.values.every((value) => value === frame.frame));
  }
  session.close();
});

test("a frame that fails is named, its neighbours go on, and it is not asked for again", async () => {
  const stack = stackOf("b", 3);
  const { store, asked } = storeWith((url) =>
    url.includes("range=")
      ? batch([[2, 2, Buffer.from(JSON.stringify({ code: "unsupported", detail: "the frame is cut" }))], [3, 0, deepTile(3)]])
      : new Response(deepTile(1)));
  const session = store.open(stack, quiet);
  session.show(interest(stack, 0));
  await until(() => session.loaded === 2);
  assert.deepEqual(store.problem("b/2"), { code: "unsupported", text: "the frame is cut" });
  const before = asked.length;
  session.show(interest(stack, 1));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(asked.length, before);
  session.close();
});

test("bytes that are no deep tile are a named failure, not a picture", async () => {
  const stack = stackOf("c", 1);
  const { store } = storeWith(() => new Response(deepTile(1).subarray(0, 20)));
  const session = store.open(stack, quiet);
  session.show(interest(stack, 0));
  await until(() => store.problem("c/1") !== undefined);
  assert.deepEqual([store.problem("c/1")?.code, session.loaded], ["damaged", 0]);
  session.close();
});

test("a batch that holds a position that was not asked for is refused, and frames come one by one", async () => {
  const stack = stackOf("d", 3);
  const { store, asked } = storeWith((url) => url.includes("range=") ? batch([[9, 0, deepTile(9)]]) : new Response(deepTile(1)));
  const session = store.open(stack, quiet);
  session.show(interest(stack, 0));
  await until(() => session.loaded === 3);
  assert.equal(asked.filter((url) => url.includes("range=")).length, 1);
  session.close();
});

test("a stack of another order is told as stale, and its frames still come by their own addresses", async () => {
  const stack = stackOf("e", 3);
  /** @type {string[]} */
  const told = [];
  const { store } = storeWith((url) => url.includes("range=") ? new Response("{}", { status: 409 }) : new Response(deepTile(1)));
  const session = store.open(stack, { arrived: () => {}, trouble: (code) => told.push(code) });
  session.show(interest(stack, 0));
  await until(() => session.loaded === 3);
  assert.deepEqual(told, ["stale"]);
  session.close();
});

test("U5: what arrives for a closed stack, or for another one, is not told to a viewport", async () => {
  const [one, other] = [stackOf("f", 1), stackOf("g", 1)];
  /** @type {(value: void) => void} */
  let release = () => {};
  const gate = new Promise((/** @type {(value: void) => void} */ resolve) => { release = resolve; });
  const { store } = storeWith(async (url) => {
    if (url.includes("/f/")) await gate;
    return new Response(deepTile(1));
  });
  /** @type {string[]} */
  const heard = [];
  const first = store.open(one, { ...quiet, arrived: () => heard.push("first") });
  first.show(interest(one, 0));
  await new Promise((resolve) => setTimeout(resolve, 5));
  first.close();
  const second = store.open(other, { ...quiet, arrived: () => heard.push("second") });
  second.show(interest(other, 0));
  release();
  await until(() => second.loaded === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([...new Set(heard)], ["second"]);
  second.close();
});

test("a picture that the server failed on is tried again, then named with the reason", async () => {
  const stack = stackOf("h", 1);
  let count = 0;
  const { store } = storeWith(() => ((count += 1) < 3 ? new Response('{"detail":"no decoder is free"}', { status: 503 }) : new Response(deepTile(1))));
  const session = store.open(stack, quiet);
  session.show(interest(stack, 0));
  for (let k = 0; k < 1000 && session.loaded < 1; k += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([session.loaded, count, store.problem("h/1")], [1, 3, undefined]);
  session.close();
});
