import { describe, expect, test } from "vitest";

import { CONTROL_CACHE_MS } from "../../lib/domain/run-control.ts";
import type { SafetyGate } from "../../lib/domain/safety-gate.ts";
import { decision, RUN, task } from "./builders.ts";
import { answered, createExecutor, transient } from "./executor.ts";

const since = "2026-03-01T12:00:00.000Z";

describe("an attempt", () => {
  test.each([
    { state: "PAUSED", outcome: "deferred" },
    { state: "CANCELLED", outcome: "cancelled" },
  ] as const)("is not made while the run is $state", async ({ state, outcome }) => {
    const { execute, calls, world } = await createExecutor([answered()]);
    await world.runs.putControl(RUN, state, since);
    expect(await execute()).toMatchObject({ outcome, attempts: [] });
    expect(calls).toEqual([]);
  });

  test("that failed is not made again in a run that was cancelled meanwhile", async () => {
    const { execute, world } = await createExecutor([transient]);
    await execute().catch(() => undefined);
    await world.runs.putControl(RUN, "CANCELLED", since);
    world.clock.time += CONTROL_CACHE_MS;
    expect(await execute()).toMatchObject({ outcome: "cancelled" });
  });

  test("that fails while the run is being cancelled ends there", async () => {
    const { execute, ports, world } = await createExecutor([transient]);
    const { callAgent } = ports;
    ports.callAgent = async (...call) => {
      await world.runs.putControl(RUN, "CANCELLED", since);
      world.clock.time += CONTROL_CACHE_MS;
      return callAgent(...call);
    };
    expect(await execute()).toMatchObject({ outcome: "cancelled", attempts: [{ error: "busy" }] });
  });

  test("that is over the run's budget is not made, and what each one cost is charged", async () => {
    const paid = { kind: "answered", answer: { success: true, cost_usd: 0.5, tokens: 7 } } as const;
    const { execute, calls, world } = await createExecutor([paid]);
    const batch = { budget: { max_attempts: 1 } };
    expect(await execute({ batch })).toMatchObject({ outcome: "completed" });
    expect(await execute({ batch })).toMatchObject({ outcome: "budget_exhausted", attempts: [] });
    expect([calls.length, await world.runs.readSpent(RUN)]).toEqual([1, { attempts: 1, cost_usd: 0.5, tokens: 7 }]);
  });
});

describe("the Phase 13 gate", () => {
  const safety_gate: SafetyGate = { kind: "lambda", function_name: "phase21-gate", timeout_seconds: 5 };

  test("is asked about the attempt, which is made where it lets it pass", async () => {
    const { execute, ports } = await createExecutor([answered()]);
    const asked: unknown[] = [];
    ports.askSafetyGate = async (...question: unknown[]) => {
      asked.push(question);
      return { pass: true };
    };
    expect(await execute({ batch: { safety_gate } })).toMatchObject({ outcome: "completed" });
    expect(asked).toEqual([
      [
        safety_gate,
        {
          check: "check_safety_gates",
          run_id: RUN,
          wave: 1,
          task_id: "t1",
          agent_id: "agent_0",
          attempt: 1,
          payload: null,
          constraints: {},
        },
      ],
    ]);
  });

  test("blocks the task where it refuses it, and no attempt is made or paid", async () => {
    const { execute, ports, calls, world } = await createExecutor([answered()]);
    ports.askSafetyGate = async () => ({ pass: false, reasons: ["not on a Sunday", "too risky"] });
    expect(await execute({ batch: { safety_gate, budget: { max_attempts: 1 } } })).toMatchObject({
      outcome: "blocked_by_gate",
      error: "phase 13 gate: not on a Sunday; too risky",
      attempts: [],
    });
    expect([calls, (await world.runs.readSpent(RUN)).attempts]).toEqual([[], 0]);
  });
});

describe("what comes after an agent's answer", () => {
  test("fails no attempt: the locks that are left run out, and the agent is not asked again", async () => {
    const { execute, calls, ports, world } = await createExecutor([answered()]);
    const broken = () => Promise.reject(new Error("throttled"));
    ports.fleet = Object.assign(Object.create(world.fleet), {
      releaseResources: broken,
      markOnline: broken,
    }) as typeof world.fleet;
    const probed = { task: task("t1", { resources: ["dock"] }), decision: { ...decision, probe: true as const } };
    expect(await execute({ assignment: probed })).toMatchObject({ outcome: "completed" });
    expect(calls).toHaveLength(1);
    expect(world.log.entries.map(({ message }) => message)).toEqual([
      "probed agent not online",
      "resources not released",
    ]);
  });
});
