import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { ZipError, zipEntries } from "../../static/site/zip.js";

/**
 * A ZIP by APPNOTE 6.3.10: local headers (4.3.7), central directory (4.3.12), its end (4.3.16).
 * @param {{name: string, data?: Buffer, method?: number, size?: number, flags?: number}[]} files
 * @param {{comment?: string, count?: number}} [end]
 */
function zip(files, { comment = "", count = files.length } = {}) {
  const parts = [];
  const table = [];
  let offset = 0;
  for (const { name, data = Buffer.from("x"), method = 8, size = data.length, flags = 0 } of files) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), packed);
    table.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(table);
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(count, 10);
  tail.writeUInt32LE(directory.length, 12);
  tail.writeUInt32LE(offset, 16);
  tail.writeUInt16LE(comment.length, 20);
  return new Blob([Buffer.concat([...parts, directory, tail, Buffer.from(comment)])]);
}

/** @param {Blob} blob */
const text = async (blob) => Buffer.from(await blob.arrayBuffer()).toString();

test("stored and deflated files come out as they went in, folders are left out", async () => {
  const entries = await zipEntries(zip([
    { name: "cd/", data: Buffer.alloc(0), method: 0 },
    { name: "cd/a.dcm", data: Buffer.from("stored"), method: 0 },
    { name: "cd/b.dcm", data: Buffer.from("deflated ".repeat(1000)) },
  ]));
  assert.deepEqual(entries.map((entry) => entry.name), ["cd/a.dcm", "cd/b.dcm"]);
  assert.equal(await text(await entries[0].open()), "stored");
  assert.equal(await text(await entries[1].open()), "deflated ".repeat(1000));
});

test("a comment after the directory is skipped", async () => {
  const entries = await zipEntries(zip([{ name: "a" }], { comment: "written by a CD burner" }));
  assert.equal(entries.length, 1);
});

test("[F2] a file that grows past the size the ZIP states is cut off", async () => {
  const [entry] = await zipEntries(zip([{ name: "bomb", data: Buffer.alloc(10_000_000), size: 1000 }]));
  await assert.rejects(entry.open(), (error) => error instanceof ZipError && /larger/.test(error.message));
});

test("[F2] a file that is shorter than stated is not sent", async () => {
  const [entry] = await zipEntries(zip([{ name: "a", data: Buffer.from("abc"), size: 4 }]));
  await assert.rejects(entry.open(), ZipError);
});

test("[F2] more than 100,000 files are refused before the list is read", async () => {
  const lying = zip([{ name: "a" }]);
  const bytes = Buffer.from(await lying.arrayBuffer());
  // A directory that is said to be larger than 64 MiB.
  bytes.writeUInt32LE(65 * 2 ** 20, bytes.length - 10);
  await assert.rejects(zipEntries(new Blob([bytes])), ZipError);
});

test("an encrypted file says what to do", async () => {
  const [entry] = await zipEntries(zip([{ name: "a", flags: 1 }]));
  await assert.rejects(entry.open(), /unpack it first/);
});

test("[F1] what is no ZIP, and a ZIP cut anywhere, is refused by name and never hangs", async () => {
  const whole = Buffer.from(await zip([{ name: "a", data: Buffer.from("abc") }]).arrayBuffer());
  for (let length = 0; length < whole.length; length += 1) {
    await assert.rejects(zipEntries(new Blob([whole.subarray(0, length)])), ZipError);
  }
  await assert.rejects(zipEntries(new Blob(["<html>".repeat(100)])), ZipError);
});
