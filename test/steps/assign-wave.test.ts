import { describe, expect, test } from "vitest";

import type { AgentState } from "../../lib/domain/agent.ts";
import { leaseDurationMs, MAX_ROUNDS } from "../../lib/domain/dispatch.ts";
import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { Assignment, ExecutionOutcome, PendingTask } from "../../lib/domain/execution.ts";
import type { Lease } from "../../lib/domain/ports.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { assignWave, type AssignWaveInput, type AssignWaveOutput } from "../../lib/steps/assign-wave.ts";
import { agent, attempt } from "../domain/report-builders.ts";
import {
  at,
  createPlannedWorld,
  createWorld,
  planned,
  putResults,
  result,
  RUN,
  runItem,
  type World,
} from "./builders.ts";

/** The state machine's way into a wave. */
const start: AssignWaveInput = { previous: { run_id: RUN, wave: 1, pass: 0 } };

const tasks = (count: number) => Array.from({ length: count }, (_, index) => planned(`t${index}`));

const assignedIn = (world: World, pass: number, wave = 1): Assignment[] =>
  world.objects.lines<Assignment>(at.assignments(wave, pass));

const agentsOf = (assignments: readonly Assignment[]): string[] => assignments.map(({ agent_id }) => agent_id);

const recordsOf = (world: World, pass: number): TaskRecord[] => world.objects.lines<TaskRecord>(at.records(1, pass));

/** Dispatches a pass in which all tasks end alike, and assigns the next one. */
const endPass = async (
  world: World,
  { pass }: AssignWaveOutput,
  outcome: ExecutionOutcome,
): Promise<AssignWaveOutput> => {
  const results = assignedIn(world, pass).map(({ task, agent_id }) =>
    result(task.task_id, { outcome, agent_id, error: "no", attempts: [attempt({ pass, agent_id, error: "no" })] }),
  );
  return assignWave(
    { previous: { run_id: RUN, wave: 1, pass, manifest_key: putResults(world, pass, results) } },
    world,
  );
};

const lease = (changes: Partial<Lease> = {}): Lease => ({
  agentId: "agent_0",
  runId: "run-2",
  wave: 1,
  pass: 1,
  weight: 1,
  expiresAt: Date.parse("2026-03-01T13:00:00.000Z"),
  ...changes,
});

describe("the first pass of a wave", () => {
  test("gives every task an agent and says where the assignments stand", async () => {
    const world = await createPlannedWorld(tasks(4));
    const output = await assignWave(start, world);
    expect(output).toEqual({
      run_id: RUN,
      wave: 1,
      pass: 1,
      assigned: 4,
      assignments_key: at.assignments(1, 1),
      results_prefix: at.results(1, 1),
      batch: {
        run_id: RUN,
        wave: 1,
        pass: 1,
        started_at: "2026-03-01T12:00:00.000Z",
        fleet: "default",
        seed: 21,
        retry_strategy: "EXPONENTIAL_BACKOFF",
        max_retries: 5,
        task_timeout_seconds: 30,
        assigned_at: world.clock.now(),
      },
    });
    expect(agentsOf(assignedIn(world, 1)).toSorted()).toEqual(["agent_0", "agent_0", "agent_1", "agent_1"]);
  });

  test("reserves the agents' load for as long as the pass may take", async () => {
    const world = await createPlannedWorld([...tasks(2), { ...planned("heavy"), weight: 5 }]);
    await assignWave(start, world);
    const expiresAt = world.clock.now() + leaseDurationMs(3);
    expect([...world.fleet.leases.values()]).toEqual([
      { agentId: "agent_0", runId: RUN, wave: 1, pass: 1, weight: 5, expiresAt },
      { agentId: "agent_1", runId: RUN, wave: 1, pass: 1, weight: 2, expiresAt },
    ]);
  });

  test("takes no lease on an agent that gets nothing", async () => {
    const world = await createPlannedWorld(tasks(1));
    await assignWave(start, world);
    expect([...world.fleet.leases.values()].map(({ agentId }) => agentId)).toEqual(["agent_0"]);
  });

  test("says what it did in the log", async () => {
    const world = await createPlannedWorld([...tasks(2), planned("gpu", { capabilities: ["gpu"] })]);
    await assignWave(start, world);
    expect(world.log.entries).toEqual([
      {
        level: "info",
        message: "wave assigned",
        fields: { run_id: RUN, wave: 1, pass: 1, assigned: 2, unassigned: 1, waiting: 0 },
      },
    ]);
  });

  test("of a run that nobody planned ends the run", async () => {
    await expect(assignWave(start, createWorld())).rejects.toThrow(MissingObjectError);
  });

  test("of a run without a plan ends the run", async () => {
    const world = createWorld();
    await world.runs.begin(runItem());
    await expect(assignWave(start, world)).rejects.toThrow(MissingObjectError);
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
      const first = await assignWave(start, world);
      const [assignments, leases] = [assignedIn(world, 1), new Map(world.fleet.leases)];
      expect(await assignWave(start, world)).toEqual(first);
      expect([assignedIn(world, 1), world.fleet.leases]).toEqual([assignments, leases]);
    },
  );

  test("settles and assigns a later pass as it did before", async () => {
    const world = await createPlannedWorld(tasks(3), { config: { strategy: "ROUND_ROBIN", max_passes: 3 } });
    const second = await endPass(world, await assignWave(start, world), "timed_out");
    const [texts, leases] = [new Map(world.objects.texts), new Map(world.fleet.leases)];
    expect(await endPass(world, { ...second, pass: 1 }, "timed_out")).toEqual(second);
    expect([world.objects.texts, world.fleet.leases]).toEqual([texts, leases]);
  });
});

