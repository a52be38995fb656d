/**
 * The files inside a ZIP, read in the browser by its central directory: only the parts that are sent
 * are ever in memory. Bounded, because a ZIP can lie (APPNOTE 6.3.10, sections 4.3.12 to 4.3.16).
 */

const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const LONGEST_COMMENT = 65_535;
const LARGEST_DIRECTORY_BYTES = 64 * 2 ** 20;
const MOST_ENTRIES = 100_000;
/** A file in a ZIP may grow this much: 4 GiB is what the server takes at most. */
const LARGEST_FILE_BYTES = 4 * 2 ** 30;
const FULL_32 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;

/** @typedef {{name: string, size: number, open: () => Promise<Blob>}} ZipEntry */

/** The ZIP has no readable form; the message is for people. */
export class ZipError extends Error {}

/**
 * @param {Blob} zip
 * @param {number} start
 * @param {number} length
 * @returns {Promise<DataView>}
 */
async function view(zip, start, length) {
  if (start < 0 || start + length > zip.size) throw new ZipError("The ZIP is cut off.");
  return new DataView(await zip.slice(start, start + length).arrayBuffer());
}

/**
 * Where the central directory is.
 * @param {Blob} zip
 * @returns {Promise<{offset: number, size: number, count: number}>}
 */
async function directory(zip) {
  const length = Math.min(zip.size, LONGEST_COMMENT + 22);
  const tail = await view(zip, zip.size - length, length);
  for (let at = length - 22; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) !== END_OF_DIRECTORY) continue;
    const found = {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    if (found.offset !== FULL_32 && found.count !== 0xffff && found.size !== FULL_32) return found;
    if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR_64) return found;
    const end = await view(zip, Number(tail.getBigUint64(at - 12, true)), 56);
    if (end.getUint32(0, true) !== END_OF_DIRECTORY_64) break;
    return {
      count: Number(end.getBigUint64(32, true)),
      size: Number(end.getBigUint64(40, true)),
      offset: Number(end.getBigUint64(48, true)),
    };
  }
  throw new ZipError("The file is not a ZIP, or it is cut off.");
}

/**
 * The 64-bit values of an entry whose 32-bit fields are full.
 * @param {DataView} extra
 * @param {{size: number, packed: number, offset: number}} entry
 */
function widen(extra, entry) {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const id = extra.getUint16(at, true);
    const length = extra.getUint16(at + 2, true);
    if (id === 1) {
      let value = at + 4;
      for (const field of /** @type {const} */ (["size", "packed", "offset"])) {
        if (entry[field] === FULL_32 && value + 8 <= at + 4 + length) {
          entry[field] = Number(extra.getBigUint64(value, true));
          value += 8;
        }
      }
    }
    at += 4 + length;
  }
}

/**
 * The files of a ZIP, folders left out. Throws ZipError.
 * @param {Blob} zip
 * @returns {Promise<ZipEntry[]>}
 */
export async function zipEntries(zip) {
  const { offset, size, count } = await directory(zip);
  if (size > LARGEST_DIRECTORY_BYTES || count > MOST_ENTRIES) {
    throw new ZipError(`The ZIP lists more than ${MOST_ENTRIES} files.`);
  }
  const table = await view(zip, offset, size);
  /** @type {ZipEntry[]} */
  const entries = [];
  for (let at = 0; at + 46 <= table.byteLength && entries.length < MOST_ENTRIES;) {
    if (table.getUint32(at, true) !== DIRECTORY_ENTRY) throw new ZipError("The ZIP's list is damaged.");
    const nameLength = table.getUint16(at + 28, true);
    const extraLength = table.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + table.getUint16(at + 32, true);
    if (end > table.byteLength) throw new ZipError("The ZIP's list is damaged.");
    const name = new TextDecoder().decode(new Uint8Array(table.buffer, at + 46, nameLength));
    const entry = {
      flags: table.getUint16(at + 8, true),
      method: table.getUint16(at + 10, true),
      packed: table.getUint32(at + 20, true),
      size: table.getUint32(at + 24, true),
      offset: table.getUint32(at + 42, true),
    };
    widen(new DataView(table.buffer, at + 46 + nameLength, extraLength), entry);
    if (!name.endsWith("/")) entries.push({ name, size: entry.size, open: () => unpack(zip, entry) });
    at = end;
  }
  return entries;
}

/**
 * @param {Blob} zip
 * @param {{flags: number, method: number, packed: number, size: number, offset: number}} entry
 * @returns {Promise<Blob>}
 */
async function unpack(zip, entry) {
  if (entry.flags & 1) throw new ZipError("The file is encrypted in the ZIP; unpack it first.");
  const head = await view(zip, entry.offset, 30);
  if (head.getUint32(0, true) !== LOCAL_HEADER) throw new ZipError("The ZIP is damaged here.");
  const start = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  if (start + entry.packed > zip.size) throw new ZipError("The ZIP is cut off here.");
  const packed = zip.slice(start, start + entry.packed);
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED || typeof DecompressionStream === "undefined") {
    throw new ZipError("The file is packed in a way this browser cannot unpack; unpack the ZIP first.");
  }
  return inflate(packed, entry.size);
}

/**
 * @param {Blob} packed
 * @param {number} size as the ZIP says; a stream that grows past it is cut off
 * @returns {Promise<Blob>}
 */
async function inflate(packed, size) {
  if (size > LARGEST_FILE_BYTES) throw new ZipError("The file is larger than the server accepts.");
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  /** @type {BlobPart[]} */
  const parts = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.byteLength;
    if (total > size) {
      await reader.cancel();
      throw new ZipError("The file is larger than the ZIP says; it was not sent.");
    }
    parts.push(/** @type {BlobPart} */ (value));
  }
  if (total !== size) throw new ZipError("The file is shorter than the ZIP says; it was not sent.");
  return new Blob(parts);
}
