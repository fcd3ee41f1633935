import { describe, expect, test } from "vitest";

import { type AgentState, OFFLINE_BY_OWNER } from "../../lib/domain/agent.ts";
import type { Assignment, BatchContext } from "../../lib/domain/execution.ts";
import type { Task } from "../../lib/domain/task.ts";
import { createBulkhead } from "../../lib/steps/bulkhead.ts";
import { createFleetCache } from "../../lib/steps/fleet-cache.ts";
import { MAX_GATE_WAIT_MS, passGates, releaseResources } from "../../lib/steps/pass-gates.ts";
import { createRunGuard } from "../../lib/steps/run-guard.ts";
import { agent } from "../domain/report-builders.ts";
import { assignment, batchContext, createWorld, decision, RUN, task } from "./builders.ts";

/** Gates in front of agent_0, which holds a lease for an hour. */
const createGates = async (agents: readonly AgentState[] = [agent("agent_0")]) => {
  const world = createWorld(agents);
  const expiresAt = world.clock.time + 3_600_000;
  await world.fleet.putLeases("default", [{ agentId: "agent_0", runId: RUN, wave: 1, pass: 1, weight: 1, expiresAt }]);
  const ports = {
    ...world,
    fleetCache: createFleetCache(world.fleet, world.clock),
    bulkhead: createBulkhead(),
    guard: createRunGuard(world),
    askSafetyGate: async () => ({ pass: true as const }),
    callAgent: () => Promise.reject(new Error("gates call no agent")),
  };
  const inputOf = (
    fields: Partial<Task> = {},
    changes: {
      assignment?: Partial<Assignment>;
      batch?: Partial<BatchContext>;
      id?: string;
      child_started_at?: string;
    } = {},
  ) => {
    const id = changes.id ?? "t1";
    const given = assignment(id, { task: task(id, fields), ...changes.assignment });
    const child_started_at = changes.child_started_at ?? new Date(world.clock.time).toISOString();
    return { batch: batchContext(changes.batch), assignment: given, retry_count: 0, child_started_at };
  };
  const pass = (...of: Parameters<typeof inputOf>) => passGates(inputOf(...of), ports);
  const release = (...of: Parameters<typeof inputOf>) => releaseResources(inputOf(...of), ports);
  return { world, ports, pass, release };
};

const limited = (rate: number): AgentState => agent("agent_0", { rate_limit_per_second: rate });

describe("a task that may run", () => {
  test("passes at once, with its agent", async () => {
    const { pass, world } = await createGates();
    expect(await pass()).toMatchObject({ pass: true, agent: { id: "agent_0" } });
    expect([world.clock.slept, world.log.entries]).toEqual([[], []]);
  });

  test("passes where what it depends on completed", async () => {
    const { pass } = await createGates();
    const gates = await pass({ depends_on: ["t0"] }, { assignment: { dependencies_completed: true } });
    expect(gates.pass).toBe(true);
  });

  test("passes as a probe of an OFFLINE agent, whose rate limit is not asked", async () => {
    const { pass } = await createGates([agent("agent_0", { online: false, rate_limit_per_second: 0.0001 })]);
    const probe = { assignment: { decision: { ...decision, probe: true as const } } };
    expect([(await pass({}, probe)).pass, (await pass({}, probe)).pass]).toEqual([true, true]);
  });

  test("does not pass as a probe of an agent that its owner has taken out since", async () => {
    const { pass } = await createGates([agent("agent_0", { online: false, offline_reason: OFFLINE_BY_OWNER })]);
    const probe = { assignment: { decision: { ...decision, probe: true as const } } };
    expect(await pass({}, probe)).toMatchObject({ pass: false, ended: { outcome: "agent_offline" } });
  });
});

