import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  bindingBound,
  type Bound,
  boundsOf,
  FLEET_VIEW_SECONDS,
  agentWriteUnits,
  fleetReadUnits,
  splitTasks,
  wavesSideBySide,
  type Workload,
} from "../../lib/domain/capacity.ts";
import { childSeconds, tasksPerChild } from "../../lib/domain/child-time.ts";
import { FLEET_CACHE_MS } from "../../lib/steps/fleet-cache.ts";
import { smoothWorkload } from "./workloads.ts";

const workload = (change: Partial<Workload>): Workload => ({ ...smoothWorkload, ...change });
const withConfig = (change: Partial<Workload["config"]>): Partial<Workload> => ({
  config: { ...smoothWorkload.config, ...change },
});

const rateOf = (name: Bound["name"], change: Partial<Workload>): number =>
  boundsOf(workload(change)).find((bound) => bound.name === name)!.tasks_per_second;

const namesOf = (change: Partial<Workload>): readonly string[] => boundsOf(workload(change)).map(({ name }) => name);

/** What an executor itself takes for forty tasks, in seconds. */
const OWN = 40 * 0.005;

describe("a child", () => {
  test("takes forty small tasks, fewer large ones, and one that is larger than a batch", () => {
    expect([500, 10_000, 300_000].map((taskBytes) => tasksPerChild({ taskBytes }))).toEqual([40, 12, 1]);
  });

  test("lasts as long as its longest attempt where nothing is retried, and a little for each task", () => {
    expect(childSeconds(workload({ longestAttemptSeconds: 0.7 }))).toBeCloseTo(0.7 + OWN, 12);
    expect(childSeconds(workload({ longestAttemptSeconds: 0.7 }), 1)).toBeCloseTo(0.7 + 0.005, 12);
  });

  test("lasts longer where its agents cannot take all of its tasks at a time", () => {
    const change = { capacity: 10, attemptSeconds: 2, longestAttemptSeconds: 3 };
    expect(childSeconds(workload(change))).toBeCloseTo(3 + 3 * 2 + OWN, 12);
  });

  test("lasts a retry's wait longer where one of its tasks is sure to be tried twice", () => {
    const change = { retried: 1, ...withConfig({ max_retries: 1 }) };
    expect(childSeconds(workload(change))).toBeCloseTo(0.1 + OWN + 1 + 0.1, 12);
  });

  test("of forty tasks waits for a retry in 96 of 100 cases where 8 % are retried", () => {
    const change = { retried: 0.08, ...withConfig({ max_retries: 1 }) };
    expect(childSeconds(workload(change))).toBeCloseTo(0.1 + OWN + (1 - 0.92 ** 40) * 1.1, 12);
  });
});

