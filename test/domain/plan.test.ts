import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunTooLargeError } from "../../lib/domain/errors.ts";
import { MAX_TASKS_PER_WAVE, MAX_WAVES, mostWaves } from "../../lib/domain/plan.ts";
import type { PlanItem } from "../../lib/domain/plan.ts";
import { item, items, plan } from "./plan-builders.ts";

const wavesOf = (tasks: readonly PlanItem[], numWaves?: number): number[] => [...plan(tasks, numWaves).waveOf];

describe("dealing", () => {
  it("deals tasks to equal waves in input order, the larger ones first", () => {
    expect(wavesOf(items(8))).toEqual([1, 1, 1, 2, 2, 2, 3, 3]);
  });

  it("makes one task a wave where there are fewer tasks than waves", () => {
    expect(wavesOf(items(2))).toEqual([1, 2]);
  });

  it("keeps the wave that a task asks for and deals the others equally", () => {
    expect(wavesOf([item("a", { wave: 9 }), ...items(3)])).toEqual([9, 1, 2, 3]);
  });

  it("deals equal waves of the tasks that can run", () => {
    expect(wavesOf([item("a", { dependsOn: ["a"] }), ...items(3)])).toEqual([0, 1, 2, 3]);
  });

  it("plans nothing for no tasks", () => {
    expect(plan([])).toMatchObject({ waves: [], groups: [] });
  });

  it("makes waves whose sizes differ by at most one, the larger first, where nothing constrains them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20 }), (count, numWaves) => {
        const sizes = plan(items(count), numWaves).waves.map(({ tasks }) => tasks);
        expect(sizes).toHaveLength(Math.min(count, numWaves));
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("dependencies", () => {
  it("puts a task after the wave of the one it depends on", () => {
    expect(wavesOf([item("a"), item("b", { dependsOn: ["a"] })], 1)).toEqual([1, 2]);
  });

  it("puts a task that comes first in the input after the one it depends on", () => {
    expect(wavesOf([item("a", { dependsOn: ["b"] }), item("b")])).toEqual([3, 2]);
  });

  it("moves a task out of the wave that it asks for when a dependency needs that", () => {
    expect(wavesOf([item("a", { wave: 5 }), item("b", { wave: 2, dependsOn: ["a"] })])).toEqual([5, 6]);
  });

  it("does not move a task whose dependency comes early enough", () => {
    expect(wavesOf([item("a", { wave: 1 }), item("b", { wave: 7, dependsOn: ["a"] })])).toEqual([1, 7]);
  });

  it("waits for the last of several dependencies, named twice or not", () => {
    const tasks = [item("a", { wave: 1 }), item("b", { wave: 4 }), item("c", { dependsOn: ["a", "b", "a"] })];
    expect(wavesOf(tasks)).toEqual([1, 4, 5]);
  });

  it("tells which waves a wave depends on", () => {
    const tasks = [item("a", { wave: 2 }), item("b", { wave: 1 }), item("c", { wave: 5, dependsOn: ["a", "b"] })];
    expect(plan(tasks).waves).toEqual([
      { wave: 1, tasks: 1, dependsOnWaves: [] },
      { wave: 2, tasks: 1, dependsOnWaves: [] },
      { wave: 5, tasks: 1, dependsOnWaves: [1, 2] },
    ]);
  });
});

describe("resources", () => {
  it("never puts two tasks with the same resource in a wave", () => {
    expect(wavesOf(items(3, { resources: ["db"] }), 1)).toEqual([1, 2, 3]);
  });

  it("looks for the first wave in which all resources are free", () => {
    const tasks = [
      item("a", { wave: 1, resources: ["x"] }),
      item("b", { wave: 2, resources: ["y"] }),
      item("c", { wave: 3, resources: ["x"] }),
      item("d", { wave: 1, resources: ["x", "y"] }),
    ];
    expect(wavesOf(tasks)).toEqual([1, 2, 3, 4]);
  });

  it("uses a wave that is still free between others", () => {
    const tasks = [
      item("a", { wave: 1, resources: ["x"] }),
      item("b", { wave: 3, resources: ["x"] }),
      item("c", { wave: 1, resources: ["x"] }),
    ];
    expect(wavesOf(tasks)).toEqual([1, 3, 2]);
  });
});

describe("limits", () => {
  it("refuses a wave with more tasks than one may have and says what to do", () => {
    const one = item("t", { wave: 2 });
    expect(() => plan(Array.from({ length: MAX_TASKS_PER_WAVE + 1 }, () => one))).toThrow(
      new RunTooLargeError(
        "expected at most 250000 tasks a wave, received 250001 for wave 2: raise num_waves or split the input into more runs",
      ),
    );
  });

  it("takes as many tasks as a wave may have", () => {
    const one = item("t", { wave: 2 });
    expect(plan(Array.from({ length: MAX_TASKS_PER_WAVE }, () => one)).waves).toMatchObject([
      { tasks: MAX_TASKS_PER_WAVE },
    ]);
  });

  it("takes as many waves as a run may have, with gaps between their numbers", () => {
    const tasks = Array.from({ length: MAX_WAVES }, (_, index) => item(`t${index}`, { wave: 1 + 1000 * index }));
    expect(plan(tasks).waves).toHaveLength(MAX_WAVES);
  });

  it.each([
    [1, 400],
    [2, 400],
    [3, 310],
    [10, 120],
  ])("with max_passes %i has room for %i waves, because each pass takes events of the history", (maxPasses, waves) => {
    expect(mostWaves(maxPasses)).toBe(waves);
    const chain = items(waves, { resources: ["db"] });
    expect(plan(chain, 1, 1, maxPasses).waves).toHaveLength(waves);
    expect(() => plan(items(waves + 1, { resources: ["db"] }), 1, 1, maxPasses)).toThrow(RunTooLargeError);
  });

  it("refuses one wave more and says what to do", () => {
    expect(() => plan(items(MAX_WAVES + 1, { resources: ["db"] }))).toThrow(
      new RunTooLargeError(
        "expected a run of at most 400 waves at max_passes 2, received one more for task t400: split the input into more runs, " +
          "shorten its chains of dependencies or share its resources among fewer tasks",
      ),
    );
  });
});
