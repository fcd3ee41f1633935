import { describe, expect, test } from "vitest";

import type { Workload } from "../../lib/domain/capacity.ts";
import { dispatchesOf, estimateDuration, executorsAtWork } from "../../lib/domain/estimate.ts";
import { smoothWorkload } from "./workloads.ts";

const workload = (change: Partial<Workload>): Workload => ({ ...smoothWorkload, ...change });
const ofConfig = (change: Partial<Workload["config"]>) => ({ config: { ...smoothWorkload.config, ...change } });

const dispatchSeconds = (waves: readonly number[], change: Partial<Workload> = {}): number =>
  estimateDuration(waves, workload(change)).dispatch_seconds;

/** What an executor itself takes for the forty tasks of a child, in seconds. */
const OWN = 40 * 0.005;

describe("the tasks of a wave take", () => {
  test("a child's time where all children have a place at once", () => {
    expect(dispatchSeconds([800])).toBeCloseTo(0.1 + OWN, 12);
    expect(dispatchSeconds([1])).toBeCloseTo(0.1 + OWN / 40, 12);
  });

  test("as many times that as children share a place", () => {
    expect(dispatchSeconds([8_000], { attemptSeconds: 2, longestAttemptSeconds: 2 })).toBeCloseTo(10 * (2 + OWN), 12);
  });

  test("what the agents' rate limits ask for, where that is more", () => {
    expect(dispatchSeconds([600], { attemptsPerSecond: 10 })).toBe(60);
  });

  test("as much for two waves side by side as for one, while executors are idle", () => {
    const slowest = { longestAttemptSeconds: 1 };
    const seconds = 10 * (1 + OWN);
    expect(dispatchSeconds([8_000], slowest)).toBeCloseTo(seconds, 12);
    expect(dispatchSeconds([8_000, 8_000], { ...slowest, ...ofConfig({ wave_concurrency: 2 }) })).toBeCloseTo(
      seconds,
      12,
    );
  });

  test("a second dispatch where tasks are left to a backup, unless the run has one pass", () => {
    const failing = workload({ retried: 0.5, ...ofConfig({ max_retries: 0, max_passes: 2 }) });
    expect(dispatchesOf(100, failing)).toBeCloseTo(2, 12);
    expect(dispatchesOf(1, failing)).toBe(1.5);
    expect(dispatchesOf(100, { ...failing, ...ofConfig({ max_retries: 0, max_passes: 1 }) })).toBe(1);
    expect(dispatchesOf(100, smoothWorkload)).toBe(1);
  });

  test("the children of the second dispatch as well, as many as it has tasks for", () => {
    const config = ofConfig({ retry_strategy: "NO_RETRY", max_passes: 2 });
    const [all, half] = [1, 0.5].map((retried) => dispatchSeconds([80_000], { retried, ...config }));
    const once = dispatchSeconds([80_000], config);
    expect(all! / once).toBeCloseTo(2, 9);
    expect(half! / once).toBeCloseTo(1.5, 9);
  });
});

describe("a run takes", () => {
  test("nothing where it has no waves", () => {
    expect(estimateDuration([], smoothWorkload)).toEqual({ seconds: 0, dispatch_seconds: 0, step_seconds: 0 });
  });

  test("its tasks' time, and that of six calls of steps and 130 µs a task", () => {
    const { seconds, dispatch_seconds, step_seconds } = estimateDuration([1_000], smoothWorkload);
    expect(step_seconds).toBeCloseTo(6 * 0.3 + 0.13, 12);
    expect(seconds).toBe(dispatch_seconds + step_seconds);
  });

  test("longer the more tasks it has, the longer they are, and the more of them are retried", () => {
    const seconds = (waves: readonly number[], change: Partial<Workload>) =>
      estimateDuration(waves, workload(change)).seconds;
    const growing = [
      seconds([1_000], {}),
      seconds([10_000], {}),
      seconds([10_000, 1], {}),
      seconds([10_000, 1], { attemptSeconds: 1, longestAttemptSeconds: 1 }),
      seconds([10_000, 1], { attemptSeconds: 1, longestAttemptSeconds: 1, retried: 0.08 }),
    ];
    expect(growing).toEqual(growing.toSorted((a, b) => a - b));
    expect(new Set(growing).size).toBe(growing.length);
  });
});

describe("executors at work are", () => {
  test("about as many as there are children at a time, 800 at the most", () => {
    const slow = { attemptSeconds: 1, longestAttemptSeconds: 2 };
    expect(executorsAtWork([80_000], workload(slow))).toBe(20);
    expect(executorsAtWork([80_000], workload({ ...slow, ...ofConfig({ dispatch_concurrency: 400 }) }))).toBeCloseTo(
      400,
      -1,
    );
    expect(executorsAtWork([800_000], workload({ ...slow, ...ofConfig({ dispatch_concurrency: 1_000 }) }))).toBe(800);
    expect(executorsAtWork([3], smoothWorkload)).toBe(1);
  });
});