describe("leases", () => {
  test("of the wave's earlier passes are freed", async () => {
    const world = await createPlannedWorld(tasks(4));
    await endPass(world, await assignWave(start, world), "retries_exhausted");
    expect(new Set([...world.fleet.leases.values()].map(({ pass }) => pass))).toEqual(new Set([2]));
  });

  test("of other runs and other waves stay, and count as load", async () => {
    const world = await createPlannedWorld(tasks(2));
    const others = [lease({ agentId: "agent_0", weight: 5 }), lease({ runId: RUN, wave: 2, agentId: "agent_0" })];
    await world.fleet.putLeases("default", others);
    await assignWave(start, world);
    expect(agentsOf(assignedIn(world, 1))).toEqual(["agent_1", "agent_1"]);
    expect([...world.fleet.leases.values()]).toEqual(expect.arrayContaining(others));
  });
});

describe("a task that did not end in a pass", () => {
  test("goes to another agent in the next one", async () => {
    const world = await createPlannedWorld(tasks(4));
    const first = await assignWave(start, world);
    const agentOf = new Map(assignedIn(world, 1).map(({ task, agent_id }) => [task.task_id, agent_id]));
    const second = await endPass(world, first, "timed_out");
    expect([second.pass, second.assigned]).toEqual([2, 4]);
    for (const { task, agent_id, passes, tried } of assignedIn(world, 2)) {
      expect([agent_id !== agentOf.get(task.task_id), passes, tried]).toEqual([true, 1, [agentOf.get(task.task_id)]]);
    }
  });

  test("ends after max_passes, and nothing is left to assign", async () => {
    const world = await createPlannedWorld(tasks(2), { config: { max_passes: 2 } });
    const third = await endPass(world, await endPass(world, await assignWave(start, world), "timed_out"), "timed_out");
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
    const { assigned } = await assignWave({ previous: { ...previous, manifest_key } }, world);
    expect([assigned, recordsOf(world, MAX_ROUNDS + 1).length]).toEqual([0, 1]);
  });

  test("is pending in the round before the last", async () => {
    const world = await createPlannedWorld([]);
    const pass = MAX_ROUNDS - 1;
    world.objects.putLines(at.assignments(1, pass), [{ ...planned("t0"), agent_id: "agent_0", decision: null }]);
    const manifest_key = putResults(world, pass, [result("t0", { outcome: "deferred", attempts: [] })]);
    const { assigned } = await assignWave({ previous: { run_id: RUN, wave: 1, pass, manifest_key } }, world);
    expect(assigned).toBe(1);
  });
});

describe("a task that no agent may take", () => {
  test("has a record that says why", async () => {
    const world = await createPlannedWorld([planned("t0", { capabilities: ["gpu"] })]);
    expect((await assignWave(start, world)).assigned).toBe(0);
    expect(recordsOf(world, 1)).toMatchObject([
      { task_id: "t0", status: "FAILED", reason: "unassignable", attempts: 0, error: expect.stringContaining("gpu") },
    ]);
  });

  test("after a pass ends as that pass did", async () => {
    const world = await createPlannedWorld(tasks(1), { agents: [agent("agent_0")] });
    const first = await assignWave(start, world);
    await world.fleet.markOffline("default", "agent_0", "no answer", world.clock.now());
    await endPass(world, first, "timed_out");
    expect(recordsOf(world, 2)).toMatchObject([
      {
        task_id: "t0",
        reason: "timed_out",
        agent_id: "agent_0",
        passes: 1,
        error: "no; then no agent is online: 1 offline",
      },
    ]);
  });
});