describe("a refusal", () => {
  test.each([
    {
      title: "by gate 1 is final",
      fields: { capabilities: ["gpu"] },
      outcome: "blocked_by_gate",
      error: "gate 1: agent_0 does not cover capabilities gpu",
    },
    {
      title: "by gate 3 skips the task",
      fields: { depends_on: ["t0"] },
      outcome: "dependency_failed",
      error: "gate 3: dependency t0: expected COMPLETED, received nothing",
    },
    {
      title: "by the constraints of gate 4 is final",
      fields: { constraints: { denied_agents: ["agent_0"] } },
      outcome: "blocked_by_gate",
      error: "gate 4: agent_0 is among denied_agents",
    },
  ] as const)("$title", async ({ fields, outcome, error }) => {
    const { pass } = await createGates();
    expect(await pass(fields)).toEqual({ pass: false, ended: { outcome, error } });
  });

  test("because the agent is OFFLINE sends the task to a backup", async () => {
    const { pass } = await createGates([agent("agent_0", { online: false })]);
    expect(await pass()).toMatchObject({ ended: { outcome: "agent_offline", error: "gate 2: agent_0 is offline" } });
  });

  test("because the agent left the fleet sends the task to a backup", async () => {
    const { pass } = await createGates();
    expect(await pass({}, { assignment: { agent_id: "gone" } })).toMatchObject({ ended: { outcome: "agent_offline" } });
  });

  test("because no lease stands puts the task off to a pass that reserves one", async () => {
    const { pass } = await createGates();
    expect(await pass({}, { batch: { pass: 2 } })).toMatchObject({
      ended: { outcome: "deferred", error: "gate 2: agent_0 holds no live lease for this pass" },
    });
  });

  test("is logged with its gate and all its reasons", async () => {
    const { pass, world } = await createGates();
    await pass({ constraints: { allowed_agents: [], denied_agents: ["agent_0"] } });
    expect(world.log.entries).toEqual([
      {
        level: "warn",
        message: "gate refused",
        fields: {
          run_id: RUN,
          wave: 1,
          task_id: "t1",
          agent_id: "agent_0",
          gate: 4,
          action: "block",
          reasons: "agent_0 is not among allowed_agents; agent_0 is among denied_agents",
        },
      },
    ]);
  });

  test("is cut to the size that a result has for it", async () => {
    const { pass } = await createGates();
    const gates = await pass({ depends_on: Array.from({ length: 100 }, (_, index) => `dependency-${index}`) });
    expect(gates.pass ? 0 : Buffer.byteLength(JSON.stringify(gates.ended.error))).toBeLessThanOrEqual(512);
  });
});

describe("the five minutes of a child execution", () => {
  const startedBefore = (world: { clock: { time: number } }, ms: number) =>
    new Date(world.clock.time - ms).toISOString();

  test("put off a task whose attempt could not end within them, ten seconds kept for the results", async () => {
    const { pass, world } = await createGates();
    expect((await pass({}, { child_started_at: startedBefore(world, 260_000) })).pass).toBe(true);
    expect(await pass({}, { child_started_at: startedBefore(world, 260_001) })).toEqual({
      pass: false,
      ended: { outcome: "deferred", error: "the child execution has no time left for an attempt of 30 s" },
    });
  });

  test("are longer for a task with a smaller time limit of its own", async () => {
    const { pass, world } = await createGates();
    const child_started_at = startedBefore(world, 280_000);
    expect((await pass({ constraints: { timeout_seconds: 10 } }, { child_started_at })).pass).toBe(true);
  });

  test("bound the wait for a rate limit", async () => {
    const { pass, world } = await createGates([limited(0.1)]);
    await pass({}, { id: "first" });
    expect(await pass({}, { child_started_at: startedBefore(world, 255_000) })).toMatchObject({
      ended: { outcome: "deferred" },
    });
    expect(world.clock.slept).toEqual([]);
  });
});

