import { describe, expect, it, test } from "vitest";
import { assignTasks, type AssignableAgent, type AssignableTask } from "../../lib/domain/assign.ts";
import { randomFor } from "../../lib/domain/random.ts";
import { strategies, type Strategy } from "../../lib/domain/run-config.ts";
import { agent, probe, takers, task, tasks, variation } from "./assign-builders.ts";

const assigned = (
  strategy: Strategy,
  given: readonly AssignableTask[],
  agents: readonly AssignableAgent[],
  cursor?: number,
): (string | null)[] =>
  takers(assignTasks({ strategy, tasks: given, agents, ...(cursor !== undefined && { cursor }) }), agents);

const [a, b, c] = [agent("a"), agent("b"), agent("c")];

describe("ROUND_ROBIN", () => {
  it("gives the tasks to the agents in turn", () => {
    expect(assigned("ROUND_ROBIN", tasks(5), [a, b, c])).toEqual(["a", "b", "c", "a", "b"]);
  });

  it("goes on in the next wave where it stopped in this one", () => {
    const first = assignTasks({ strategy: "ROUND_ROBIN", tasks: tasks(4), agents: [a, b, c] });
    expect(first.cursor).toBe(1);
    expect(assigned("ROUND_ROBIN", tasks(3), [a, b, c], first.cursor)).toEqual(["b", "c", "a"]);
  });

  it("skips agents that may not take the task", () => {
    const gpu = agent("b", { capabilities: ["gpu"] });
    expect(assigned("ROUND_ROBIN", [task({ capabilities: ["gpu"] }), ...tasks(2)], [a, gpu, c])).toEqual([
      "b",
      "c",
      "a",
    ]);
  });

  it("passes the turn on from a pinned agent", () => {
    expect(assigned("ROUND_ROBIN", [task({ pinned: "b" }), ...tasks(2)], [a, b, c])).toEqual(["b", "c", "a"]);
  });

  it("takes the allowed agent whose turn comes first", () => {
    expect(assigned("ROUND_ROBIN", [task({ allowed: ["a", "c"] })], [a, b, c], 1)).toEqual(["c"]);
    expect(assigned("ROUND_ROBIN", [task({ allowed: ["c", "a"] })], [a, b, c], 0)).toEqual(["a"]);
  });

  it("keeps the turn where nobody may take a task", () => {
    const plan = assignTasks({ strategy: "ROUND_ROBIN", tasks: [task({ pinned: "z" })], agents: [a, b, c], cursor: 2 });
    expect(plan.cursor).toBe(2);
  });

  it("starts over where the fleet has shrunk below the turn", () => {
    expect(assigned("ROUND_ROBIN", tasks(2), [a, b], 3)).toEqual(["b", "a"]);
  });
});

describe("LOAD_BALANCED", () => {
  it("gives each task to the agent with the least load, ties to the earlier id", () => {
    expect(assigned("LOAD_BALANCED", tasks(4), [agent("a", { load: 2 }), b, c])).toEqual(["b", "c", "b", "c"]);
  });

  it("measures load by capacity", () => {
    expect(assigned("LOAD_BALANCED", tasks(3), [agent("a", { capacity: 1 }), agent("b", { capacity: 2 })])).toEqual([
      "a",
      "b",
      "b",
    ]);
  });

  it("deals the longest tasks out first", () => {
    const given = [1, 5, 1, 3].map((weight) => task({ weight }));
    const plan = assignTasks({ strategy: "LOAD_BALANCED", tasks: given, agents: [a, b] });
    expect([...plan.order]).toEqual([1, 3, 0, 2]);
    expect([...plan.loadOf]).toEqual([5, 5]);
  });

  it("leaves the turn of ROUND_ROBIN as it is", () => {
    expect(assignTasks({ strategy: "LOAD_BALANCED", tasks: tasks(4), agents: [a, b, c], cursor: 2 }).cursor).toBe(2);
  });

  test.each([
    { count: 60, fleet: 4 },
    { count: 1_000, fleet: 8 },
  ])("loads of $fleet agents vary by less than 15 % on $count mixed tasks", ({ count, fleet }) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const mixed = Array.from({ length: count }, (_, index) =>
        task({ weight: 0.1 + 9.9 * randomFor(seed, index) ** 3 }),
      );
      const agents = Array.from({ length: fleet }, (_, index) => agent(`agent_${index}`));
      const plan = assignTasks({ strategy: "LOAD_BALANCED", tasks: mixed, agents });
      expect(variation([...plan.loadOf])).toBeLessThan(0.15);
    }
  });
});

