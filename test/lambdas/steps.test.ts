import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { AgentCaller } from "../../lib/domain/agent-request.ts";
import { functionNames } from "../../lib/domain/function-environment.ts";
import { createBulkhead } from "../../lib/steps/bulkhead.ts";
import type { ExecuteBatchInput } from "../../lib/steps/execute-batch.ts";
import type { ExecuteTaskInput } from "../../lib/steps/execute-task.ts";
import { createRunGuard } from "../../lib/steps/run-guard.ts";
import { createFleetCache } from "../../lib/steps/fleet-cache.ts";
import {
  assignment,
  at,
  batchContext,
  createWorld,
  putResults,
  result,
  RUN,
  runItem,
  type World,
} from "../steps/builders.ts";
import { invoke, stubFunctionEnvironment } from "./function-context.ts";

const importHandlers = async () => ({
  assignWave: (await import("../../lambdas/assign-wave.ts")).createHandler,
  executeTask: (await import("../../lambdas/execute-task.ts")).createHandler,
  planWaves: (await import("../../lambdas/plan-waves.ts")).createHandler,
  publishSignals: (await import("../../lambdas/publish-signals.ts")).createHandler,
  scoreWave: (await import("../../lambdas/score-wave.ts")).createHandler,
  writeReport: (await import("../../lambdas/write-report.ts")).createHandler,
});

let handlers: Awaited<ReturnType<typeof importHandlers>>;

beforeAll(async () => {
  stubFunctionEnvironment();
  handlers = await importHandlers();
});

afterAll(() => vi.unstubAllEnvs());

const input = { run_id: RUN, object: runItem().input, started_at: "2026-03-01T12:00:00.000Z" };

/** A world in which a run of these tasks is planned. */
const plannedWorld = async (...ids: readonly string[]): Promise<World> => {
  const world = createWorld();
  const lines = ids.map((task_id) => ({ task_id }));
  world.objects.putLines(input.object.key, lines);
  world.objects.texts.set("inbox/a/config.json", '{"num_waves":1,"feedback":{"phase_16":true}}');
  await invoke(handlers.planWaves(world), input);
  return world;
};

/** A world whose only wave has ended, because agent_0 completed both of its tasks; with what the state machine carries on. */
const endedWorld = async () => {
  const world = await plannedWorld("a", "b");
  await invoke(handlers.assignWave(world), { previous: { run_id: RUN, wave: 1, pass: 0 } });
  const manifest_key = putResults(world, 1, [result("a"), result("b")]);
  const ended = await invoke(handlers.assignWave(world), { previous: { run_id: RUN, wave: 1, pass: 1, manifest_key } });
  return { world, ended: { run_id: RUN, wave: 1, pass: ended.pass }, assigned: ended.assigned };
};

test.each(functionNames)("%s exports a handler that is built from the environment of the function", async (name) => {
  const { handler } = (await import(`../../lambdas/${name}.ts`)) as { handler: unknown };
  expect(handler).toBeTypeOf("function");
});

describe("plan-waves", () => {
  test("answers with the groups of waves that the state machine runs", async () => {
    const world = createWorld();
    world.objects.putLines(input.object.key, [{ task_id: "a" }, { task_id: "b", depends_on: ["a"] }]);
    const answer = await invoke(handlers.planWaves(world), input);
    expect(answer).toEqual({ run_id: RUN, wave_concurrency: 1, groups: [{ waves: [1, 2] }] });
    expect(world.runs.runs.get(RUN)).toMatchObject({ tasks: 2, waves: 2 });
  });

  test("refuses a bad configuration by the name of the error", async () => {
    const world = createWorld();
    world.objects.texts.set("inbox/a/config.json", '{"strategy":"FASTEST"}');
    await expect(invoke(handlers.planWaves(world), input)).rejects.toMatchObject({ name: "Phase21.InvalidInput" });
  });
});

describe("assign-wave", () => {
  test("answers with counters and keys, and leaves leases", async () => {
    const world = await plannedWorld("a", "b");
    const answer = await invoke(handlers.assignWave(world), { previous: { run_id: RUN, wave: 1, pass: 0 } });
    expect(answer).toMatchObject({ pass: 1, assigned: 2, assignments_key: at.assignments(1, 1) });
    expect(world.fleet.leases.size).toBe(2);
  });

  test("assigns nothing once every task has ended", async () => {
    expect(await endedWorld()).toMatchObject({ assigned: 0 });
  });
});

