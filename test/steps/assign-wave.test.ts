import { describe, expect, test } from "vitest";

import { leaseDurationMs, MAX_ROUNDS } from "../../lib/domain/dispatch.ts";
import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { Lease } from "../../lib/domain/ports.ts";
import {
  at,
  batchContext,
  createPlannedWorld,
  createWorld,
  planned,
  putResults,
  result,
  RUN,
  runItem,
} from "./builders.ts";
import { assignNow, agentsOf, assignedIn, endPass, recordsOf, start, tasks } from "./wave-passes.ts";

const lease = (changes: Partial<Lease> = {}): Lease => ({
  agentId: "agent_0",
  runId: "run-2",
  wave: 1,
  pass: 1,
  weight: 1,
  expiresAt: Date.parse("2026-03-01T13:00:00.000Z"),
  ...changes,
});

test("a wave whose tasks have all ended leaves nothing of what an earlier try had assigned", async () => {
  const world = await createPlannedWorld(tasks(2));
  const first = await assignNow(start, world);
  await endPass(world, first, "timed_out");
  expect(assignedIn(world, 2)).toHaveLength(2);
  expect(await endPass(world, first, "completed")).toMatchObject({ pass: 2, assigned: 0 });
  expect(assignedIn(world, 2)).toEqual([]);
  expect(world.objects.texts.get(at.deferred(1, 2))).toBe("");
});

describe("the first pass of a wave", () => {
  test("gives every task an agent and says where the assignments stand", async () => {
    const world = await createPlannedWorld(tasks(4));
    const output = await assignNow(start, world);
    expect(output).toEqual({
      run_id: RUN,
      dispatch_concurrency: 20,
      wave: 1,
      pass: 1,
      assigned: 4,
      assignments_key: at.assignments(1, 1),
      results_prefix: at.results(1, 1),
      batch: batchContext({ assigned_at: world.clock.now() }),
    });
    expect(agentsOf(assignedIn(world, 1)).toSorted()).toEqual(["agent_0", "agent_0", "agent_1", "agent_1"]);
  });

  test("reserves the agents' load for as long as the pass may take", async () => {
    const world = await createPlannedWorld([...tasks(2), { ...planned("heavy"), weight: 5 }]);
    await assignNow(start, world);
    const expiresAt = world.clock.now() + leaseDurationMs(3, 20);
    expect([...world.fleet.leases.values()]).toEqual([
      { agentId: "agent_0", runId: RUN, wave: 1, pass: 1, weight: 5, expiresAt },
      { agentId: "agent_1", runId: RUN, wave: 1, pass: 1, weight: 2, expiresAt },
    ]);
  });

  test("takes no lease on an agent that gets nothing", async () => {
    const world = await createPlannedWorld(tasks(1));
    await assignNow(start, world);
    expect([...world.fleet.leases.values()].map(({ agentId }) => agentId)).toEqual(["agent_0"]);
  });

  test("says what it did in the log", async () => {
    const world = await createPlannedWorld([...tasks(2), planned("gpu", { capabilities: ["gpu"] })]);
    await assignNow(start, world);
    expect(world.log.entries).toEqual([
      {
        level: "info",
        message: "wave assigned",
        fields: { run_id: RUN, wave: 1, pass: 1, assigned: 2, unassigned: 1, waiting: 0 },
      },
    ]);
  });

  test("of a run that nobody planned ends the run", async () => {
    await expect(assignNow(start, createWorld())).rejects.toThrow(MissingObjectError);
  });

  test("of a run without a plan ends the run", async () => {
    const world = createWorld();
    await world.runs.begin(runItem());
    await expect(assignNow(start, world)).rejects.toThrow(MissingObjectError);
  });
});

