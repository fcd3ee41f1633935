import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunTooLargeError } from "../../lib/domain/errors.ts";
import { MAX_TASKS_PER_WAVE, MAX_WAVES, planWaves } from "../../lib/domain/plan.ts";
import type { Plan, PlanItem } from "../../lib/domain/plan.ts";

const item = (taskId: string, fields: Partial<PlanItem> = {}): PlanItem => ({
  taskId,
  dependsOn: [],
  resources: [],
  ...fields,
});

const items = (count: number, fields: Partial<PlanItem> = {}): PlanItem[] =>
  Array.from({ length: count }, (_, index) => item(`t${index}`, fields));

const plan = (tasks: readonly PlanItem[], numWaves = 3, waveConcurrency = 1): Plan =>
  planWaves(tasks, { numWaves, waveConcurrency });

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

  it("marks the tasks that others depend on, set aside or not", () => {
    const tasks = [item("a"), item("b", { dependsOn: ["a"] }), item("c", { dependsOn: ["b", "x"] })];
    expect([...plan(tasks).hasDependents]).toEqual([1, 1, 0]);
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

describe("tasks that cannot run", () => {
  const asideOf = (tasks: readonly PlanItem[]) => Object.fromEntries(plan(tasks).setAside);

  it("sets the tasks of a cycle aside and names the cycle", () => {
    expect(asideOf([item("a", { dependsOn: ["b"] }), item("b", { dependsOn: ["a"] })])).toEqual({
      0: { reason: "cycle", error: "cycle: a → b → a" },
      1: { reason: "cycle", error: "cycle: a → b → a" },
    });
  });

  it("takes a task that depends on itself as a cycle", () => {
    expect(asideOf([item("a", { dependsOn: ["a"] })])).toEqual({ 0: { reason: "cycle", error: "cycle: a → a" } });
  });

  it("names a cycle, not the way into it, where cycles share tasks", () => {
    const tasks = [
      item("a", { dependsOn: ["b"] }),
      item("b", { dependsOn: ["c"] }),
      item("c", { dependsOn: ["b", "a"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({ 0: { error: "cycle: b → c → b" }, 2: { reason: "cycle" } });
  });

  it("cuts the name of a long cycle after ten ids", () => {
    const tasks = Array.from({ length: 11 }, (_, index) => item(`t${index}`, { dependsOn: [`t${(index + 1) % 11}`] }));
    expect(asideOf(tasks)[5]?.error).toBe("cycle: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → …");
  });

  it("names a cycle of ten whole", () => {
    const tasks = Array.from({ length: 10 }, (_, index) => item(`t${index}`, { dependsOn: [`t${(index + 1) % 10}`] }));
    expect(asideOf(tasks)[0]?.error).toMatch(/^cycle: t0 → t1 → .* → t9 → t0$/);
  });

  it("sets a task aside that depends on an id which is not in the input", () => {
    expect(asideOf([item("a", { dependsOn: ["x", "y"] })])).toEqual({
      0: { reason: "unknown_dependency", error: "unknown dependency: x, y" },
    });
  });

  it("cuts the names of unknown ids after ten", () => {
    const dependsOn = Array.from({ length: 11 }, (_, index) => `x${index}`);
    expect(asideOf([item("a", { dependsOn })])[0]?.error).toMatch(/^unknown dependency: x0, .*, x9, …$/);
  });

  it("sets everything aside that hangs behind a cycle or an unknown id, naming the dependency", () => {
    const tasks = [
      item("after", { dependsOn: ["fine", "behind"] }),
      item("behind", { dependsOn: ["loop"] }),
      item("loop", { dependsOn: ["loop"] }),
      item("fine"),
      item("lost", { dependsOn: ["nowhere"] }),
      item("waits", { dependsOn: ["lost"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({
      0: { reason: "dependency_failed", blockedBy: "behind", error: "depends on behind, which cannot run" },
      1: { reason: "dependency_failed", blockedBy: "loop" },
      2: { reason: "cycle" },
      4: { reason: "unknown_dependency" },
      5: { reason: "dependency_failed", blockedBy: "lost" },
    });
    expect([...plan(tasks).waveOf]).toEqual([0, 0, 0, 1, 0, 0]);
  });

  it("keeps two cycles apart of which one depends on the other", () => {
    const tasks = [
      item("a", { dependsOn: ["b", "c"] }),
      item("b", { dependsOn: ["a"] }),
      item("c", { dependsOn: ["d"] }),
      item("d", { dependsOn: ["c"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({
      0: { error: "cycle: a → b → a" },
      1: { error: "cycle: a → b → a" },
      2: { error: "cycle: c → d → c" },
      3: { error: "cycle: c → d → c" },
    });
  });

  it("finds a cycle whose tasks depend on others beside it", () => {
    const tasks = [item("a", { dependsOn: ["b"] }), item("b", { dependsOn: ["a", "c"] }), item("c")];
    expect(asideOf(tasks)).toMatchObject({ 0: { error: "cycle: a → b → a" }, 1: { error: "cycle: a → b → a" } });
  });

  it("calls it a cycle where a task of one names an unknown id too", () => {
    const tasks = [item("a", { dependsOn: ["b", "x"] }), item("b", { dependsOn: ["a"] })];
    expect(asideOf(tasks)).toMatchObject({ 0: { reason: "cycle" }, 1: { reason: "cycle" } });
  });

  it("finds a cycle of 100,000 tasks without overflowing the stack", () => {
    const count = 100_000;
    const tasks = Array.from({ length: count }, (_, index) =>
      item(`t${index}`, { dependsOn: [`t${(index + 1) % count}`] }),
    );
    expect(plan(tasks).setAside.size).toBe(count);
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

  it("refuses one wave more and says what to do", () => {
    expect(() => plan(items(MAX_WAVES + 1, { resources: ["db"] }))).toThrow(
      new RunTooLargeError(
        "expected a run of at most 400 waves, received one more for task t400: split the input into more runs, " +
          "shorten its chains of dependencies or share its resources among fewer tasks",
      ),
    );
  });
});

describe("groups", () => {
  const groupsOf = (tasks: readonly PlanItem[], waveConcurrency = 2) => plan(tasks, 4, waveConcurrency).groups;

  it("puts all waves in one group where waves run one at a time", () => {
    expect(groupsOf([item("a"), item("b", { dependsOn: ["a"] })], 1)).toEqual([[1, 2]]);
  });

  it("puts independent waves in one group", () => {
    expect(groupsOf(items(4))).toEqual([[1, 2, 3, 4]]);
  });

  it("has no group where no task can run", () => {
    expect(groupsOf([item("a", { dependsOn: ["a"], resources: ["db"] })])).toEqual([]);
  });

  it("starts a group where a wave depends on one of the group before", () => {
    expect(groupsOf([item("a"), item("b"), item("c", { dependsOn: ["b"] }), item("d")])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("starts a group where a wave shares a resource with one of the group before", () => {
    const db = { resources: ["db", "db"] };
    expect(groupsOf([item("a"), item("b", db), item("c"), item("d", db)])).toEqual([[1, 2, 3], [4]]);
  });

  it("looks at all resources of a wave", () => {
    const tasks = [
      item("a", { wave: 1, resources: ["x"] }),
      item("b", { wave: 2, resources: ["y"] }),
      item("c", { wave: 3, resources: ["y"] }),
      item("d", { wave: 3, resources: ["x"] }),
    ];
    expect(groupsOf(tasks)).toEqual([[1, 2], [3]]);
  });
});

describe("any input", () => {
  const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const anyItems: fc.Arbitrary<PlanItem[]> = fc.uniqueArray(
    fc.record(
      {
        taskId: fc.constantFrom(...ids),
        wave: fc.integer({ min: 1, max: 5 }),
        dependsOn: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...ids, "unknown"), { maxLength: 2 })),
        resources: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { maxLength: 2 }),
      },
      { requiredKeys: ["taskId", "dependsOn", "resources"] },
    ),
    { selector: ({ taskId }) => taskId },
  );

  const forAnyPlan = (check: (tasks: readonly PlanItem[], result: Plan, waveOf: Map<string, number>) => void): void => {
    fc.assert(
      fc.property(anyItems, fc.integer({ min: 1, max: 4 }), (tasks, numWaves) => {
        const result = plan(tasks, numWaves, 2);
        check(tasks, result, new Map(tasks.map(({ taskId }, index) => [taskId, result.waveOf[index] ?? 0])));
      }),
      { numRuns: 500 },
    );
  };

  it("places every task or sets it aside, never both", () => {
    forAnyPlan((tasks, { waveOf, setAside }) => {
      for (const index of tasks.keys()) expect((waveOf[index] ?? 0) > 0).toBe(!setAside.has(index));
    });
  });

  it("sets aside exactly what has an unknown id or itself among its direct and indirect dependencies, or behind them", () => {
    forAnyPlan((tasks, { setAside }) => {
      const runnable = new Set<string>();
      for (let size = -1; size < runnable.size;) {
        size = runnable.size;
        for (const { taskId, dependsOn } of tasks) if (dependsOn.every((id) => runnable.has(id))) runnable.add(taskId);
      }
      expect([...setAside.keys()]).toEqual(
        [...tasks.keys()].filter((index) => !runnable.has(tasks[index]?.taskId ?? "")),
      );
    });
  });

  it("calls a task cyclic exactly when it reaches itself", () => {
    forAnyPlan((tasks, { setAside }) => {
      const dependsOn = new Map(tasks.map((task) => [task.taskId, task.dependsOn]));
      for (const [index, { taskId }] of tasks.entries()) {
        const reached = new Set(dependsOn.get(taskId));
        for (const id of reached) for (const next of dependsOn.get(id) ?? []) reached.add(next);
        expect(setAside.get(index)?.reason === "cycle").toBe(reached.has(taskId));
      }
    });
  });

  it("puts every task after the waves of its dependencies and not before the wave that it asks for", () => {
    forAnyPlan((tasks, { setAside }, waveOf) => {
      for (const [index, { taskId, wave = 1, dependsOn }] of tasks.entries()) {
        if (setAside.has(index)) continue;
        const own = waveOf.get(taskId) ?? 0;
        expect(own).toBeGreaterThanOrEqual(wave);
        for (const id of dependsOn) expect(own).toBeGreaterThan(waveOf.get(id) ?? Infinity);
      }
    });
  });

  it("takes a resource once a wave", () => {
    forAnyPlan((tasks, { setAside }, waveOf) => {
      const taken = tasks
        .filter((_, index) => !setAside.has(index))
        .flatMap(({ taskId, resources }) => resources.map((resource) => `${resource} in ${waveOf.get(taskId)}`));
      expect(new Set(taken).size).toBe(taken.length);
    });
  });

  it("counts every placed task in one wave and every wave in one group", () => {
    forAnyPlan((tasks, { waves, groups, setAside }) => {
      const counted = waves.reduce((sum, wave) => sum + wave.tasks, 0);
      expect(counted).toBe(tasks.length - setAside.size);
      expect(groups.flat()).toEqual(waves.map(({ wave }) => wave));
    });
  });

  it("lets no dependency and no resource cross between two waves of a group", () => {
    forAnyPlan((tasks, { groups, setAside }, waveOf) => {
      const groupOf = new Map(groups.flatMap((group, number) => group.map((wave) => [wave, number] as const)));
      const placed = tasks
        .filter((_, index) => !setAside.has(index))
        .map((task) => ({ ...task, placedIn: waveOf.get(task.taskId) ?? 0 }));
      const crossing = placed.flatMap((one) =>
        placed.filter(
          (other) =>
            one.placedIn !== other.placedIn &&
            groupOf.get(one.placedIn) === groupOf.get(other.placedIn) &&
            (one.dependsOn.includes(other.taskId) || one.resources.some((name) => other.resources.includes(name))),
        ),
      );
      expect(crossing).toEqual([]);
    });
  });

  it("gives the same plan for the same input", () => {
    fc.assert(
      fc.property(anyItems, (tasks) => {
        expect(plan(structuredClone(tasks), 3, 2)).toEqual(plan(tasks, 3, 2));
      }),
    );
  });
});
