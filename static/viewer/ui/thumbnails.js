/** Thumbnails: a few at a time, behind the pictures that are being looked at. */

const AT_ONCE = 2;

/**
 * @param {import("../io/door.js").Door} door
 * @returns {(of: {instance: string, frame: number}) => Promise<string>} an object URL
 */
export function thumbnailLoader(door) {
  /** @type {(() => void)[]} */
  const queue = [];
  let running = 0;

  const next = () => {
    running -= 1;
    queue.shift()?.();
  };
  const turn = () => {
    running += 1;
    if (running <= AT_ONCE) return Promise.resolve();
    return new Promise((resolve) => queue.push(() => resolve(undefined)));
  };

  return async ({ instance, frame }) => {
    await turn();
    try {
      const answer = await door.get(`/instances/${instance}/frames/${frame}/thumbnail.png`);
      return URL.createObjectURL(await answer.blob());
    } finally {
      next();
    }
  };
}