describe("PRIORITY_BASED", () => {
  it("deals tasks out by descending priority, equal ones in input order", () => {
    const given = [10, 90, 10, 50].map((priority) => task({ priority }));
    expect([...assignTasks({ strategy: "PRIORITY_BASED", tasks: given, agents: [a] }).order]).toEqual([1, 3, 0, 2]);
  });

  it("prefers the agent with the best success estimate while it has spare capacity", () => {
    const good = agent("b", { successEstimate: 0.9, capacity: 2 });
    expect(assigned("PRIORITY_BASED", tasks(3), [a, good])).toEqual(["b", "b", "a"]);
  });

  it("takes the least loaded of equally good agents, then the earlier id", () => {
    expect(assigned("PRIORITY_BASED", tasks(3), [agent("a", { load: 1 }), b, c])).toEqual(["b", "c", "a"]);
  });

  it("takes the least loaded agent where none has spare capacity", () => {
    const good = agent("a", { successEstimate: 0.9, load: 12 });
    expect(assigned("PRIORITY_BASED", tasks(2), [good, agent("b", { load: 11 })])).toEqual(["b", "a"]);
  });
});

describe("CONFIDENCE_BASED", () => {
  it("deals tasks out by descending confidence, equal ones in input order", () => {
    const given = [0.1, 0.9, 0.1, 0.5].map((confidence) => task({ confidence }));
    expect([...assignTasks({ strategy: "CONFIDENCE_BASED", tasks: given, agents: [a] }).order]).toEqual([1, 3, 0, 2]);
  });

  it("gives the most confident tasks to the most confident agents, in proportion to capacity", () => {
    const given = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map((confidence) => task({ confidence }));
    const agents = [agent("a", { confidence: 0.5, capacity: 20 }), agent("b", { confidence: 0.9, capacity: 10 })];
    expect(assigned("CONFIDENCE_BASED", given, agents)).toEqual(["a", "a", "a", "a", "b", "b"]);
  });

  it("gives a task whose due agent may not take it to the next one that is due a task", () => {
    const agents = [agent("a", { confidence: 0.9 }), agent("b", { confidence: 0.8 }), agent("c", { confidence: 0.7 })];
    expect(assigned("CONFIDENCE_BASED", [task({ denied: ["a"] }), ...tasks(2)], agents)).toEqual(["b", "a", "c"]);
  });

  it("gives a task to the least loaded agent where none that may take it is due one", () => {
    const agents = [agent("a", { confidence: 0.9 }), b, agent("c", { load: 3 })];
    expect(assigned("CONFIDENCE_BASED", tasks(3, { denied: ["a"] }), agents)).toEqual(["b", "c", "b"]);
  });

  it("gives a probe one task", () => {
    const agents = [agent("a", { confidence: 0.5 }), probe("b", { confidence: 0.9 })];
    expect(assigned("CONFIDENCE_BASED", tasks(3), agents)).toEqual(["b", "a", "a"]);
  });
});

describe.each(strategies)("a plan of %s", (strategy) => {
  it("is empty for no tasks", () => {
    const plan = assignTasks({ strategy, tasks: [], agents: [a, b] });
    expect([...plan.order]).toEqual([]);
    expect([...plan.loadOf]).toEqual([0, 0]);
  });

  it("lists every task as unassigned where the fleet is empty", () => {
    const plan = assignTasks({ strategy, tasks: tasks(2), agents: [], cursor: 3 });
    expect([...plan.agentOf]).toEqual([-1, -1]);
    expect(plan.unassigned.map(({ taskIndex, reason }) => [taskIndex, reason])).toEqual([
      [0, "unassignable"],
      [1, "unassignable"],
    ]);
    expect(plan.cursor).toBe(3);
  });

  it("holds only assigned tasks in its dispatch order", () => {
    const plan = assignTasks({ strategy, tasks: [task(), task({ pinned: "z" }), task()], agents: [a, b] });
    expect([...plan.order]).toEqual([0, 2]);
    expect(plan.unassigned.map(({ taskIndex }) => taskIndex)).toEqual([1]);
  });

  it("gives no agent more tasks than its quota", () => {
    const agents = [agent("a", { quota: 2 }), probe("b"), agent("c", { quota: 0 })];
    const plan = assignTasks({ strategy, tasks: tasks(5), agents });
    const counts = [0, 1, 2].map((index) => plan.agentOf.filter((taker) => taker === index).length);
    expect(counts).toEqual([2, 1, 0]);
    expect(plan.unassigned.map(({ reason }) => reason)).toEqual(["rate_limit", "rate_limit"]);
  });

  it("treats a quota that is no number as used up", () => {
    expect(assigned(strategy, tasks(1), [agent("a", { quota: Number.NaN })])).toEqual([null]);
  });
});
