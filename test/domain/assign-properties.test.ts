import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { assignTasks, type AssignableAgent, type AssignableTask } from "../../lib/domain/assign.ts";
import { strategies } from "../../lib/domain/run-config.ts";
import { agent, task } from "./assign-builders.ts";
import { assignNaively } from "./assign-naively.ts";

const ids = ["a", "b", "c", "d", "e", "f", "g"];
const someIds = fc.subarray(ids, { maxLength: 3 });
const capabilities = fc.subarray(["gpu", "eu", "sql"]);

const anyTask: fc.Arbitrary<AssignableTask> = fc
  .record(
    {
      priority: fc.integer({ min: 0, max: 3 }),
      confidence: fc.constantFrom(0, 0.5, 0.9, 1),
      weight: fc.constantFrom(0, 0.1, 1, 2.5, 7),
      capabilities: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: capabilities }),
      tried: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: someIds }),
      allowed: fc.subarray(ids),
      denied: someIds,
      pinned: fc.constantFrom(...ids, "z"),
    },
    { requiredKeys: ["priority", "confidence", "weight", "capabilities", "tried"] },
  )
  .map((changes) => task(changes));

const anyFleet: fc.Arbitrary<AssignableAgent[]> = fc
  .array(
    fc.record({
      capabilities: fc.oneof(fc.constant(["gpu", "eu", "sql"]), capabilities),
      capacity: fc.constantFrom(0.5, 1, 3, 10),
      confidence: fc.constantFrom(0.5, 0.85, 0.9),
      online: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      load: fc.constantFrom(0, 0, 1, 4.5),
      successEstimate: fc.constantFrom(0.5, 0.85, 0.9),
      quota: fc.constantFrom(Infinity, Infinity, 0, 1, 2, 5),
      probe: fc.boolean(),
    }),
    { maxLength: ids.length },
  )
  .map((list) => list.map((changes, index) => agent(ids[index] ?? "", changes)));

const anyTasks = fc
  .array(anyTask, { minLength: 1, maxLength: 8 })
  .chain((kinds) => fc.array(fc.constantFrom(...kinds), { maxLength: 40 }));

describe.each(strategies)("%s", (strategy) => {
  it("chooses and explains as a scan over all agents would", () => {
    fc.assert(
      fc.property(anyTasks, anyFleet, (tasks, agents) => {
        const plan = assignTasks({ strategy, tasks, agents });
        const naive = assignNaively(strategy, tasks, agents);
        expect([...plan.order]).toEqual(naive.order);
        expect([...plan.agentOf]).toEqual(naive.agentOf);
        expect([...plan.loadOf]).toEqual(naive.loadOf);
        expect(tasks.map((_, index) => plan.decisionOf(index))).toEqual(naive.decisions);
      }),
      { numRuns: 300 },
    );
  });

  it("assigns every task or lists it, and adds up its weights", () => {
    fc.assert(
      fc.property(anyTasks, anyFleet, (tasks, agents) => {
        const { order, agentOf, unassigned, loadOf } = assignTasks({ strategy, tasks, agents });
        const listed = [...order, ...unassigned.map(({ taskIndex }) => taskIndex)];
        expect(listed.toSorted((some, other) => some - other)).toEqual([...tasks.keys()]);
        const assigned = [...order].reduce((sum, index) => sum + (tasks[index]?.weight ?? 0), 0);
        expect(loadOf.reduce((sum, load) => sum + load, 0)).toBeCloseTo(assigned);
        for (const { taskIndex } of unassigned) expect(agentOf[taskIndex]).toBe(-1);
      }),
    );
  });

  it("gives the same plan for the same input", () => {
    fc.assert(
      fc.property(anyTasks, anyFleet, (tasks, agents) => {
        const { decisionOf: _first, ...first } = assignTasks({ strategy, tasks, agents });
        const { decisionOf: _second, ...second } = assignTasks({ strategy, tasks: structuredClone(tasks), agents });
        expect(second).toEqual(first);
      }),
    );
  });

  test("a hundred agents and thousands of tasks are dealt out as by a scan", () => {
    const agents = Array.from({ length: 100 }, (_, index) =>
      agent(`agent_${index}`, {
        capacity: 1 + (index % 7),
        successEstimate: (index % 5) / 5,
        quota: 10 + (index % 30),
      }),
    );
    const tasks = Array.from({ length: 2_000 }, (_, index) =>
      task({
        weight: 0.1 + (index % 13) / 3,
        priority: index % 11,
        tried: index % 3 === 0 ? [`agent_${index % 100}`] : [],
      }),
    );
    const plan = assignTasks({ strategy, tasks, agents });
    expect([...plan.agentOf]).toEqual(assignNaively(strategy, tasks, agents).agentOf);
  });
});
