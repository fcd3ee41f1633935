import { Stopped } from "./errors.ts";
import type { LinkedAbort } from "./frame.ts";

/**
 * Works on items, at most `limit` at a time, each drawn when its turn comes. The first error aborts `stop`, after which
 * nothing new starts; it is thrown when all that ran has ended.
 */
export const forEachConcurrently = async <T>(
  items: Iterator<T> | AsyncIterator<T>,
  limit: number,
  stop: LinkedAbort,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  let failure: { readonly error: unknown } | undefined;
  const workThrough = async () => {
    try {
      while (!stop.signal.aborted) {
        const drawn = items.next();
        const item = drawn instanceof Promise ? await drawn : drawn;
        if (item.done === true) return;
        if (!stop.signal.aborted) await work(item.value);
      }
    } catch (error) {
      failure ??= { error };
      stop.abort(new Stopped("map"));
    }
  };
  await Promise.all(Array.from({ length: limit }, workThrough));
  stop.unlink();
  if (failure !== undefined) throw failure.error;
  stop.signal.throwIfAborted();
};