describe("the same step run twice", () => {
  test.each(["LOAD_BALANCED", "ROUND_ROBIN", "PRIORITY_BASED", "CONFIDENCE_BASED"] as const)(
    "gives the same assignments and leases by %s",
    async (strategy) => {
      const lines = Array.from({ length: 9 }, (_, index) => ({ ...planned(`t${index}`), weight: 0.1 + index / 3 }));
      const world = await createPlannedWorld(lines, { config: { strategy } });
      // Loads that leave something in the last bit when they are added up and taken off again.
      const others = [0.1, 0.2].map((weight, index) => lease({ agentId: "agent_0", pass: index + 1, weight }));
      await world.fleet.putLeases("default", [...others, lease({ agentId: "agent_1", weight: 0.3 })]);
      const first = await assignNow(start, world);
      const [assignments, leases] = [assignedIn(world, 1), new Map(world.fleet.leases)];
      expect(await assignNow(start, world)).toEqual(first);
      expect([assignedIn(world, 1), world.fleet.leases]).toEqual([assignments, leases]);
    },
  );

  test("settles and assigns a later pass as it did before", async () => {
    const world = await createPlannedWorld(tasks(3), { config: { strategy: "ROUND_ROBIN", max_passes: 3 } });
    const second = await endPass(world, await assignNow(start, world), "timed_out");
    const [texts, leases] = [new Map(world.objects.texts), new Map(world.fleet.leases)];
    expect(await endPass(world, { ...second, pass: 1 }, "timed_out")).toEqual(second);
    expect([world.objects.texts, world.fleet.leases]).toEqual([texts, leases]);
  });
});

describe("leases", () => {
  test("of the wave's earlier passes are freed", async () => {
    const world = await createPlannedWorld(tasks(4));
    await endPass(world, await assignNow(start, world), "retries_exhausted");
    expect(new Set([...world.fleet.leases.values()].map(({ pass }) => pass))).toEqual(new Set([2]));
  });

  test("of other runs and other waves stay, and count as load", async () => {
    const world = await createPlannedWorld(tasks(2));
    const others = [lease({ agentId: "agent_0", weight: 5 }), lease({ runId: RUN, wave: 2, agentId: "agent_0" })];
    await world.fleet.putLeases("default", others);
    await assignNow(start, world);
    expect(agentsOf(assignedIn(world, 1))).toEqual(["agent_1", "agent_1"]);
    expect([...world.fleet.leases.values()]).toEqual(expect.arrayContaining(others));
  });
});

describe("a task that did not end in a pass", () => {
  test("goes to another agent in the next one", async () => {
    const world = await createPlannedWorld(tasks(4));
    const first = await assignNow(start, world);
    const agentOf = new Map(assignedIn(world, 1).map(({ task, agent_id }) => [task.task_id, agent_id]));
    const second = await endPass(world, first, "timed_out");
    expect([second.pass, second.assigned]).toEqual([2, 4]);
    for (const { task, agent_id, passes, tried } of assignedIn(world, 2)) {
      expect([agent_id !== agentOf.get(task.task_id), passes, tried]).toEqual([true, 1, [agentOf.get(task.task_id)]]);
    }
  });

  test("ends after max_passes, and nothing is left to assign", async () => {
    const world = await createPlannedWorld(tasks(2), { config: { max_passes: 2 } });
    const third = await endPass(world, await endPass(world, await assignNow(start, world), "timed_out"), "timed_out");
    expect([third.pass, third.assigned, third.wait_until]).toEqual([3, 0, undefined]);
    expect(recordsOf(world, 3)).toMatchObject(
      ["t0", "t1"].map((task_id) => ({ task_id, reason: "timed_out", passes: 2, attempts: 2 })),
    );
    expect([...world.fleet.leases]).toEqual([]);
  });

  test("ends in the last round also where it never spent a pass", async () => {
    const world = await createPlannedWorld([]);
    world.objects.putLines(at.assignments(1, MAX_ROUNDS), [{ ...planned("t0"), agent_id: "agent_0", decision: null }]);
    const previous = { run_id: RUN, wave: 1, pass: MAX_ROUNDS };
    const manifest_key = putResults(world, MAX_ROUNDS, [result("t0", { outcome: "deferred", attempts: [] })]);
    const { assigned } = await assignNow({ previous: { ...previous, manifest_key } }, world);
    expect([assigned, recordsOf(world, MAX_ROUNDS + 1).length]).toEqual([0, 1]);
  });

  test("is pending in the round before the last", async () => {
    const world = await createPlannedWorld([]);
    const pass = MAX_ROUNDS - 1;
    world.objects.putLines(at.assignments(1, pass), [{ ...planned("t0"), agent_id: "agent_0", decision: null }]);
    const manifest_key = putResults(world, pass, [result("t0", { outcome: "deferred", attempts: [] })]);
    const { assigned } = await assignNow({ previous: { run_id: RUN, wave: 1, pass, manifest_key } }, world);
    expect(assigned).toBe(1);
  });
});
