import { beforeAll, describe, expect, test } from "vitest";

import type { Assignment, ExecutionResult } from "../../lib/domain/execution.ts";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import type { AttemptLogEntry } from "../../lib/domain/record.ts";
import { MAX_RETRIES, retryDelays, retryErrorName, serviceRetrier } from "../../lib/domain/retry-policy.ts";
import type { Resource } from "../../lib/local/states/definition.ts";
import type { ExecuteBatchInput, ExecuteBatchOutput } from "../../lib/steps/execute-batch.ts";
import type { ExecuteTaskInput } from "../../lib/steps/execute-task.ts";
import { attempt } from "../domain/report-builders.ts";
import { named, run } from "../local/states/machine.ts";
import { createVirtualClock } from "../local/states/virtual-clock.ts";
import { assignment, batchContext, result } from "../steps/builders.ts";
import { definitionOf, synthesize } from "./synthesized-stack.ts";

const STARTED_AT = Date.parse("2026-03-01T12:00:00Z");

/** What a child of the Distributed Map runs. */
let child: JsonObject;

const findState = (machine: JsonObject, name: string): JsonObject | undefined => {
  const states = machine["States"] as Readonly<Record<string, JsonObject>>;
  return (
    states[name] ??
    Object.values(states)
      .flatMap(({ ItemProcessor }) => (ItemProcessor === undefined ? [] : [ItemProcessor as JsonObject]))
      .map((inner) => findState(inner, name))
      .find((found) => found !== undefined)
  );
};

beforeAll(() => {
  const processor = findState(definitionOf(synthesize()), "DispatchTasks")?.["ItemProcessor"];
  const { StartAt = "", States = {} } = processor as JsonObject;
  child = { QueryLanguage: "JSONata", StartAt, States };
});

/** What an executor does. */
interface Executor {
  readonly first: (payload: ExecuteBatchInput) => ExecuteBatchOutput;
  readonly next: (payload: ExecuteTaskInput) => ExecutionResult;
}

/** Runs a batch of tasks; gives what came back, what the executor was given, and what was waited for. */
const runBatch = async (executor: Executor, ...ids: readonly string[]) => {
  const clock = createVirtualClock(STARTED_AT);
  const batches: ExecuteBatchInput[] = [];
  const tasks: ExecuteTaskInput[] = [];
  const invoke: Resource = async (args) => {
    const { Payload: payload } = args as unknown as { Payload: ExecuteBatchInput | ExecuteTaskInput };
    if ("assignments" in payload) {
      batches.push(payload);
      return { Payload: executor.first(payload) };
    }
    tasks.push(payload);
    return { Payload: executor.next(payload) };
  };
  const input = { BatchInput: { batch: batchContext() }, Items: ids.map((id) => assignment(id)) };
  const ended = await run(child, input as unknown as JsonValue, { invoke, clock, random: () => 0.5 });
  const seconds = clock.sleeps.map((ms) => ms / 1_000);
  const results = (ended.output as unknown as readonly ExecutionResult[] | undefined)?.flat() ?? [];
  return { ended, results, batches, tasks, seconds };
};

const thrown = (name: string) => named(name, { causeText: `cause ${"x".repeat(1_000)}` });

const fail = (name: string) => (): never => {
  throw thrown(name);
};

const neverCalled = fail("it was not to be called");

/** Ends the tasks of a batch but those that failed by a name, whose first attempt may stand beside it. */
const firstAttempts =
  (failed: Readonly<Record<string, string>> = {}, entry?: AttemptLogEntry) =>
  ({ assignments }: ExecuteBatchInput): ExecuteBatchOutput => {
    const isFailed = ({ task }: Assignment) => failed[task.task_id] !== undefined;
    return {
      ended: assignments.filter((each) => !isFailed(each)).map(({ task }) => result(task.task_id)),
      unended: assignments.filter(isFailed).map((each) => ({
        assignment: each,
        first_attempt: { error: { name: failed[each.task.task_id]!, message: "no" }, ...(entry && { entry }) },
      })),
    };
  };

/** An attempt at a task that goes on alone, which fails as long as a name is given for the retry. */
const failingBy =
  (nameOf: (retry: number) => string | null) =>
  ({ assignment: { task }, retry_count }: ExecuteTaskInput): ExecutionResult => {
    const name = nameOf(retry_count);
    if (name !== null) throw thrown(name);
    return result(task.task_id);
  };

const outcomesOf = (results: readonly ExecutionResult[]) => results.map(({ task_id, outcome }) => [task_id, outcome]);

