import { describe, expect, test } from "vitest";

import type { Workload } from "../../lib/domain/capacity.ts";
import {
  attemptsPerTask,
  passesPerTask,
  passShares,
  retriesPerTask,
  shareLeftOver,
  writesPerTask,
} from "../../lib/domain/estimate-attempts.ts";
import { smoothWorkload } from "./workloads.ts";

const workload = (change: Partial<Workload>, config: Partial<Workload["config"]> = {}): Workload => ({
  ...smoothWorkload,
  ...change,
  config: { ...smoothWorkload.config, ...config },
});

describe("attempts of a task", () => {
  test("are 1 + 0.08 + 0.08² + … in a pass where 8 % are made again, up to five times", () => {
    expect(attemptsPerTask(workload({ retried: 0.08 }, { max_passes: 1 }))).toBeCloseTo((1 - 0.08 ** 6) / 0.92, 12);
  });

  test("leave to a backup what failed every time, which has as many once more", () => {
    const failing = workload({ retried: 0.5 }, { max_retries: 2, max_passes: 2 });
    expect(shareLeftOver(failing)).toBe(0.125);
    expect(attemptsPerTask(failing)).toBe(1.75 * 1.125);
  });

  test("are one a pass where the run retries nothing", () => {
    const failing = workload({ retried: 0.5 }, { retry_strategy: "NO_RETRY", max_passes: 3 });
    expect(passShares(failing)).toEqual([1, 0.5, 0.25]);
    expect(attemptsPerTask(failing)).toBe(1.75);
    expect(passesPerTask(failing)).toBe(1.75);
    expect(retriesPerTask(failing)).toBe(0);
  });

  test("are those that are expected, where that is known", () => {
    const known = workload({ expected: { attempts: 2, leftOver: 0.5 } }, { max_passes: 2 });
    expect([attemptsPerTask(known), passesPerTask(known), retriesPerTask(known)]).toEqual([2, 1.5, 0.5]);
  });
});

test("an attempt writes an item where it is made again, and one for its place in the rate of its agent", () => {
  const known = { expected: { attempts: 2, leftOver: 0.5 } };
  expect(writesPerTask(workload(known, { max_passes: 2 }))).toBe(0.5);
  expect(writesPerTask(workload({ ...known, limited: 0.25 }, { max_passes: 2 }))).toBe(1);
});
