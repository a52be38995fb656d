/**
 * The upload page: files chosen or dropped, folders walked, ZIPs opened; shows what the sender does.
 */

import { element, readConfig } from "./page.js";
import { Sender } from "./sender.js";
import { ZipError, zipEntries } from "./zip.js";

/** @typedef {{name: string, size: number, open: () => Promise<Blob>}} Found */

const SHOWN_REFUSALS = 500;
/** Files that every computer leaves in folders; nobody means to send them. */
const CLUTTER = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX\/.*)$/i;

const sender = new Sender(readConfig());
const drop = element("drop");
const pauseButton = element("pause");
const refusedList = /** @type {HTMLElement} */ (document.querySelector("#refused ul"));
let startedAt = 0;
let drawn = false;
/** @type {Map<import("./sender.js").Item, HTMLElement|null>} */
const listed = new Map();
let unreadable = 0;

/**
 * @param {File} file
 * @param {string} path
 * @returns {Promise<Found[]>}
 */
async function expand(file, path) {
  if (CLUTTER.test(path)) return [];
  if (!/\.zip$/i.test(path)) return [{ name: path, size: file.size, open: async () => file }];
  try {
    const entries = await zipEntries(file);
    return entries
      .filter((entry) => !CLUTTER.test(entry.name))
      .map((entry) => ({ ...entry, name: `${path}/${entry.name}` }));
  } catch (error) {
    const reason = error instanceof ZipError ? error.message : "The ZIP could not be read.";
    unreadable += 1;
    refuse(path, reason);
    element("summary").textContent = `${path}: ${reason}`;
    return [];
  }
}

/** @param {Iterable<File>} files */
async function take(files) {
  startedAt ||= performance.now();
  element("sending").hidden = false;
  for (const file of files) sender.add(await expand(file, file.webkitRelativePath || file.name));
}

/**
 * Every file under a dropped entry.
 * @param {FileSystemEntry} entry
 * @returns {AsyncGenerator<File & {path?: string}>}
 */
async function* walk(entry) {
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    yield await new Promise((resolve, reject) => { one.file(resolve, reject); });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    // A reader gives a part of a large folder at a time, and nothing at the end.
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return;
    for (const inner of some) yield* walk(inner);
  }
}

for (const id of ["files", "folder"]) {
  const input = /** @type {HTMLInputElement} */ (element(id));
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    void take(files);
  });
}

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  // The list empties when this handler returns, so the entries are taken out now.
  const entries = [...(event.dataTransfer?.items ?? [])]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  void (async () => {
    for (const entry of entries) {
      for await (const file of walk(entry)) await take([file]);
    }
  })();
});

pauseButton.addEventListener("click", () => {
  sender.setPaused(!sender.paused);
  pauseButton.setAttribute("aria-pressed", String(sender.paused));
  const words = pauseButton.querySelector("span");
  if (words) words.textContent = sender.paused ? "Go on" : "Pause";
});
element("retry").addEventListener("click", () => sender.retryFailed());
window.addEventListener("beforeunload", (event) => {
  if (!sender.idle && !sender.stopped) event.preventDefault();
});
sender.addEventListener("idle", () => draw());
sender.addEventListener("change", () => {
  if (drawn) return;
  drawn = true;
  // Thousands of small files change many times between two pictures on the screen.
  setTimeout(() => { drawn = false; draw(); }, 100);
});

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
}

function draw() {
  const count = { added: 0, known: 0, apart: 0, failed: 0 };
  let sent = 0;
  let size = 0;
  for (const item of sender.items) {
    if (item.state in count) count[/** @type {keyof typeof count} */ (item.state)] += 1;
    sent += Math.min(item.sent, item.size);
    size += item.size;
  }
  const apart = count.apart + unreadable;
  const finished = count.added + count.known + count.apart + count.failed;
  const total = /** @type {HTMLProgressElement} */ (element("total"));
  total.max = Math.max(size, 1);
  total.value = finished === sender.items.length ? total.max : sent;
  const parts = [`${finished} of ${sender.items.length} files`, `${count.added} added`];
  if (count.known) parts.push(`${count.known} were here already`);
  if (apart) parts.push(`${apart} not added`);
  if (count.failed) parts.push(`${count.failed} failed`);
  say(parts.join(", ") + ".", finished);
  const seconds = (performance.now() - startedAt) / 1000;
  element("rate").textContent = `${megabytes(sent)} of ${megabytes(size)}, ${Math.round(finished / Math.max(seconds, 1))} files a second`;
  element("retry").hidden = count.failed === 0 || !(sender.idle || sender.stopped);
  element("done").hidden = !sender.idle || finished === 0;
  pauseButton.hidden = sender.idle;
  element("sending-title").textContent = headline(count.failed);
  drawNow();
  drawRefused();
}

/** @param {number} failed */
function headline(failed) {
  if (sender.stopped) return `Stopped: ${sender.stopped}`;
  if (!sender.idle) return sender.paused ? "Paused" : "Sending";
  return failed ? "Finished, some files failed" : "Finished";
}

let saidAt = 0;
/**
 * The summary is a live region: it is not rewritten for every file, or it would never stop talking.
 * @param {string} text
 * @param {number} finished
 */
function say(text, finished) {
  const now = performance.now();
  if (now - saidAt < 2000 && finished !== sender.items.length) return;
  saidAt = now;
  element("summary").textContent = text;
}

function drawNow() {
  const active = sender.items.filter((item) => item.state === "sending" || item.state === "reading");
  const rows = active.slice(0, 6).map((item) => {
    const row = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = item.name;
    const bar = document.createElement("progress");
    bar.max = Math.max(item.size, 1);
    bar.value = item.sent;
    bar.setAttribute("aria-label", item.name);
    row.append(name, bar);
    return row;
  });
  element("now").replaceChildren(...rows);
}

/**
 * @param {string} name
 * @param {string} reason
 * @returns {HTMLElement|null} the row; null when the list is full
 */
function refuse(name, reason) {
  if (refusedList.childElementCount >= SHOWN_REFUSALS) return null;
  const row = document.createElement("li");
  const path = document.createElement("bdi");
  path.textContent = name;
  const words = document.createElement("span");
  words.textContent = reason;
  row.append(path, words);
  refusedList.append(row);
  return row;
}

function drawRefused() {
  for (const item of sender.items) {
    const wanted = item.state === "apart" || item.state === "failed";
    if (wanted === listed.has(item)) continue;
    if (wanted) {
      listed.set(item, refuse(item.name, item.state === "failed" ? `Failed: ${item.reason}` : item.reason));
    } else {
      listed.get(item)?.remove();
      listed.delete(item);
    }
  }
  element("refused").hidden = refusedList.childElementCount === 0;
}
