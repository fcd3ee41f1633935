import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan, PlanItem } from "../../lib/domain/plan.ts";
import { plan } from "./plan-builders.ts";

describe("a plan of any input", () => {
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
