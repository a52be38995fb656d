/**
 * The stream of several frames: records of three little-endian 32-bit numbers (position in the stack
 * from 1, kind, length) and that many bytes. Chunks may break anywhere.
 */

export const KINDS = /** @type {const} */ (["deep", "png", "problem", "jpeg"]);
const HEAD = 12;
/** No frame of at most 1024 x 1024 takes more; a larger length means that the stream is not ours. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** @typedef {{position: number, kind: typeof KINDS[number], bytes: Uint8Array}} BatchRecord */

export class BatchError extends Error {}

export class BatchParser {
  constructor() {
    /** @private */
    this.head = new Uint8Array(HEAD);
    /** @private */
    this.headFilled = 0;
    /** @private @type {Uint8Array|null} */
    this.body = null;
    /** @private */
    this.bodyFilled = 0;
  }

  /** True between records: where a stream may end. */
  get complete() {
    return this.headFilled === 0;
  }

  /**
   * The records that a chunk completes. Throws BatchError if the stream is not in this form.
   * @param {Uint8Array} chunk
   * @returns {BatchRecord[]}
   */
  push(chunk) {
    const records = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.body === null) {
        const take = Math.min(HEAD - this.headFilled, chunk.length - at);
        this.head.set(chunk.subarray(at, at + take), this.headFilled);
        this.headFilled += take;
        at += take;
        if (this.headFilled < HEAD) break;
        this.body = new Uint8Array(this.#length());
        this.bodyFilled = 0;
      }
      const take = Math.min(this.body.length - this.bodyFilled, chunk.length - at);
      this.body.set(chunk.subarray(at, at + take), this.bodyFilled);
      this.bodyFilled += take;
      at += take;
      if (this.bodyFilled === this.body.length) records.push(this.#finish(this.body));
    }
    return records;
  }

  #length() {
    const view = new DataView(this.head.buffer);
    const kind = view.getUint32(4, true);
    const length = view.getUint32(8, true);
    if (kind >= KINDS.length) throw new BatchError(`batch: record of kind ${kind}`);
    if (length > MAX_RECORD_BYTES) throw new BatchError(`batch: record of ${length} bytes`);
    return length;
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {BatchRecord}
   */
  #finish(bytes) {
    const view = new DataView(this.head.buffer);
    const record = {
      position: view.getUint32(0, true),
      kind: KINDS[view.getUint32(4, true)],
      bytes,
    };
    this.headFilled = 0;
    this.body = null;
    return record;
  }
}