describe("exclusive resources", () => {
  test("are locked while the task runs and released after it", async () => {
    const { pass, release, world } = await createGates();
    await pass({ resources: ["dock", "crane"] });
    expect([...world.fleet.locks.keys()]).toEqual(["dock", "crane"]);
    await release({ resources: ["dock", "crane"] });
    expect(world.fleet.locks.size).toBe(0);
  });

  test("are locked no longer than the wait and the attempt may take, should the executor die", async () => {
    const { pass, world } = await createGates();
    await pass({ resources: ["dock"] });
    expect(world.fleet.locks.get("dock")).toEqual({
      holder: `${RUN}#t1`,
      until: world.clock.time + MAX_GATE_WAIT_MS + 30_000,
    });
  });

  test("that another run holds are waited for, a second at a time", async () => {
    const { pass, world } = await createGates();
    world.fleet.locks.set("dock", { holder: "run-2#t9", until: world.clock.time + 2_500 });
    expect(await pass({ resources: ["crane", "dock"] })).toMatchObject({ pass: true });
    expect(world.clock.slept).toEqual([1_000, 1_000, 1_000]);
  });

  test("that another run holds for long put the task off, and stay with that run", async () => {
    const { pass, world } = await createGates();
    const theirs = { holder: "run-2#t9", until: world.clock.time + 600_000 };
    world.fleet.locks.set("dock", theirs);
    expect(await pass({ resources: ["crane", "dock"] })).toMatchObject({
      ended: { outcome: "deferred", error: "gate 2: resource dock is held by run-2#t9" },
    });
    expect([...world.fleet.locks]).toEqual([["dock", theirs]]);
  });

  test("whose holder died are free when its lock has run out", async () => {
    const { pass, world } = await createGates();
    world.fleet.locks.set("dock", { holder: "run-2#t9", until: world.clock.time });
    expect((await pass({ resources: ["dock"] })).pass).toBe(true);
  });

  test("are released where a gate refuses the task", async () => {
    const { pass, world } = await createGates();
    await pass({ resources: ["dock"], depends_on: ["t0"] });
    expect(world.fleet.locks.size).toBe(0);
  });

  test("are not held while the task waits", async () => {
    const { pass, world } = await createGates();
    const held: number[] = [];
    world.clock.sleep = async (ms) => {
      held.push(world.fleet.locks.size);
      world.clock.time += ms;
    };
    await pass({ resources: ["dock"], constraints: { not_before: "2026-03-01T12:00:05.000Z" } });
    expect([held, world.fleet.locks.size]).toEqual([[0], 1]);
  });
});

describe("a rate limit", () => {
  test("is waited for", async () => {
    const { pass, world } = await createGates([limited(0.1)]);
    await pass();
    expect((await pass()).pass).toBe(true);
    expect(world.clock.slept).toEqual([10_000]);
  });

  test("gives each of many tasks its own moment", async () => {
    const { pass, world } = await createGates([limited(2)]);
    const times: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      await pass();
      times.push(world.clock.time - Date.parse("2026-03-01T12:00:00.000Z"));
    }
    expect(times).toEqual([0, 500, 1_000, 1_500]);
  });

  test("that is a minute away is still waited for", async () => {
    const { pass, world } = await createGates([limited(1 / 60)]);
    await pass();
    expect((await pass()).pass).toBe(true);
    expect(world.clock.slept).toEqual([60_000]);
  });

  test("that is further away defers the task, without a wait", async () => {
    const { pass, world } = await createGates([limited(1 / 61)]);
    await pass();
    expect(await pass()).toMatchObject({ pass: false, ended: { outcome: "deferred" } });
    expect(world.clock.slept).toEqual([]);
  });

  test("does not keep a task from a backup when the agent goes OFFLINE meanwhile", async () => {
    const { pass, world } = await createGates([limited(0.1)]);
    await pass();
    world.clock.sleep = async (ms) => {
      await world.fleet.markOffline("default", "agent_0", "no answer", world.clock.time);
      world.clock.time += ms;
    };
    expect(await pass()).toMatchObject({ ended: { outcome: "agent_offline" } });
  });
});

describe("a not_before", () => {
  test("that is near is waited for", async () => {
    const { pass, world } = await createGates();
    expect((await pass({ constraints: { not_before: "2026-03-01T12:00:05.000Z" } })).pass).toBe(true);
    expect(world.clock.slept).toEqual([5_000]);
  });

  test("that is more than a minute away defers the task", async () => {
    const { pass, world } = await createGates();
    expect(await pass({ constraints: { not_before: "2026-03-01T12:01:00.001Z" } })).toMatchObject({
      ended: { outcome: "deferred", error: "gate 4: not before 2026-03-01T12:01:00.001Z" },
    });
    expect(world.clock.slept).toEqual([]);
  });
});

test("a token bucket that tells no time lets nothing through", async () => {
  const { pass, world } = await createGates([limited(1)]);
  world.fleet.reserveSlot = async () => Number.NaN;
  expect(await pass()).toMatchObject({
    pass: false,
    ended: { outcome: "deferred", error: "gate 4: rate limit: expected a wait in milliseconds, received NaN" },
  });
});