describe("a rate limit", () => {
  const limited: AgentState[] = [agent("agent_0", { rate_limit_per_second: 0.05 })];

  test("lets through in one pass what it can in a minute; the others wait for the next", async () => {
    const world = await createPlannedWorld(tasks(5), { agents: limited });
    const first = await assignWave(start, world);
    expect([first.assigned, first.wait_until, recordsOf(world, 1)]).toEqual([3, undefined, []]);
    expect(world.objects.lines<PendingTask>(at.deferred(1, 1)).map(({ task }) => task.task_id)).toEqual(["t3", "t4"]);
    const second = await endPass(world, first, "completed");
    expect([second.assigned, assignedIn(world, 2).map(({ task }) => task.task_id)]).toEqual([2, ["t3", "t4"]]);
  });
});

describe("an agent that is OFFLINE", () => {
  test("gets one probe task when its cooldown is over", async () => {
    const rested = agent("agent_0", { online: false, offline_since: "2026-03-01T11:59:00.000Z" });
    const world = await createPlannedWorld(tasks(3), { agents: [rested, agent("agent_1")] });
    await assignWave(start, world);
    const probes = assignedIn(world, 1).filter(({ agent_id }) => agent_id === "agent_0");
    expect(probes.map(({ decision }) => decision.probe)).toEqual([true]);
  });

  test("gets nothing while it rests", async () => {
    const resting = agent("agent_0", { online: false, offline_since: "2026-03-01T11:59:30.000Z" });
    const world = await createPlannedWorld(tasks(3), { agents: [resting, agent("agent_1")] });
    await assignWave(start, world);
    expect(new Set(agentsOf(assignedIn(world, 1)))).toEqual(new Set(["agent_1"]));
  });
});

describe("a task that may not start yet", () => {
  const later = (id: string, not_before: string) => planned(id, { constraints: { not_before } });

  test("makes the wave wait until the last of them may start, where nothing else is left", async () => {
    const world = await createPlannedWorld([
      later("t0", "2026-03-01T12:10:00.000Z"),
      later("t1", "2026-03-01T12:30:00+00:00"),
      later("t2", "2026-03-01T12:20:00.000Z"),
    ]);
    const { assigned, wait_until } = await assignWave(start, world);
    expect([assigned, wait_until, recordsOf(world, 1)]).toEqual([0, "2026-03-01T12:30:00.000Z", []]);
  });

  test("is assigned when its time has come", async () => {
    const world = await createPlannedWorld([later("t0", "2026-03-01T12:10:00.000Z")]);
    const { pass } = await assignWave(start, world);
    world.clock.time = Date.parse("2026-03-01T12:10:00.000Z");
    const second = await assignWave({ previous: { run_id: RUN, wave: 1, pass } }, world);
    expect([second.pass, second.assigned, second.wait_until]).toEqual([2, 1, undefined]);
  });

  test("does not hold up the others", async () => {
    const world = await createPlannedWorld([later("t0", "2026-03-01T12:10:00.000Z"), planned("t1")]);
    const first = await assignWave(start, world);
    expect([first.assigned, first.wait_until]).toEqual([1, undefined]);
    const second = await endPass(world, first, "completed");
    expect([second.assigned, second.wait_until]).toEqual([0, "2026-03-01T12:10:00.000Z"]);
  });
});

describe("the round-robin cursor", () => {
  const three = ["agent_0", "agent_1", "agent_2"].map((id) => agent(id));
  const options = { config: { strategy: "ROUND_ROBIN" }, agents: three } as const;

  test("goes on in the next pass", async () => {
    const world = await createPlannedWorld(tasks(4), options);
    const first = await assignWave(start, world);
    expect(agentsOf(assignedIn(world, 1))).toEqual(["agent_0", "agent_1", "agent_2", "agent_0"]);
    await endPass(world, first, "deferred");
    expect(agentsOf(assignedIn(world, 2))).toEqual(["agent_1", "agent_2", "agent_0", "agent_1"]);
  });

  test("goes on in the next wave", async () => {
    const world = await createPlannedWorld(tasks(4), options);
    world.objects.putLines(at.tasks(2), tasks(2));
    await assignWave(start, world);
    await assignWave({ previous: { ...start.previous, wave: 2 } }, world);
    expect(agentsOf(assignedIn(world, 1, 2))).toEqual(["agent_1", "agent_2"]);
  });

  test("of other strategies is not kept", async () => {
    const world = await createPlannedWorld(tasks(4), { agents: three });
    await assignWave(start, world);
    expect(await world.runs.readCursor(RUN, 9, 9)).toBe(0);
  });
});
