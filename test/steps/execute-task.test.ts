import { describe, expect, test } from "vitest";

import type { AgentCaller, AgentOutcome, AgentRequest, CallContext } from "../../lib/domain/agent-request.ts";
import type { AgentState } from "../../lib/domain/agent.ts";
import { AttemptFailedError } from "../../lib/domain/errors.ts";
import type { Assignment, BatchContext, ExecutionResult } from "../../lib/domain/execution.ts";
import { createBulkhead } from "../../lib/steps/bulkhead.ts";
import { executeTask } from "../../lib/steps/execute-task.ts";
import { createFleetCache } from "../../lib/steps/fleet-cache.ts";
import { agent, attempt } from "../domain/report-builders.ts";
import { assignment, at, batchContext, createWorld, decision, RUN, task } from "./builders.ts";

const answered = (output?: string): AgentOutcome => ({
  kind: "answered",
  answer: { success: true, ...(output !== undefined && { output }) },
});
const transient: AgentOutcome = { kind: "transient", error: "busy" };
const permanent: AgentOutcome = { kind: "permanent", error: "bad request" };
const timedOut: AgentOutcome = { kind: "timed_out" };

interface Call {
  readonly agent: string;
  readonly request: AgentRequest;
  readonly context: CallContext;
}

/** An executor whose agents answer in 250 ms as they are told to, the last answer again and again. */
const createExecutor = async (
  outcomes: readonly (AgentOutcome | Error)[],
  agents: readonly AgentState[] = [agent("agent_0"), agent("agent_1")],
) => {
  const world = createWorld(agents);
  const calls: Call[] = [];
  const callAgent: AgentCaller = async (called, request, context) => {
    const outcome = outcomes[Math.min(calls.length, outcomes.length - 1)] ?? timedOut;
    calls.push({ agent: called.id, request, context });
    world.clock.time += 250;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  await world.fleet.putLeases(
    "default",
    agents.flatMap(({ id }) =>
      [1, 2].map((pass) => ({
        agentId: id,
        runId: RUN,
        wave: 1,
        pass,
        weight: 1,
        expiresAt: world.clock.time + 3_600_000,
      })),
    ),
  );
  const open: (string | boolean | undefined)[] = [];
  const bulkhead = createBulkhead();
  const ports = {
    ...world,
    fleetCache: createFleetCache(world.fleet, world.clock),
    bulkhead: {
      enter: async (agentId: string, capacity: number) => {
        await bulkhead.enter(agentId, capacity);
        open.push(`enter ${agentId} ${capacity}`);
      },
      leave: (agentId: string, gotAnswer: boolean | undefined) => {
        bulkhead.leave(agentId, gotAnswer);
        open.push(gotAnswer);
      },
    },
    callAgent,
  };
  const execute = (
    changes: { batch?: Partial<BatchContext>; assignment?: Partial<Assignment>; retry_count?: number } = {},
  ): Promise<ExecutionResult> =>
    executeTask(
      {
        batch: batchContext(changes.batch),
        assignment: assignment("t1", changes.assignment),
        retry_count: changes.retry_count ?? 0,
      },
      ports,
    );
  return { world, calls, open, ports, execute };
};

const errorOf = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A task line with constraints. */
const constrained = (constraints: Assignment["task"]["constraints"]) => ({ task: task("t1", { constraints }) });

describe("an attempt that succeeds", () => {
  test("ends in a result with its agent, its time and its output", async () => {
    const { execute } = await createExecutor([answered("done")]);
    expect(await execute()).toEqual({
      task_id: "t1",
      agent_id: "agent_0",
      outcome: "completed",
      predicted_success_rate: 0.9,
      decision,
      attempts: [
        { pass: 1, attempt: 1, agent_id: "agent_0", started_at: "2026-03-01T12:00:00.000Z", duration_ms: 250 },
      ],
      output: "done",
    });
  });

  test("says what it cost where the agent does", async () => {
    const { execute } = await createExecutor([
      { kind: "answered", answer: { success: true, cost_usd: 0.02, tokens: 900 } },
    ]);
    expect((await execute()).attempts).toMatchObject([{ cost_usd: 0.02, tokens: 900 }]);
  });

  test("told the agent everything that it needs", async () => {
    const { execute, calls } = await createExecutor([answered()]);
    await execute();
    expect(calls).toEqual([
      {
        agent: "agent_0",
        request: {
          run_id: RUN,
          wave: 1,
          task_id: "t1",
          attempt: 1,
          payload: null,
          idempotency_key: expect.any(String),
          deadline: "2026-03-01T12:00:30.000Z",
        },
        context: { task: task("t1"), pass: 1, seed: 21, timeoutMs: 30_000 },
      },
    ]);
  });

  test("takes no time where the clock is set back meanwhile", async () => {
    const { execute, world } = await createExecutor([answered()]);
    world.clock.now = () => (world.clock.time -= 1_000);
    expect((await execute({ batch: { assigned_at: 0 } })).attempts).toMatchObject([{ duration_ms: 0 }]);
  });
});

describe("an output", () => {
  test.each([
    { title: "of 2 KiB stands in the result", length: 2_046, key: undefined, bytes: undefined },
    { title: "above 2 KiB stands in an object", length: 2_047, key: at.taskOutput("t1"), bytes: 2_049 },
  ])("$title", async ({ length, key, bytes }) => {
    const output = "x".repeat(length);
    const { execute, world } = await createExecutor([answered(output)]);
    const result = await execute();
    expect(result.output).toBe(key === undefined ? output : undefined);
    expect([result.output_key, result.output_bytes]).toEqual([key, bytes]);
    expect(world.objects.texts.get(at.taskOutput("t1"))).toBe(key === undefined ? undefined : JSON.stringify(output));
  });

  test("is measured in bytes, not in characters", async () => {
    const { execute } = await createExecutor([answered("é".repeat(1_500))]);
    expect((await execute()).output_bytes).toBe(3_002);
  });
});

describe("a transient failure", () => {
  test.each([
    { strategy: "EXPONENTIAL_BACKOFF", before: 0, name: "Phase21.Exponential" },
    { strategy: "EXPONENTIAL_BACKOFF", before: 4, name: "Phase21.Exponential" },
    { strategy: "LINEAR_BACKOFF", before: 0, name: "Phase21.Linear.1" },
    { strategy: "LINEAR_BACKOFF", before: 4, name: "Phase21.Linear.5" },
  ] as const)("of attempt $before + 1 is thrown as $name, for the retrier of $strategy", async (given) => {
    const { execute, world } = await createExecutor([transient]);
    for (let made = 1; made <= given.before; made += 1) await world.attempts.put(RUN, "t1", attempt({ attempt: made }));
    const error = await errorOf(execute({ batch: { retry_strategy: given.strategy }, retry_count: given.before }));
    expect(error).toBeInstanceOf(AttemptFailedError);
    expect(error).toMatchObject({ name: given.name, message: `attempt ${given.before + 1}: busy` });
  });

  test("is on record before the next attempt", async () => {
    const { execute, world } = await createExecutor([{ ...transient, cost_usd: 0.5, tokens: 7 } as AgentOutcome]);
    await errorOf(execute());
    expect(await world.attempts.list(RUN, "t1")).toEqual([
      {
        pass: 1,
        attempt: 1,
        agent_id: "agent_0",
        started_at: "2026-03-01T12:00:00.000Z",
        duration_ms: 250,
        error: "busy",
        cost_usd: 0.5,
        tokens: 7,
      },
    ]);
    expect(world.log.entries).toMatchObject([{ level: "warn", message: "attempt failed", fields: { next: "retry" } }]);
  });

  test("is not tried again by NO_RETRY", async () => {
    const { execute } = await createExecutor([transient]);
    const result = await execute({ batch: { retry_strategy: "NO_RETRY" } });
    expect(result).toMatchObject({ outcome: "retries_exhausted", error: "busy", attempts: [{ attempt: 1 }] });
  });

  test("after the last retry ends in a result with all attempts", async () => {
    const { execute } = await createExecutor([transient]);
    await errorOf(execute({ batch: { max_retries: 2 } }));
    await errorOf(execute({ batch: { max_retries: 2 }, retry_count: 1 }));
    const result = await execute({ batch: { max_retries: 2 }, retry_count: 2 });
    expect(result.outcome).toBe("retries_exhausted");
    expect(result.attempts.map((entry) => entry.attempt)).toEqual([1, 2, 3]);
  });

  test("ends when a run asks for more retries than there are retriers", async () => {
    const { execute, world } = await createExecutor([transient]);
    for (let made = 1; made <= 5; made += 1) await world.attempts.put(RUN, "t1", attempt({ attempt: made }));
    expect((await execute({ batch: { max_retries: 9 }, retry_count: 5 })).outcome).toBe("retries_exhausted");
  });

  test("is followed by a success that counts all attempts", async () => {
    const { execute } = await createExecutor([transient, answered()]);
    await errorOf(execute());
    const { outcome, attempts } = await execute({ retry_count: 1 });
    expect([outcome, attempts.map(({ error }) => error)]).toEqual(["completed", ["busy", undefined]]);
  });
});

describe("the number of an attempt", () => {
  test("does not count retries of throttled invocations", async () => {
    const { execute, calls } = await createExecutor([transient]);
    await errorOf(execute({ retry_count: 3 }));
    await errorOf(execute({ retry_count: 7 }));
    expect(calls.map(({ request }) => request.attempt)).toEqual([1, 2]);
  });

  test("begins anew in each pass", async () => {
    const { execute, calls } = await createExecutor([transient]);
    await errorOf(execute());
    await errorOf(execute({ retry_count: 1 }));
    await errorOf(execute({ batch: { pass: 2 } }));
    await errorOf(execute({ batch: { pass: 2 }, retry_count: 1 }));
    expect(calls.map(({ request }) => request.attempt)).toEqual([1, 2, 1, 2]);
  });
});

describe("a permanent failure", () => {
  test("is not tried again", async () => {
    const { execute, world } = await createExecutor([permanent]);
    expect(await execute()).toMatchObject({ outcome: "permanent", error: "bad request" });
    expect(await world.attempts.list(RUN, "t1")).toEqual([]);
  });
});

describe("a task's own constraints", () => {
  test.each([
    { title: "lower the run's time limit", timeout_seconds: 5, timeoutMs: 5_000 },
    { title: "do not raise it", timeout_seconds: 500, timeoutMs: 30_000 },
  ])("$title", async ({ timeout_seconds, timeoutMs }) => {
    const { execute, calls } = await createExecutor([timedOut]);
    const { error, attempts } = await execute({ assignment: constrained({ timeout_seconds }) });
    expect(calls.map(({ context }) => context.timeoutMs)).toEqual([timeoutMs]);
    expect([error, attempts[0]?.error]).toEqual(Array(2).fill(`no answer within ${timeoutMs / 1_000} s`));
  });

  test.each([
    { title: "lower the run's retries", max_retries: 0, outcome: "retries_exhausted" },
    { title: "do not raise them", max_retries: 5, outcome: "retries_exhausted" },
  ])("$title", async ({ max_retries, outcome }) => {
    const { execute, world } = await createExecutor([transient]);
    if (max_retries > 0) await world.attempts.put(RUN, "t1", attempt());
    const batch = { max_retries: max_retries > 0 ? 1 : 5 };
    const result = await execute({ assignment: constrained({ max_retries }), batch, retry_count: max_retries });
    expect(result.outcome).toBe(outcome);
  });
});

describe("an agent that lets the time limit pass", () => {
  test("is OFFLINE from then on, with the reason, and is not asked again", async () => {
    const { execute, world } = await createExecutor([timedOut]);
    expect((await execute()).outcome).toBe("timed_out");
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]).toMatchObject({
      online: false,
      offline_since: "2026-03-01T12:00:00.250Z",
      offline_reason: "task t1: no answer within 30 s",
    });
  });

  test("is marked once, by whoever saw it first", async () => {
    const { ports, world } = await createExecutor([timedOut]);
    const run = (id: string) =>
      executeTask({ batch: batchContext(), assignment: assignment(id), retry_count: 0 }, ports);
    await Promise.all([run("t1"), run("t2")]);
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.offline_reason).toMatch(/^task t1/u);
  });

  test("is seen OFFLINE by the next task at once, not when the cache is old", async () => {
    const { execute, calls } = await createExecutor([timedOut]);
    await execute();
    expect((await execute()).outcome).toBe("agent_offline");
    expect(calls.length).toBe(1);
  });

  test("has its error cut short in the attempt and in the result", async () => {
    const { execute } = await createExecutor([{ kind: "permanent", error: "é".repeat(900) }]);
    const { error = "", attempts } = await execute();
    expect([JSON.stringify(error), JSON.stringify(attempts[0]?.error)].map((text) => Buffer.byteLength(text))).toEqual([
      511, 159,
    ]);
  });
});

