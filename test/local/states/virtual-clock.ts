import type { Clock } from "../../../lib/local/states/clock.ts";

interface Alarm {
  readonly time: number;
  readonly ring: () => void;
}

/** A clock that jumps to the next alarm whenever nothing else is left to do, with a record of what was slept. */
export interface VirtualClock extends Clock {
  /** Milliseconds of every sleep, in the order in which they began. */
  readonly sleeps: readonly number[];
}

/** Makes a clock that starts at `start` (milliseconds since the epoch) and never really waits. */
export const createVirtualClock = (start = Date.UTC(2026, 0, 1)): VirtualClock => {
  const alarms = new Set<Alarm>();
  const sleeps: number[] = [];
  let now = start;
  let isScheduled = false;
  const ringNext = () => {
    isScheduled = false;
    const [first] = [...alarms].toSorted((one, other) => one.time - other.time);
    if (first === undefined) return;
    alarms.delete(first);
    now = Math.max(now, first.time);
    first.ring();
    schedule();
  };
  const schedule = () => {
    if (isScheduled || alarms.size === 0) return;
    isScheduled = true;
    // Microtasks and a few turns of the loop, for streams, come first.
    setImmediate(() => setImmediate(() => setImmediate(ringNext)));
  };
  const timeout = (milliseconds: number, ring: () => void) => {
    const alarm = { time: now + milliseconds, ring };
    alarms.add(alarm);
    schedule();
    return () => void alarms.delete(alarm);
  };
  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    sleeps.push(milliseconds);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cancel = timeout(milliseconds, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      const stop = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", stop, { once: true });
    });
  };
  return { now: () => now, sleep, timeout, sleeps };
};
