import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const viewer = new URL("../../static/viewer/", import.meta.url);
/** @param {string} folder */
const modules = (folder) =>
  readdirSync(new URL(`${folder}/`, viewer)).filter((name) => name.endsWith(".js"))
    .map((name) => ({ name, text: readFileSync(new URL(`${folder}/${name}`, viewer), "utf8") }));

test("model/ reads no clock and no chance: both are parameters", () => {
  const files = modules("model");
  assert.ok(files.length > 10);
  for (const { name, text } of files) {
    assert.doesNotMatch(text, /Date\.now|new Date|Math\.random|performance\.|setTimeout|setInterval|crypto\./, name);
  }
});

test("model/ imports nothing but model/", () => {
  for (const { name, text } of modules("model")) {
    for (const [, source] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) assert.match(source, /^\.\/[a-z0-9]+\.js$/, name);
  }
});

test("every import line ends in .js\"; so that the server's hashed names reach it", () => {
  for (const { name, text } of [...modules("model"), ...modules("io")]) {
    for (const [line] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom\b.*$/gm)) assert.match(line, /from "\.{1,2}\/[a-z/0-9]+\.js";$/, `${name}: ${line}`);
    assert.doesNotMatch(text, /^\s*(?:await )?import\((?!")/m, name);
  }
});

test("the modules do not import one another in a circle, type imports among them: hashing would never end", () => {
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const folder of ["model", "io"]) {
    for (const { name, text } of modules(folder)) {
      const sources = [...text.matchAll(/(?:from |import\()\s*"([^"]+)"/g)].map(([, source]) => new URL(source, new URL(`${folder}/`, viewer)).pathname);
      graph.set(new URL(`${folder}/${name}`, viewer).pathname, sources);
    }
  }
  /** @type {(at: string, path: string[]) => void} */
  const walk = (at, path) => {
    const short = [...path, at].map((file) => file.split("/").pop()).join(" -> ");
    assert.ok(!path.includes(at), `circle: ${short}`);
    for (const next of graph.get(at) ?? []) walk(next, [...path, at]);
  };
  for (const file of graph.keys()) walk(file, []);
});
