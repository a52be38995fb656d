/**
 * Levels and tiles: which parts of a frame a viewport needs. Level 0 is full resolution, each level
 * halves (rounded up); tiles are 512 x 512; a frame of at most 1024 x 1024 is one tile and one level.
 */

/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Box in pixels, x1 and y1 exclusive */
/** @typedef {{level: number, column: number, row: number}} TileAddress */

export const TILE = 512;
export const SINGLE = 1024;
const HYSTERESIS = 1.1;

/**
 * How many levels a frame has: down to the first that is one tile.
 * @param {number} rows
 * @param {number} columns
 */
export function levelCount(rows, columns) {
  let levels = 1;
  if (rows <= SINGLE && columns <= SINGLE) return levels;
  let longest = Math.max(rows, columns);
  while (longest > TILE) {
    longest = Math.ceil(longest / 2);
    levels += 1;
  }
  return levels;
}

/**
 * @param {number} rows
 * @param {number} columns
 * @param {number} level
 */
export function levelSize(rows, columns, level) {
  return { columns: Math.ceil(columns / 2 ** level), rows: Math.ceil(rows / 2 ** level) };
}

/**
 * @param {number} rows
 * @param {number} columns
 */
export function isSingleTile(rows, columns) {
  return rows <= SINGLE && columns <= SINGLE;
}

/**
 * The pixels of its level that a tile holds.
 * @param {number} rows of the frame
 * @param {number} columns of the frame
 * @param {TileAddress} address
 * @returns {Box}
 */
export function tileBox(rows, columns, { level, column, row }) {
  const size = levelSize(rows, columns, level);
  if (isSingleTile(rows, columns)) return { x0: 0, y0: 0, x1: size.columns, y1: size.rows };
  return {
    x0: column * TILE,
    y0: row * TILE,
    x1: Math.min((column + 1) * TILE, size.columns),
    y1: Math.min((row + 1) * TILE, size.rows),
  };
}

/**
 * The coarsest level that still has a pixel for each device pixel. A level that is in use is kept until
 * the zoom is 10 % past its border, so that a trembling finger does not fetch two levels in turn.
 * @param {number} levels
 * @param {number} zoom device pixels per image column
 * @param {number|null} [current] the level in use
 */
export function chooseLevel(levels, zoom, current = null) {
  const wanted = bestLevel(levels, zoom);
  if (current === null || current === wanted || current >= levels) return wanted;
  const low = bestLevel(levels, zoom / HYSTERESIS);
  const high = bestLevel(levels, zoom * HYSTERESIS);
  return current === low || current === high ? current : wanted;
}

/**
 * @param {number} levels
 * @param {number} zoom
 */
function bestLevel(levels, zoom) {
  if (!(zoom > 0)) return levels - 1;
  return Math.min(Math.max(Math.floor(-Math.log2(zoom) + 1e-9), 0), levels - 1);
}

/**
 * The part of a level that a box of the frame touches; null if they do not meet.
 * @param {number} rows
 * @param {number} columns
 * @param {number} level
 * @param {Box} box in pixels of level 0, edges at whole numbers
 * @returns {Box|null}
 */
export function levelBox(rows, columns, level, box) {
  const size = levelSize(rows, columns, level);
  const scale = 2 ** level;
  const part = {
    x0: Math.max(Math.floor(box.x0 / scale), 0),
    y0: Math.max(Math.floor(box.y0 / scale), 0),
    x1: Math.min(Math.ceil(box.x1 / scale), size.columns),
    y1: Math.min(Math.ceil(box.y1 / scale), size.rows),
  };
  return part.x0 < part.x1 && part.y0 < part.y1 ? part : null;
}

/**
 * The tiles that cover a part of a level, nearest to its middle first.
 * @param {number} rows
 * @param {number} columns
 * @param {number} level
 * @param {Box} part in pixels of the level
 * @returns {TileAddress[]}
 */
export function tilesIn(rows, columns, level, part) {
  if (isSingleTile(rows, columns)) return [{ level, column: 0, row: 0 }];
  const tiles = [];
  for (let row = Math.floor(part.y0 / TILE); row * TILE < part.y1; row += 1) {
    for (let column = Math.floor(part.x0 / TILE); column * TILE < part.x1; column += 1) {
      tiles.push({ level, column, row });
    }
  }
  const x = (part.x0 + part.x1) / 2;
  const y = (part.y0 + part.y1) / 2;
  /** @param {TileAddress} tile */
  const distance = (tile) => Math.hypot((tile.column + 0.5) * TILE - x, (tile.row + 0.5) * TILE - y);
  return tiles.sort((one, other) => distance(one) - distance(other));
}