describe("execute-task", () => {
  const execute = (callAgent: AgentCaller, input: Partial<ExecuteTaskInput & ExecuteBatchInput> = {}) => {
    const world = createWorld();
    const { assigned_at } = batchContext();
    world.fleet.leases.set("lease", {
      agentId: "agent_0",
      runId: RUN,
      wave: 1,
      pass: 1,
      weight: 1,
      expiresAt: assigned_at + 60_000,
    });
    const ports = {
      ...world,
      callAgent,
      bulkhead: createBulkhead(),
      fleetCache: createFleetCache(world.fleet, world.clock),
      guard: createRunGuard(world),
      askSafetyGate: async () => ({ pass: true as const }),
    };
    const { started_at: child_started_at } = batchContext();
    const event = { batch: batchContext(), assignment: assignment("a"), retry_count: 0, child_started_at, ...input };
    return invoke(handlers.executeTask(ports), event);
  };

  test("answers a batch with what ended of it, and what goes on", async () => {
    const callAgent: AgentCaller = async (_agent, { task_id }) =>
      task_id === "a"
        ? { kind: "answered", answer: { success: true, output: 42 } }
        : { kind: "transient", error: "HTTP 503" };
    const answer = await execute(callAgent, { assignments: [assignment("a"), assignment("b")] });
    expect(answer).toMatchObject({
      ended: [{ task_id: "a", outcome: "completed", output: 42 }],
      unended: [{ assignment: assignment("b"), first_attempt: { error: { name: "Phase21.Exponential" } } }],
    });
  });

  test("answers with the result of the attempt", async () => {
    const answer = await execute(async () => ({ kind: "answered", answer: { success: true, output: 42 } }));
    expect(answer).toMatchObject({ task_id: "a", agent_id: "agent_0", outcome: "completed", output: 42 });
  });

  test.each([
    ["EXPONENTIAL_BACKOFF", "Phase21.Exponential"],
    ["LINEAR_BACKOFF", "Phase21.Linear.1"],
  ] as const)("asks for a retry of %s by the name %s", async (retry_strategy, name) => {
    const failing = execute(async () => ({ kind: "transient", error: "HTTP 503" }), {
      batch: batchContext({ retry_strategy }),
    });
    await expect(failing).rejects.toMatchObject({ name, message: "attempt 1: HTTP 503" });
  });
});

describe("publish-signals", () => {
  test("answers with what was sent to whom", async () => {
    const { world, ended } = await endedWorld();
    const answer = await invoke(handlers.publishSignals(world), ended);
    expect(answer).toEqual({
      ...ended,
      signals: {
        by_type: { agent_performance: 2, prediction_validation: 2, multi_agent_coordination: 1, heuristic_feedback: 1 },
        by_phase: { "16": 1, "18": 3, "20": 2 },
      },
    });
    expect(new Set(world.queues.sent.map(({ phase }) => phase))).toEqual(new Set([16, 18, 20]));
  });
});

describe("score-wave", () => {
  test("answers with the health of the wave and puts it on record", async () => {
    const { world, ended } = await endedWorld();
    const signals = { by_type: {}, by_phase: {} };
    const answer = await invoke(handlers.scoreWave(world), { ...ended, signals });
    expect(answer.wave).toBe(1);
    expect(world.runs.waves.get(RUN)?.get(1)?.health_score).toBe(answer.health_score);
    expect(world.metrics).toHaveLength(1);
  });
});

describe("write-report", () => {
  test("answers with the counts of the run and closes it", async () => {
    const { world, ended } = await endedWorld();
    const { signals } = await invoke(handlers.publishSignals(world), ended);
    await invoke(handlers.scoreWave(world), { ...ended, signals });
    const answer = await invoke(handlers.writeReport(world), { run_id: RUN });
    expect(answer).toMatchObject({ run_id: RUN, counts: { total: 2, completed: 2 } });
    expect(world.runs.runs.get(RUN)?.status).toBe("FINISHED");
  });

  test("fails by the name of the fault when the bucket does not take the files", async () => {
    const { world } = await endedWorld();
    const refused = Object.assign(new Error("access denied"), { name: "AccessDenied" });
    vi.spyOn(world.objects, "stream").mockRejectedValue(refused);
    await expect(invoke(handlers.writeReport(world), { run_id: RUN })).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

const wave = { run_id: RUN, wave: 1, pass: 1 };
const noSignals = { by_type: {}, by_phase: {} };

test.each([
  ["assign-wave", (world: World) => invoke(handlers.assignWave(world), { previous: wave })],
  ["publish-signals", (world: World) => invoke(handlers.publishSignals(world), wave)],
  ["score-wave", (world: World) => invoke(handlers.scoreWave(world), { ...wave, signals: noSignals })],
  ["write-report", (world: World) => invoke(handlers.writeReport(world), { run_id: RUN })],
])("%s of a run that was never planned fails by the name of the error", async (_, run) => {
  await expect(run(createWorld())).rejects.toMatchObject({
    name: "Phase21.MissingObject",
    message: "run run-1: expected its item in the table, received none",
  });
});
