/** A least-recently-used store bounded in bytes, not in entries: frames differ a hundredfold in size. */

/**
 * @template V
 */
export class ByteLru {
  /**
   * @param {number} maxBytes
   * @param {(key: string, value: V) => void} [onEvict] told of each entry that leaves, however it leaves
   * @param {(key: string) => boolean} [isSpare] entries that leave before all others
   */
  constructor(maxBytes, onEvict = () => {}, isSpare = undefined) {
    this.maxBytes = maxBytes;
    this.bytes = 0;
    /** @private */
    this.onEvict = onEvict;
    /** @private */
    this.isSpare = isSpare;
    /** @private @type {Map<string, {value: V, bytes: number}>} oldest first */
    this.entries = new Map();
  }

  get size() {
    return this.entries.size;
  }

  /** @param {string} key */
  has(key) {
    return this.entries.has(key);
  }

  /**
   * The value, which becomes the most recently used one.
   * @param {string} key
   * @returns {V|undefined}
   */
  get(key) {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /**
   * Keep a value. The newest entry always stays, even alone above the bound: it is being looked at.
   * @param {string} key
   * @param {V} value
   * @param {number} bytes
   */
  set(key, value, bytes) {
    this.delete(key);
    this.entries.set(key, { value, bytes });
    this.bytes += bytes;
    if (this.isSpare) this.#shrink(key, this.isSpare);
    this.#shrink(key, () => true);
  }

  /**
   * Oldest first, until the bound holds.
   * @param {string} kept
   * @param {(key: string) => boolean} mayGo
   */
  #shrink(kept, mayGo) {
    for (const key of this.entries.keys()) {
      if (this.bytes <= this.maxBytes) return;
      if (key !== kept && mayGo(key)) this.delete(key);
    }
  }

  /** @param {string} key */
  delete(key) {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
    this.onEvict(key, entry.value);
  }

  clear() {
    for (const key of [...this.entries.keys()]) this.delete(key);
  }
}
