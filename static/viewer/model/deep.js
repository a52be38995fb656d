/**
 * Deep tiles: lossless 16-bit stored values in our own bytes (docs/deep-tile.md).
 *
 * A number is never read back from a canvas or a PNG: protected browsers change such pixels silently.
 */

/** @typedef {import("./types.js").DeepTile} DeepTile */

export const HEADER_BYTES = 16;
const MAGIC = 0x31544454; // "TDT1", read little-endian
const MAX_SIDE = 65_535;

export class DeepTileError extends Error {}

/**
 * @typedef {{predictor: number, bitsStored: number, signed: boolean, modalityValues: boolean,
 *   width: number, height: number, rawLength: number}} DeepHeader
 */

/**
 * Read and check the 16-byte header of a container.
 * @param {Uint8Array} bytes
 * @returns {DeepHeader}
 */
export function parseDeepHeader(bytes) {
  if (bytes.length < HEADER_BYTES) throw new DeepTileError("deep tile: shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) throw new DeepTileError("deep tile: not a deep tile");
  const version = view.getUint8(4);
  if (version !== 1) throw new DeepTileError(`deep tile: version ${version}; expected 1`);
  const predictor = view.getUint8(5);
  if (predictor > 3) throw new DeepTileError(`deep tile: predictor ${predictor}; expected 0 to 3`);
  const flags = view.getUint8(7);
  const width = view.getUint16(8, true);
  const height = view.getUint16(10, true);
  const rawLength = view.getUint32(12, true);
  if (width < 1 || height < 1 || width > MAX_SIDE || rawLength !== 2 * width * height) {
    throw new DeepTileError(`deep tile: ${width} x ${height} does not take ${rawLength} bytes`);
  }
  return {
    predictor,
    bitsStored: view.getUint8(6),
    signed: (flags & 1) !== 0,
    modalityValues: (flags & 2) !== 0,
    width,
    height,
    rawLength,
  };
}

/**
 * Values of an inflated container: undo the byte planes, the zigzag and the predictor.
 * @param {DeepHeader} header
 * @param {Uint8Array} planes rawLength bytes: all low bytes, then all high bytes
 * @returns {DeepTile}
 */
export function decodeDeepPlanes(header, planes) {
  const { width, height, rawLength, signed } = header;
  if (planes.length !== rawLength) {
    throw new DeepTileError(`deep tile: ${planes.length} bytes inflated; expected ${rawLength}`);
  }
  const words = new Uint16Array(width * height);
  if (header.predictor === 3) {
    if (signed) undoMedSigned(planes, words, width, height);
    else undoMedUnsigned(planes, words, width, height);
  } else undoSimple(planes, words, width, header.predictor);
  const values = signed ? new Int16Array(words.buffer) : words;
  return {
    values,
    width,
    height,
    signed,
    modalityValues: header.modalityValues,
    bitsStored: header.bitsStored,
  };
}

/**
 * Predictors 0 (none), 1 (left) and 2 (up): sums modulo 2^16, so the sign does not matter.
 * @param {Uint8Array} planes
 * @param {Uint16Array} out
 * @param {number} width
 * @param {number} predictor
 */
function undoSimple(planes, out, width, predictor) {
  const count = out.length;
  for (let i = 0; i < count; i += 1) {
    const zigzag = planes[i] | (planes[i + count] << 8);
    const residual = (zigzag >>> 1) ^ -(zigzag & 1);
    out[i] = residual + neighbour(out, i, width, predictor);
  }
}

/**
 * @param {Uint16Array} out
 * @param {number} i
 * @param {number} width
 * @param {number} predictor
 */
function neighbour(out, i, width, predictor) {
  if (predictor === 0 || i === 0) return 0;
  if (predictor === 1) return i % width === 0 ? 0 : out[i - 1];
  return i < width ? 0 : out[i - width];
}

/**
 * Predictor 3, the median edge detector: max(min(a, b), min(max(a, b), a + b - c)) of the left, the
 * upper and the upper left value. Two copies, because a test of the sign per pixel costs a third.
 * @param {Uint8Array} planes
 * @param {Uint16Array} out
 * @param {number} width
 * @param {number} height
 */
function undoMedUnsigned(planes, out, width, height) {
  const count = width * height;
  let zigzag = planes[0] | (planes[count] << 8);
  let left = ((zigzag >>> 1) ^ -(zigzag & 1)) & 0xffff;
  out[0] = left;
  for (let x = 1; x < width; x += 1) {
    zigzag = planes[x] | (planes[x + count] << 8);
    left = (left + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
    out[x] = left;
  }
  for (let y = 1; y < height; y += 1) {
    let i = y * width;
    let corner = out[i - width];
    zigzag = planes[i] | (planes[i + count] << 8);
    left = (corner + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
    out[i] = left;
    const end = i + width;
    for (i += 1; i < end; i += 1) {
      const up = out[i - width];
      let low = left;
      let high = up;
      if (left > up) {
        low = up;
        high = left;
      }
      let predicted = left + up - corner;
      if (predicted < low) predicted = low;
      else if (predicted > high) predicted = high;
      zigzag = planes[i] | (planes[i + count] << 8);
      left = (predicted + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
      out[i] = left;
      corner = up;
    }
  }
}

/**
 * As undoMedUnsigned, for values that are read as two's complement.
 * @param {Uint8Array} planes
 * @param {Uint16Array} out
 * @param {number} width
 * @param {number} height
 */
function undoMedSigned(planes, out, width, height) {
  const count = width * height;
  let zigzag = planes[0] | (planes[count] << 8);
  let left = (((zigzag >>> 1) ^ -(zigzag & 1)) << 16) >> 16;
  out[0] = left;
  for (let x = 1; x < width; x += 1) {
    zigzag = planes[x] | (planes[x + count] << 8);
    left = ((left + ((zigzag >>> 1) ^ -(zigzag & 1))) << 16) >> 16;
    out[x] = left;
  }
  for (let y = 1; y < height; y += 1) {
    let i = y * width;
    let corner = (out[i - width] << 16) >> 16;
    zigzag = planes[i] | (planes[i + count] << 8);
    left = ((corner + ((zigzag >>> 1) ^ -(zigzag & 1))) << 16) >> 16;
    out[i] = left;
    const end = i + width;
    for (i += 1; i < end; i += 1) {
      const up = (out[i - width] << 16) >> 16;
      let low = left;
      let high = up;
      if (left > up) {
        low = up;
        high = left;
      }
      let predicted = left + up - corner;
      if (predicted < low) predicted = low;
      else if (predicted > high) predicted = high;
      zigzag = planes[i] | (planes[i + count] << 8);
      left = ((predicted + ((zigzag >>> 1) ^ -(zigzag & 1))) << 16) >> 16;
      out[i] = left;
      corner = up;
    }
  }
}
