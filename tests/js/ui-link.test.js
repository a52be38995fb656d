import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeScreen, encodeScreen, throttledWriter } from "../../static/viewer/ui/deeplink.js";
import { firstStack, neighbour, othersByReason, stackTitle, stillToShow } from "../../static/viewer/ui/serieslist.js";

test("one viewport's link is its view, several keep their places", () => {
  assert.equal(encodeScreen({ layout: "1x1", active: 0, views: ["stack=a&frame=2"] }), "stack=a&frame=2");
  const screen = { layout: "2x2", active: 2, views: ["stack=a&frame=2", null, "stack=b&window=1,2,LINEAR", null] };
  assert.deepEqual(decodeScreen(`#${encodeScreen(screen)}`), screen);
});

test("a link that makes no sense opens one viewport", () => {
  assert.deepEqual(decodeScreen("#layout=9x9&active=7"), { layout: "1x1", active: 0, views: ["layout=9x9&active=7"] });
  assert.equal(decodeScreen("#layout=1x2&active=5").active, 0);
  assert.deepEqual(decodeScreen("").views, [null]);
});

test("the address is written at most once in an interval, and the last view wins", () => {
  const written = [];
  const waiting = [];
  const write = throttledWriter((text) => written.push(text), (run) => waiting.push(run));
  ["a", "b", "c"].forEach((text) => write(text));
  assert.equal(waiting.length, 1);
  waiting.shift()();
  write("c");
  waiting.shift()?.();
  assert.deepEqual(written, ["c"]);
});

const stack = (id, frameCount, label = "") => ({ id, frameCount, label, position: 0, warnings: 0, thumbnail: null });
const series = (stacks, description = "") => ({ id: "", number: 1, modality: "CT", description, bodyPart: "", laterality: "", stacks, others: [] });
const aCase = { studies: [{ series: [series([stack("a", 1)]), series([stack("b", 9), stack("c", 3)])] }, { series: [series([stack("d", 2)])] }] };

test("a case opens with its first stack of several images", () => {
  assert.equal(firstStack(aCase).id, "b");
  assert.equal(firstStack({ studies: [] }), null);
});

test("Page Up and Page Down walk over studies and stop at the ends", () => {
  assert.equal(neighbour(aCase, "c", 1).id, "d");
  assert.equal(neighbour(aCase, "a", -1), null);
  assert.equal(neighbour(aCase, "d", 1), null);
});

test("new viewports take the stacks that follow and are not shown yet", () => {
  assert.deepEqual(stillToShow(aCase, "b", ["b", "d"]).map((row) => row.id), ["c", "a"]);
});

test("a series split into stacks is named by what tells them apart", () => {
  assert.equal(stackTitle(series([stack("a", 1, "Echo 1"), stack("b", 1, "Echo 2")], "T2"), stack("a", 1, "Echo 1")), "Echo 1");
  assert.equal(stackTitle(series([stack("a", 1)], "T2"), stack("a", 1)), "T2");
});

test("objects that cannot be displayed are named, those of one reason together (case 47)", () => {
  const groups = othersByReason([
    { instance: "1", reason: "no pixels", file: null }, { instance: "2", reason: "no pixels", file: "/f" }, { instance: "3", reason: "video", file: null },
  ]);
  assert.deepEqual(groups.map((group) => [group.reason, group.objects.length]), [["no pixels", 2], ["video", 1]]);
});
