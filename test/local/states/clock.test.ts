import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createScaledClock } from "../../../lib/local/states/clock.ts";
import { createVirtualClock } from "./virtual-clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** How many milliseconds pass until the promise settles. */
const timeOf = async (promise: Promise<unknown>): Promise<number> => {
  let settled = -1;
  const note = () => {
    settled = Date.now();
  };
  promise.then(note, note);
  await vi.runAllTimersAsync();
  return settled;
};

describe("a scaled clock", () => {
  test("tells the machine's time", () => {
    vi.setSystemTime(5000);
    expect(createScaledClock(0.1).now()).toBe(5000);
  });

  test("sleeps as long as its scale makes of what it is told", async () => {
    expect(await timeOf(createScaledClock(0.1).sleep(5000))).toBe(500);
  });

  test("never scales time limits", () => {
    const onTimeout = vi.fn<() => void>();
    createScaledClock(0.1).timeout(5000, onTimeout);
    vi.advanceTimersByTime(4999);
    expect(onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onTimeout).toHaveBeenCalledOnce();
  });

  test("forgets a time limit that is cancelled", () => {
    const onTimeout = vi.fn<() => void>();
    createScaledClock(1).timeout(5000, onTimeout)();
    vi.advanceTimersByTime(10_000);
    expect(onTimeout).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends a sleep with the signal's reason, and leaves no timer", async () => {
    const caller = new AbortController();
    const slept = createScaledClock(1).sleep(5000, caller.signal);
    caller.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not sleep on a signal that has aborted", async () => {
    await expect(createScaledClock(1).sleep(5000, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits longer than Node's timers can, too", () => {
    const onTimeout = vi.fn<() => void>();
    const hundredDays = 100 * 86_400_000;
    createScaledClock(1).timeout(hundredDays, onTimeout);
    vi.advanceTimersByTime(hundredDays - 1);
    expect(onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onTimeout).toHaveBeenCalledOnce();
  });
});

describe("the virtual clock of these tests", () => {
  test("goes from one alarm to the next, in the order of their times", async () => {
    vi.useRealTimers();
    const clock = createVirtualClock(0);
    const seen: string[] = [];
    clock.timeout(20, () => seen.push(`limit ${clock.now()}`));
    await Promise.all([
      clock.sleep(30).then(() => seen.push(`late ${clock.now()}`)),
      clock.sleep(10).then(() => seen.push(`early ${clock.now()}`)),
    ]);
    expect(seen).toEqual(["early 10", "limit 20", "late 30"]);
  });
});
