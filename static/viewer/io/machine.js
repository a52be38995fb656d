/** What the computer can do at once. */

/** Decoding, drawing and fetching ahead have to share: what is looked at goes first. */
export function hasFewProcessors() {
  return (globalThis.navigator?.hardwareConcurrency ?? 4) < 4;
}
