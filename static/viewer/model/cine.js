/**
 * Which frame is due at a time: cine plays by the clock and drops frames, it never runs late.
 *
 * PS3.3 C.7.6.5: Frame Time, or Frame Time Vector where the increments differ, else a rate. Times are in
 * milliseconds and come from outside: nothing here reads a clock.
 */

/** @typedef {import("./types.js").CineFacts} CineFacts */

export const DEFAULT_RATE = 15;
export const MAX_RATE = 240;

/**
 * `starts[i]` is when frame i begins, `period` the length of one run through the frames; a sweep runs
 * there and back without showing either end twice.
 * @typedef {{count: number, starts: Float64Array, period: number, sweep: boolean, rate: number}} CinePlan
 */

/**
 * @param {CineFacts|null|undefined} facts
 * @param {number} count of frames
 * @param {number|null} [chosenRate] frames a second that a person set; null for the file's own timing
 * @returns {CinePlan}
 */
export function planCine(facts, count, chosenRate = null) {
  const vector = facts?.frameTimesMs;
  const sweep = Boolean(facts?.sweep) && count > 2;
  if (chosenRate === null && vector && usable(vector, count)) return byVector(vector, count, sweep);
  const rate = clampRate(chosenRate ?? fileRate(facts));
  const starts = Float64Array.from({ length: count }, (_, i) => (i * 1000) / rate);
  return { count, starts, period: (count * 1000) / rate, sweep, rate };
}

/**
 * The 0-based frame that is due after some time of playing.
 * @param {CinePlan} plan
 * @param {number} elapsedMs since frame 0 began; negative counts as 0
 * @returns {number}
 */
export function frameAt(plan, elapsedMs) {
  if (plan.count < 2 || !(plan.period > 0)) return 0;
  const time = Math.max(elapsedMs, 0);
  if (!plan.sweep) return search(plan.starts, time % plan.period);
  // There and back: the way back passes the inner frames only.
  const last = plan.starts[plan.count - 1];
  const within = time % (last + (last - plan.starts[0]));
  if (within < last) return search(plan.starts, within);
  const back = 2 * last - within;
  const index = search(plan.starts, back);
  return plan.starts[index] === back ? index : Math.min(index + 1, plan.count - 1);
}

/**
 * When a frame begins, so that playing can start from the frame in view.
 * @param {CinePlan} plan
 * @param {number} index
 */
export function startOf(plan, index) {
  return plan.starts[Math.min(Math.max(index, 0), plan.count - 1)] ?? 0;
}

/** @param {CineFacts|null|undefined} facts */
function fileRate(facts) {
  const time = facts?.frameTimeMs;
  if (time && time > 0) return 1000 / time;
  return facts?.rate && facts.rate > 0 ? facts.rate : DEFAULT_RATE;
}

/** @param {number} rate */
function clampRate(rate) {
  return Number.isFinite(rate) ? Math.min(Math.max(rate, 0.1), MAX_RATE) : DEFAULT_RATE;
}

/**
 * @param {number[]} vector
 * @param {number} count
 */
function usable(vector, count) {
  return (
    vector.length === count &&
    count > 1 &&
    vector.slice(1).every((time) => Number.isFinite(time) && time > 0)
  );
}

/**
 * Frame Time Vector (0018,1065): entry i is the time from frame i-1 to frame i, the first is 0. The
 * standard gives no time for the last frame: it is shown as long as the average.
 * @param {number[]} vector
 * @param {number} count
 * @param {boolean} sweep
 * @returns {CinePlan}
 */
function byVector(vector, count, sweep) {
  const starts = new Float64Array(count);
  for (let i = 1; i < count; i += 1) starts[i] = starts[i - 1] + vector[i];
  const average = starts[count - 1] / (count - 1);
  return { count, starts, period: starts[count - 1] + average, sweep, rate: 1000 / average };
}

/**
 * The last frame that began at or before a time.
 * @param {Float64Array} starts
 * @param {number} time
 */
function search(starts, time) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    // A start such as 3 x 33.333 must count as begun at 100 ms minus a rounding error.
    if (starts[middle] <= time + 1e-6) low = middle;
    else high = middle - 1;
  }
  return low;
}
