// The scheduler, the ticket and the door, with a clock and a server of our own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TicketKeeper } from "../../static/viewer/io/api.js";
import { AccessEnded, Door, PictureProblem, TryLater } from "../../static/viewer/io/door.js";
import { Scheduler } from "../../static/viewer/io/schedule.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A source that counts, and whose work ends when told. */
function source() {
  /** @type {(() => void)[]} */
  const ends = [];
  const work = (/** @type {boolean} */ stream) => ({ stream, run: () => new Promise((/** @type {(value: void) => void} */ resolve) => ends.push(() => resolve())) });
  const state = { asked: 0, bulk: 100, ends, started: /** @type {string[]} */ ([]) };
  return Object.assign(state, {
    nextAsked: () => (state.asked > 0 ? (state.asked -= 1, state.started.push("asked"), work(false)) : null),
    nextBulk: (/** @type {boolean} */ mayStream) => (state.bulk > 0 ? (state.bulk -= 1, state.started.push(mayStream ? "stream" : "single"), work(mayStream)) : null),
  });
}

test("three bulk requests run at most, two of them streams", async () => {
  const scheduler = new Scheduler();
  const one = source();
  scheduler.add(one);
  await turn();
  assert.deepEqual(one.started, ["stream", "stream", "single"]);
});

test("what is looked at takes the reserved place at once, and nothing else starts beside it", async () => {
  const scheduler = new Scheduler();
  const one = source();
  scheduler.add(one);
  await turn();
  one.asked = 1;
  scheduler.kick();
  await turn();
  assert.deepEqual([one.started.at(-1), scheduler.running], ["asked", 4]);
  one.ends[0]();
  await turn();
  assert.equal(one.started.length, 4);
  one.ends[3]();
  await turn();
  assert.deepEqual(one.started.slice(4), ["stream"]);
});

test("viewports take turns, and a paused line starts nothing", async () => {
  const scheduler = new Scheduler();
  const [one, other] = [source(), source()];
  scheduler.pause();
  scheduler.add(one);
  scheduler.add(other);
  await turn();
  assert.equal(scheduler.running, 0);
  scheduler.resume();
  await turn();
  assert.deepEqual([one.started.length, other.started.length], [2, 1]);
});

const ticket = (/** @type {string} */ token) => ({ token, expiresAt: 0, renewAfterSeconds: 45 });

test("a ticket serves until its time of renewal, then the old one serves while one new one comes", async () => {
  let now = 0;
  let renewals = 0;
  const keeper = new TicketKeeper(async () => ticket(`new${(renewals += 1)}`), ticket("first"), () => now);
  assert.equal(await keeper.get(), "first");
  now = 46_000;
  assert.deepEqual(await Promise.all([keeper.get(), keeper.get(), keeper.get()]), ["first", "first", "first"]);
  await turn();
  assert.deepEqual([await keeper.get(), renewals], ["new1", 1]);
});

test("a ticket that is past its end, or that the door refused, is waited for, by all at once", async () => {
  let now = 0;
  let renewals = 0;
  const keeper = new TicketKeeper(async () => ticket(`new${(renewals += 1)}`), ticket("first"), () => now);
  assert.deepEqual(await Promise.all([keeper.get(true), keeper.get(true)]), ["new1", "new1"]);
  now = 200_000;
  assert.deepEqual([await keeper.get(), renewals], ["new2", 2]);
});

/** @param {(number|[number, object])[]} answers */
function door(answers) {
  /** @type {string[]} */
  const tokens = [];
  let renewed = 0;
  const fetch = async (/** @type {any} */ _url, /** @type {any} */ options) => {
    tokens.push(options.headers.Authorization);
    const answer = answers.shift() ?? 200;
    if (answer === 0) throw new TypeError("network");
    const [status, body] = Array.isArray(answer) ? answer : [answer, {}];
    return new Response(JSON.stringify(body), { status });
  };
  const getTicket = async (renew = false) => `t${(renewed += Number(renew))}`;
  return { tokens, door: new Door({ pixelsUrl: "/pixels/v1/cases/c/", getTicket, fetch: /** @type {any} */ (fetch) }) };
}

test("a refused ticket is renewed once, and a second refusal ends the access", async () => {
  const first = door([401, 200]);
  assert.equal((await first.door.get("/x")).status, 200);
  assert.deepEqual(first.tokens, ["Ticket t0", "Ticket t1"]);
  await assert.rejects(door([401, 401]).door.get("/x"), AccessEnded);
});

test("the server's word on a picture is final and keeps its reason", async () => {
  for (const [status, code] of [[422, "unsupported"], [413, "too-large"], [409, "conflict"], [404, "not-found"], [403, "forbidden"]]) {
    await assert.rejects(door([[Number(status), { detail: "the frame is cut" }]]).door.get("/x"), (error) => {
      assert.ok(error instanceof PictureProblem);
      assert.deepEqual([error.code, error.message], [code, "the frame is cut"]);
      return true;
    });
  }
});

test("a broken line or a busy server is no word on the picture", async () => {
  for (const [answer, everywhere] of /** @type {[any, boolean][]} */ ([[0, true], [502, true], [429, true], [500, false], [[503, { detail: "no" }], false]])) {
    await assert.rejects(door([answer]).door.get("/x"), (error) => error instanceof TryLater && error.everywhere === everywhere);
  }
});