describe("a run is bound by", () => {
  test("its children: 20 of 40 tasks at a time", () => {
    expect(rateOf("children", { longestAttemptSeconds: 2, attemptSeconds: 2 })).toBeCloseTo((20 * 40) / (2 + OWN), 9);
  });

  test("as many children as the run asks for", () => {
    expect(rateOf("children", withConfig({ dispatch_concurrency: 100 }))).toBeCloseTo(5 * rateOf("children", {}), 6);
  });

  test("more children where waves run side by side", () => {
    const change = withConfig({ wave_concurrency: 2, num_waves: 3 });
    expect(rateOf("children", change)).toBe(2 * rateOf("children", {}));
    expect(wavesSideBySide(workload(withConfig({ wave_concurrency: 9, num_waves: 3 })))).toBe(3);
    expect(wavesSideBySide(workload({}), 0)).toBe(1);
  });

  test("800 executors, each of which forty first attempts take together", () => {
    expect(rateOf("executors", { attemptSeconds: 2, longestAttemptSeconds: 2 })).toBeCloseTo((800 * 40) / (2 + OWN), 6);
  });

  test("800 executors, one of which a retry takes alone, and shortly one its failure that is thrown again", () => {
    const change = { retried: 1, ...withConfig({ max_retries: 1, max_passes: 1 }) };
    expect(rateOf("executors", change)).toBeCloseTo(800 / ((0.1 + OWN) / 40 + 0.005 + 0.105), 6);
  });

  test("ten requests a second for each executor, one a batch and two for its first retry", () => {
    expect(rateOf("executor_requests", {})).toBe(320_000);
    const change = { retried: 1, ...withConfig({ max_retries: 2, max_passes: 1 }) };
    expect(rateOf("executor_requests", change)).toBeCloseTo(8_000 / (1 / 40 + 3), 6);
  });

  test("a thousand children started a second", () => {
    expect(rateOf("child_starts", {})).toBe(40_000);
    expect(rateOf("child_starts", { taskBytes: 50_000 })).toBe(2_000);
  });

  test("the rate limits of its agents, where any of them has one", () => {
    expect(rateOf("rate_limits", { attemptsPerSecond: 12 })).toBe(12);
    expect(namesOf({})).not.toContain("rate_limits");
  });

  test("the writes of what is tried again but for the first time, on a new table", () => {
    expect(rateOf("attempt_writes", { retried: 1, ...withConfig({ max_retries: 3, max_passes: 1 }) })).toBe(2_000);
    expect(namesOf({ retried: 1, ...withConfig({ max_retries: 1, max_passes: 1 }) })).not.toContain("attempt_writes");
    expect(namesOf({})).not.toContain("attempt_writes");
  });

  test("the writes of attempts that take a place in their agent's rate", () => {
    expect(rateOf("attempt_writes", { limited: 0.5 })).toBe(8_000);
  });

  test("its children and their starts less, where a pass leaves tasks to the next one", () => {
    const change = { expected: { attempts: 1.25, leftOver: 0.25 }, ...withConfig({ max_passes: 2 }) };
    expect(rateOf("children", change)).toBeCloseTo(rateOf("children", {}) / 1.25, 9);
    expect(rateOf("child_starts", change)).toBe(32_000);
  });

  test("the reads of a large fleet, which is one partition of the table", () => {
    const agents = Math.floor((10 * 4_096) / 1_290);
    expect(fleetReadUnits(agents)).toBe(10);
    expect(fleetReadUnits(0)).toBe(1);
    expect(fleetReadUnits(agents, 0)).toBe(4);
    expect([agentWriteUnits(), agentWriteUnits(0)]).toEqual([2, 1]);
    expect(rateOf("fleet_reads", { agents, longestAttemptSeconds: 1 })).toBeCloseTo((1_500 * 40) / (1 + OWN), 6);
  });

  test("nothing of its agents' capacity, which is shown all the same", () => {
    const bounds = boundsOf(workload({ capacity: 1, attemptSeconds: 1, longestAttemptSeconds: 1 }));
    expect(bounds[0]).toMatchObject({ name: "agent_capacity", tasks_per_second: 1, held: false });
    expect(bindingBound(bounds).name).toBe("children");
  });
});

test("an executor's view of the fleet is as old as the step lets it be", () => {
  expect(FLEET_VIEW_SECONDS * 1_000).toBe(FLEET_CACHE_MS);
});

test("longer attempts, more retries and larger fleets never make a run faster", () => {
  const seconds = fc.double({ min: 0.001, max: 30, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const count = fc.integer({ min: 1, max: 10_000 });
  const speedOf = (attemptSeconds: number, retried: number, agents: number): number =>
    bindingBound(boundsOf(workload({ attemptSeconds, longestAttemptSeconds: attemptSeconds, retried, agents })))
      .tasks_per_second;
  fc.assert(
    fc.property(seconds, seconds, share, share, count, count, (s1, s2, r1, r2, a1, a2) => {
      const worse = speedOf(Math.max(s1, s2), Math.max(r1, r2), Math.max(a1, a2));
      expect(worse).toBeLessThanOrEqual(speedOf(s1, r1, a1) * (1 + 1e-9));
    }),
  );
});

describe("tasks are cut into", () => {
  test.each([
    [1, 3, { runs: 1, tasks_per_run: 1, waves_per_run: 1, tasks_per_wave: 1 }],
    [1_000, 3, { runs: 1, tasks_per_run: 1_000, waves_per_run: 3, tasks_per_wave: 334 }],
    [1_000_000, 3, { runs: 1, tasks_per_run: 1_000_000, waves_per_run: 4, tasks_per_wave: 250_000 }],
    [1_000_001, 3, { runs: 2, tasks_per_run: 500_001, waves_per_run: 3, tasks_per_wave: 166_667 }],
    [1_000_000_000, 5, { runs: 1_000, tasks_per_run: 1_000_000, waves_per_run: 5, tasks_per_wave: 200_000 }],
  ])("runs of a million and waves of 250,000 at the most: %d tasks, %d waves asked for", (tasks, waves, split) => {
    expect(splitTasks(tasks, waves)).toEqual(split);
  });
});