describe("a probe", () => {
  const offline = agent("agent_0", { online: false, offline_since: "2026-03-01T11:00:00.000Z" });
  const probe = { assignment: { decision: { ...decision, probe: true } } } as const;

  test("that succeeds brings the agent back, for the next task at once", async () => {
    const { execute, world } = await createExecutor([answered()], [offline]);
    expect((await execute(probe)).outcome).toBe("completed");
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.online).toBe(true);
    expect((await execute()).outcome).toBe("completed");
  });

  test.each([
    { title: "that times out", outcome: timedOut },
    { title: "that fails", outcome: permanent },
  ])("$title leaves the agent OFFLINE", async ({ outcome }) => {
    const { execute, world } = await createExecutor([outcome], [offline]);
    await execute(probe);
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.online).toBe(false);
  });

  test("is what an OFFLINE agent is called for, and nothing else", async () => {
    const { execute, calls } = await createExecutor([answered()], [offline]);
    expect((await execute()).outcome).toBe("agent_offline");
    expect(calls).toEqual([]);
  });
});

describe("an executor that breaks", () => {
  test("says so as it is: what is no failed attempt is not retried as one", async () => {
    const { execute } = await createExecutor([new TypeError("a bug")]);
    expect(await errorOf(execute())).toBeInstanceOf(TypeError);
  });

  test("has released the task's resources", async () => {
    const { execute, world } = await createExecutor([new TypeError("a bug")]);
    await errorOf(execute({ assignment: { task: task("t1", { resources: ["dock"] }) } }));
    expect([...world.fleet.locks]).toEqual([]);
  });

  test("gives its place at the agent to the next task, when the call breaks", async () => {
    const { execute, open } = await createExecutor([new TypeError("a bug")]);
    await errorOf(execute());
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("gives its place at the agent to the next task, when the gates break", async () => {
    const { execute, open, ports } = await createExecutor(
      [answered()],
      [agent("agent_0", { rate_limit_per_second: 1 })],
    );
    ports.fleet.reserveSlot = () => Promise.reject(new Error("throttled"));
    await expect(execute()).rejects.toThrow("throttled");
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("gives its place at the agent to the next task, when the result cannot be kept", async () => {
    const { execute, open, ports } = await createExecutor([answered("x".repeat(3_000))]);
    ports.objects.writeText = () => Promise.reject(new Error("no bucket"));
    await expect(execute()).rejects.toThrow("no bucket");
    expect(open).toEqual(["enter agent_0 10", true]);
  });
});

describe("the place of a task at its agent", () => {
  test.each([
    { title: "proves the agent alive when it answers", outcome: answered(), proof: true },
    { title: "proves the agent alive when it fails", outcome: permanent, proof: true },
    { title: "proves the opposite when nothing comes", outcome: timedOut, proof: false },
  ])("$title", async ({ outcome, proof }) => {
    const { execute, open } = await createExecutor([outcome]);
    await execute();
    expect(open).toEqual(["enter agent_0 10", proof]);
  });

  test("proves nothing when a gate refuses the task", async () => {
    const { execute, open } = await createExecutor([answered()]);
    await execute({ assignment: { task: task("t1", { capabilities: ["gpu"] }) } });
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("is one of one where the agent left the fleet", async () => {
    const { execute, open } = await createExecutor([answered()]);
    expect((await execute({ assignment: { agent_id: "gone" } })).outcome).toBe("agent_offline");
    expect(open).toEqual(["enter gone 1", undefined]);
  });

  test("is one of four until the agent has answered, and then one of its capacity", async () => {
    const { ports, world } = await createExecutor([answered()]);
    let [inside, mostUnproven, most] = [0, 0, 0];
    let proven = false;
    const callAgent: AgentCaller = async () => {
      inside += 1;
      most = Math.max(most, inside);
      if (!proven) mostUnproven = Math.max(mostUnproven, inside);
      await new Promise<void>((resolve) => setImmediate(resolve));
      proven = true;
      inside -= 1;
      return answered();
    };
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        executeTask(
          { batch: batchContext(), assignment: assignment(`t${index}`), retry_count: 0 },
          { ...ports, callAgent },
        ),
      ),
    );
    expect([mostUnproven, most, world.fleet.reads]).toEqual([4, 10, 1]);
  });
});

describe("results of forty tasks", () => {
  const id = "i".repeat(128);
  const noise = '\u0000"\\\n😀é'.repeat(2_000);
  const worst: Partial<Assignment> = {
    task: task(id, { success_rate: 0.123_456_789_012_345 }),
    agent_id: id,
    decision: {
      strategy: "CONFIDENCE_BASED",
      load: 123_456.789_012_345,
      eligible: 10_000,
      passed_over: { offline: 9_999, capability: 9_999, constraint: 9_999, already_tried: 9_999, rate_limit: 9_999 },
      probe: true,
    },
  };
  const cost = { cost_usd: 0.123_456_789_012_345, tokens: 123_456_789_012 };

  test.each([
    {
      title: "a success with the largest output in place",
      end: { kind: "answered", answer: { success: true, output: "x".repeat(2_046), ...cost } },
    },
    {
      title: "a success with an output of its own",
      end: { kind: "answered", answer: { success: true, output: noise, ...cost } },
    },
    { title: "the last retry", end: { kind: "transient", error: noise, ...cost } },
  ] as const)("fit the 256 KiB of a child, also in the worst case: $title", async ({ end }) => {
    const failing: AgentOutcome = { kind: "transient", error: noise, ...cost };
    const { execute } = await createExecutor(
      [failing, failing, failing, failing, failing, end],
      [agent(id, { online: true })],
    );
    const batch = { run_id: RUN, pass: 2 };
    for (let retry = 0; retry < 5; retry += 1) await errorOf(execute({ batch, assignment: worst, retry_count: retry }));
    const result = await execute({ batch, assignment: worst, retry_count: 5 });
    expect(result.attempts.length).toBe(6);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6_000);
  });
});