describe("a batch", () => {
  test("is one invocation, with what its tasks share and the assignments", async () => {
    const { results, batches } = await runBatch({ first: firstAttempts(), next: neverCalled }, "a", "b", "c");
    expect(batches).toEqual([
      {
        batch: batchContext(),
        assignments: ["a", "b", "c"].map((id) => assignment(id)),
        child_started_at: new Date(STARTED_AT).toISOString(),
      },
    ]);
    expect(results).toEqual(["a", "b", "c"].map((id) => result(id)));
  });

  test("lets each task that has not ended go on alone, with what its first attempt came to", async () => {
    const entry = attempt({ error: "no" });
    const first = firstAttempts({ b: "Phase21.Exponential" }, entry);
    const { results, tasks } = await runBatch({ first, next: failingBy(() => null) }, "a", "b", "c");
    expect(tasks).toEqual([
      {
        batch: batchContext(),
        assignment: assignment("b"),
        first_attempt: { error: { name: "Phase21.Exponential", message: "no" }, entry },
        retry_count: 0,
        child_started_at: new Date(STARTED_AT).toISOString(),
      },
    ]);
    expect(outcomesOf(results)).toEqual([
      ["a", "completed"],
      ["c", "completed"],
      ["b", "completed"],
    ]);
  });

  test("whose executor died goes on task by task, and each has that on its account", async () => {
    const { results, tasks } = await runBatch(
      { first: fail("Runtime.ExitError"), next: failingBy(() => null) },
      "a",
      "b",
    );
    expect(tasks.map(({ first_attempt }) => first_attempt)).toEqual(
      ["a", "b"].map(() => ({
        entry: {
          pass: 1,
          attempt: 1,
          agent_id: "agent_0",
          started_at: expect.stringMatching(/^\d{4}-.*Z$/u) as string,
          duration_ms: expect.any(Number) as number,
          error: "Runtime.ExitError",
        },
      })),
    );
    expect(outcomesOf(results)).toEqual([
      ["a", "completed"],
      ["b", "completed"],
    ]);
  });

  test("of one task whose executor died goes on as well", async () => {
    const { results } = await runBatch({ first: fail("Runtime.ExitError"), next: failingBy(() => null) }, "a");
    expect(outcomesOf(results)).toEqual([["a", "completed"]]);
  });

  test("that no executor is free for waits for a later pass, and is not tried task by task", async () => {
    const first = fail("Lambda.TooManyRequestsException");
    const { results, seconds } = await runBatch({ first, next: neverCalled }, "a", "b");
    expect(seconds).toEqual([1, 2, 4, 8, 16, 20].map((longest) => longest * 0.5));
    expect(results).toEqual(
      ["a", "b"].map((id) => ({
        ...result(id),
        outcome: "deferred",
        attempts: [],
        error: `Lambda.TooManyRequestsException: cause ${"x".repeat(194)}`,
      })),
    );
  });

  test.each(["States.Timeout", "Sandbox.Timedout"])(
    "that ends by %s has no time left in its child: each of its tasks goes to another agent",
    async (name) => {
      const { results } = await runBatch({ first: fail(name), next: neverCalled }, "a");
      expect(results).toMatchObject([
        { ...result("a"), outcome: "timed_out", attempts: [{ pass: 1, attempt: 1, agent_id: "agent_0", error: name }] },
      ]);
    },
  );

  test("loses no task when the executor of one dies", async () => {
    const { ended, results } = await runBatch(
      { first: firstAttempts({ b: "SlowDown" }), next: fail("Runtime.ExitError") },
      "a",
      "b",
      "c",
    );
    expect(ended.status).toBe("SUCCEEDED");
    expect(outcomesOf(results)).toEqual([
      ["a", "completed"],
      ["c", "completed"],
      ["b", "executor_died"],
    ]);
  });
});

/** Runs a task that goes on alone. */
const runAlone = (next: Executor["next"], entry?: AttemptLogEntry) =>
  runBatch({ first: firstAttempts({ a: "as the test says" }, entry), next }, "a");

describe("waits between attempts", () => {
  test.each(["EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF"] as const)("are those of %s", async (strategy) => {
    const { results, tasks, seconds } = await runAlone(
      failingBy((retry) => (retry < MAX_RETRIES ? retryErrorName(strategy, retry + 1) : null)),
    );
    expect(seconds).toEqual(retryDelays(strategy, MAX_RETRIES));
    expect(tasks.map(({ retry_count }) => retry_count)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results[0]?.outcome).toBe("completed");
  });

  test("of a throttled invocation grow with full jitter, up to the limit of the services' retrier", async () => {
    const { results, seconds } = await runAlone(fail("Lambda.TooManyRequestsException"));
    expect(seconds).toEqual([1, 2, 4, 8, 16, 20].map((longest) => longest * 0.5));
    expect(seconds).toHaveLength(serviceRetrier.maxAttempts);
    expect(results).toMatchObject([{ outcome: "deferred", attempts: [], first_attempt: null }]);
  });

  test("do not stand before the end of a task whose error nobody retries", async () => {
    const { tasks, seconds } = await runAlone(fail("TypeError"));
    expect(tasks).toHaveLength(1);
    expect(seconds).toEqual([]);
  });
});

describe("a task whose executor died", () => {
  const diedOf = async (name: string, entry?: AttemptLogEntry): Promise<ExecutionResult | undefined> =>
    (await runAlone(fail(name), entry)).results[0];

  test.each([
    ["States.Timeout", "timed_out"],
    ["Sandbox.Timedout", "timed_out"],
    ["Runtime.ExitError", "executor_died"],
    ["TypeError", "executor_died"],
  ])("of %s has the outcome %s", async (name, outcome) => {
    expect((await diedOf(name))?.outcome).toBe(outcome);
  });

  test("has a result like any other, with the attempt that it died in and an error that is cut", async () => {
    expect(await diedOf("TypeError")).toEqual({
      ...result("a"),
      outcome: "executor_died",
      first_attempt: null,
      attempts: [
        {
          pass: 1,
          attempt: 1,
          agent_id: "agent_0",
          started_at: expect.stringMatching(/^\d{4}-.*Z$/u) as string,
          duration_ms: expect.any(Number) as number,
          error: "TypeError",
        },
      ],
      error: `TypeError: cause ${"x".repeat(194)}`,
    });
  });

  test.each(["TypeError", "Lambda.TooManyRequestsException"])(
    "of %s has its first attempt too, where there was one",
    async (name) => {
      const first = attempt({ error: "busy" });
      expect((await diedOf(name, first))?.first_attempt).toEqual(first);
    },
  );
});
