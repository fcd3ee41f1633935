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

const startTimer = (milliseconds: number, ring: () => void): (() => void) => {
  const end = performance.now() + milliseconds;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = Math.max(0, end - performance.now());
    timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(ring, left);
  };
  arm();
  return () => clearTimeout(timer);
};

const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = startTimer(milliseconds, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });

/**
 * The machine's clock. Waits and retries take `scale` times as long as they say; time limits are never scaled, since the
 * work that they limit does not run any faster.
 */
export const createScaledClock = (scale: number): Clock => ({
  now: () => Date.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds * scale, signal),
  timeout: startTimer,
});
