import { describe, expect, test } from "vitest";

import type { AgentOutcome } from "../../lib/domain/agent-request.ts";
import { AttemptFailedError } from "../../lib/domain/errors.ts";
import type { Assignment } from "../../lib/domain/execution.ts";
import { attempt } from "../domain/report-builders.ts";
import { at, decision, RUN, task } from "./builders.ts";
import { answered, createExecutor, errorOf, permanent, timedOut, transient } from "./executor.ts";

/** A task line with constraints. */
const constrained = (constraints: Assignment["task"]["constraints"]) => ({ task: task("t1", { constraints }) });

describe("an attempt that succeeds", () => {
  test("tells how long it waited for others of its process", async () => {
    const { execute } = await createExecutor([answered()], undefined, 40);
    const queued: number[] = [];
    await execute({}, (milliseconds) => queued.push(milliseconds));
    expect(queued).toEqual([40]);
  });

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
    expect(world.log.entries).toMatchObject([{ level: "debug", message: "attempt failed", fields: { next: "retry" } }]);
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

describe("a task that goes on alone", () => {
  const entry = attempt({ error: "busy" });
  const failed = { error: { name: "Phase21.Linear.1", message: "attempt 1: busy" }, entry };

  test("has the error of its first attempt thrown again, and its agent is not called", async () => {
    const { execute, calls, world } = await createExecutor([answered()]);
    const error = await errorOf(execute({ first_attempt: failed }));
    expect(error).toMatchObject({ name: "Phase21.Linear.1", message: "attempt 1: busy" });
    expect(calls).toEqual([]);
    expect(await world.attempts.list(RUN, "t1")).toEqual([]);
  });

  test("is on its second attempt then, and its result has both", async () => {
    const { execute, calls } = await createExecutor([answered()]);
    const { outcome, attempts } = await execute({ first_attempt: failed, retry_count: 1 });
    expect([outcome, attempts.map(({ error }) => error)]).toEqual(["completed", ["busy", undefined]]);
    expect(calls[0]?.request.attempt).toBe(2);
  });

  test("puts the second on record where that failed too, and then is on its third", async () => {
    const { execute, world } = await createExecutor([transient, answered()]);
    const batch = { retry_strategy: "LINEAR_BACKOFF" } as const;
    const error = await errorOf(execute({ batch, first_attempt: failed, retry_count: 1 }));
    expect(error).toMatchObject({ name: "Phase21.Linear.2" });
    expect(await world.attempts.list(RUN, "t1")).toMatchObject([{ attempt: 2 }]);
    const { attempts } = await execute({ batch, first_attempt: failed, retry_count: 2 });
    expect(attempts.map((each) => each.attempt)).toEqual([1, 2, 3]);
  });

  test("is called at once where the executor died with its batch, which counts as an attempt", async () => {
    const { execute, calls } = await createExecutor([answered()]);
    const { attempts } = await execute({ first_attempt: { entry: attempt({ error: "Runtime.ExitError" }) } });
    expect(attempts.map((each) => each.error)).toEqual(["Runtime.ExitError", undefined]);
    expect(calls[0]?.request.attempt).toBe(2);
  });

  test.each([
    { batch: { retry_strategy: "NO_RETRY" } as const },
    { batch: { max_retries: 0 } },
    { assignment: constrained({ max_retries: 0 }) },
  ])("is not called again where it may not be, though its executor died: %o", async (changes) => {
    const { execute, calls } = await createExecutor([answered()]);
    const lost = attempt({ error: "Runtime.ExitError" });
    const result = await execute({ ...changes, first_attempt: { entry: lost } });
    expect(result).toMatchObject({ outcome: "executor_died", attempts: [lost] });
    expect(calls).toEqual([]);
  });

  test("was not attempted where it may not run at all, though its executor died", async () => {
    const { execute } = await createExecutor([answered()]);
    const first_attempt = { entry: attempt({ error: "Runtime.ExitError" }) };
    const refused = { assignment: { task: task("t1", { depends_on: ["t0"] }) } };
    expect(await execute({ ...refused, first_attempt })).toMatchObject({ outcome: "dependency_failed", attempts: [] });
  });

  test.each([
    { title: "nothing where its own gates refuse it", gate: undefined, made: 0 },
    { title: "what may have been made before the Phase 13 gate could say no", gate: { url: "https://gate" }, made: 1 },
  ])("has made $title, though its executor died", async ({ gate, made }) => {
    const { execute } = await createExecutor([answered()]);
    const { attempts, outcome } = await execute({
      batch: gate === undefined ? {} : { safety_gate: { ...gate, timeout_seconds: 1 } as never },
      assignment: { task: task("t1", { capabilities: ["fly"] }) },
      first_attempt: { entry: attempt({ error: "Runtime.ExitError" }) },
    });
    expect([outcome, attempts.length]).toEqual(["blocked_by_gate", made]);
  });

  test("keeps what may have been made before the operator cancelled the run", async () => {
    const { execute, world } = await createExecutor([answered()]);
    world.runs.readControl = async () => ({ state: "CANCELLED", since: "2026-03-01T12:00:00.000Z" });
    const lost = attempt({ error: "Runtime.ExitError" });
    expect(await execute({ first_attempt: { entry: lost } })).toMatchObject({ outcome: "cancelled", attempts: [lost] });
  });

  test("keeps the attempt where the operator cannot be asked between it and the next one", async () => {
    const { execute, world } = await createExecutor([transient]);
    let asked = 0;
    world.runs.readControl = async () => {
      asked += 1;
      world.clock.time += 10_000;
      if (asked > 1) throw new Error("the table is slow");
      return { state: "RUN" };
    };
    expect(await errorOf(execute())).toMatchObject({ name: "Phase21.Exponential" });
    expect(await world.attempts.list(RUN, "t1")).toMatchObject([{ attempt: 1, error: "busy" }]);
    expect(world.log.entries.map(({ message }) => message)).toContain("operator not asked");
  });

  test("has made no attempt where only a service failed it", async () => {
    const { execute } = await createExecutor([answered()]);
    const first_attempt = { error: { name: "SlowDown", message: "please" } };
    expect(await errorOf(execute({ first_attempt }))).toMatchObject({ name: "SlowDown" });
    expect((await execute({ first_attempt, retry_count: 1 })).attempts.map((each) => each.attempt)).toEqual([1]);
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
