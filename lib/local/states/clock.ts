import { setTimeout as delay } from "node:timers/promises";

/** Where an execution takes its time from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits as Wait states and retries do. @throws the signal's reason as soon as it aborts */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once a time limit has passed, unless the function it returns is called before. */
  timeout(milliseconds: number, onTimeout: () => void): () => void;
}

/** Node's timers fire at once when asked for more than this, about 24.8 days. */
const longestTimer = 2 ** 31 - 1;

const sleepUntil = async (end: number, signal: AbortSignal | undefined): Promise<void> => {
  for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
    await delay(Math.min(left, longestTimer), undefined, signal === undefined ? {} : { signal });
  }
};

/**
 * The machine's clock. Waits and retries take `scale` times as long as they say; time limits are never scaled, since the
 * work that they limit does not run any faster.
 */
export const createScaledClock = (scale: number): Clock => ({
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await sleepUntil(performance.now() + milliseconds * scale, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  timeout: (milliseconds, onTimeout) => {
    const end = performance.now() + milliseconds;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const left = end - performance.now();
      timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(onTimeout, left);
    };
    arm();
    return () => clearTimeout(timer);
  },
});
