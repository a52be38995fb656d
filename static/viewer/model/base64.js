/** Base64 without `atob`, which is not part of the language; for tables of a few hundred kilobytes. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = new Int16Array(128).fill(-1);
for (let index = 0; index < 64; index += 1) CODES[ALPHABET.charCodeAt(index)] = index;

/**
 * Bytes of a base64 text. Throws RangeError on a character outside the alphabet.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function base64Bytes(text) {
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const code = CODES[digits.charCodeAt(index)] ?? -1;
    if (code < 0) throw new RangeError(`base64: unexpected character at ${index}`);
    held = ((held << 6) | code) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

/**
 * Little-endian 16-bit words of a base64 text, whatever the machine's byte order.
 * @param {string} text
 * @returns {Uint16Array}
 */
export function base64Words(text) {
  const bytes = base64Bytes(text);
  const words = new Uint16Array(bytes.length >> 1);
  for (let index = 0; index < words.length; index += 1) {
    words[index] = bytes[2 * index] | (bytes[2 * index + 1] << 8);
  }
  return words;
}
