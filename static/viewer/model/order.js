/**
 * What to fetch next of a stack: outward from the frame in view, two ahead for one behind, then every
 * 8th frame so that a jump finds something near, then the rest. Pure: the caller says what it has.
 */

export const BATCH = 8;
export const NEAR = 16;

/** @typedef {{start: number, end: number}} Run 0-based frames start (inclusive) to end (exclusive) */
/**
 * @typedef {object} Wish
 * @property {number} count of frames in the stack
 * @property {number} asked the frame in view
 * @property {1|-1} direction of the last scrolling
 * @property {(index: number) => boolean} wanted not here, not on its way, not known to fail
 * @property {number} [horizon] frames farther than this from the asked one are not fetched
 * @property {number} [batch]
 */

/**
 * The single frames around the one in view, nearest first, two in the direction of scrolling for one
 * against it.
 * @param {number} count
 * @param {number} asked
 * @param {1|-1} direction
 * @param {number} reach
 * @returns {number[]}
 */
export function outward(count, asked, direction, reach) {
  const frames = [];
  let ahead = 1;
  let behind = 1;
  while (ahead <= reach || behind <= Math.ceil(reach / 2)) {
    for (const offset of [ahead, ahead + 1, -behind]) {
      const index = asked + direction * offset;
      if (index >= 0 && index < count) frames.push(index);
    }
    ahead += 2;
    behind += 1;
  }
  return frames;
}

/**
 * The next run of frames to fetch, or null when nothing is wanted within the horizon.
 * @param {Wish} wish
 * @returns {Run|null}
 */
export function nextRun(wish) {
  const { count, asked, direction, wanted } = wish;
  const batch = wish.batch ?? BATCH;
  const horizon = wish.horizon ?? Infinity;
  for (const index of outward(count, asked, direction, NEAR)) {
    if (Math.abs(index - asked) <= horizon && wanted(index)) return grow(wish, index, batch, horizon);
  }
  const sparse = nearest(wish, horizon, BATCH);
  if (sparse !== null) return { start: sparse, end: sparse + 1 };
  const rest = nearest(wish, horizon, 1);
  return rest === null ? null : grow(wish, rest, batch, horizon);
}

/**
 * The wanted frame nearest to the asked one among the multiples of a stride.
 * @param {Wish} wish
 * @param {number} horizon
 * @param {number} stride
 * @returns {number|null}
 */
function nearest({ count, asked, direction, wanted }, horizon, stride) {
  const reach = Math.min(horizon, count);
  for (let offset = 0; offset <= reach; offset += 1) {
    for (const index of [asked + direction * offset, asked - direction * offset]) {
      if (index >= 0 && index < count && index % stride === 0 && wanted(index)) return index;
    }
  }
  return null;
}

/**
 * Take the wanted neighbours of a frame into the same request, away from the asked frame.
 * @param {Wish} wish
 * @param {number} index
 * @param {number} batch
 * @param {number} horizon
 * @returns {Run}
 */
function grow({ count, asked, wanted }, index, batch, horizon) {
  const step = index >= asked ? 1 : -1;
  let last = index;
  for (let taken = 1; taken < batch; taken += 1) {
    const next = last + step;
    const near = next >= 0 && next < count && Math.abs(next - asked) <= horizon;
    if (!near || !wanted(next)) break;
    last = next;
  }
  return step > 0 ? { start: index, end: last + 1 } : { start: last, end: index + 1 };
}
