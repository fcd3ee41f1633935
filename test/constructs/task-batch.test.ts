import { beforeAll, describe, expect, test } from "vitest";

import type { ExecutionResult } from "../../lib/domain/execution.ts";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { MAX_RETRIES, retryDelays, retryErrorName, serviceRetrier } from "../../lib/domain/retry-policy.ts";
import type { Resource } from "../../lib/local/states/definition.ts";
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

interface Payload {
  readonly batch: JsonObject;
  readonly assignment: { readonly task: { readonly task_id: string } };
  readonly retry_count: number;
}

/** Runs a batch of tasks whose executor does as `execute` says; gives what came back and what was waited for. */
const runBatch = async (execute: (payload: Payload) => ExecutionResult, ...ids: readonly string[]) => {
  const clock = createVirtualClock(STARTED_AT);
  const payloads: Payload[] = [];
  const invoke: Resource = async (args) => {
    const { Payload: payload } = args as unknown as { Payload: Payload };
    payloads.push(payload);
    return { Payload: execute(payload) };
  };
  const input = { BatchInput: { batch: batchContext() }, Items: ids.map((id) => assignment(id)) };
  const ended = await run(child, input as unknown as JsonValue, { invoke, clock, random: () => 0.5 });
  const seconds = clock.sleeps.map((ms) => ms / 1_000);
  return { ended, results: ended.output as unknown as readonly ExecutionResult[], payloads, seconds };
};

/** An executor that fails as long as a name is given for the retry. */
const failingBy =
  (nameOf: (retry: number) => string | null | undefined) =>
  ({ assignment: { task }, retry_count }: Payload): ExecutionResult => {
    const name = nameOf(retry_count);
    if (typeof name === "string") throw named(name, { causeText: `cause ${"x".repeat(1_000)}` });
    return result(task.task_id);
  };

describe("a batch", () => {
  test("is one invocation a task, with what the batch shares and the task's own assignment", async () => {
    const { results, payloads } = await runBatch(
      failingBy(() => null),
      "a",
      "b",
      "c",
    );
    expect(payloads).toEqual(
      ["a", "b", "c"].map((id) => ({
        batch: batchContext(),
        assignment: assignment(id),
        retry_count: 0,
        child_started_at: new Date(STARTED_AT).toISOString(),
      })),
    );
    expect(results).toEqual(["a", "b", "c"].map((id) => result(id)));
  });

  test("loses no task when the executor of one dies", async () => {
    const { ended, results } = await runBatch(
      (payload) => failingBy(() => (payload.assignment.task.task_id === "b" ? "Runtime.ExitError" : null))(payload),
      "a",
      "b",
      "c",
    );
    expect(ended.status).toBe("SUCCEEDED");
    expect(results.map(({ task_id, outcome }) => [task_id, outcome])).toEqual([
      ["a", "completed"],
      ["b", "executor_died"],
      ["c", "completed"],
    ]);
  });
});

describe("waits between attempts", () => {
  test.each(["EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF"] as const)("are those of %s", async (strategy) => {
    const { results, payloads, seconds } = await runBatch(
      failingBy((retry) => (retry < MAX_RETRIES ? retryErrorName(strategy, retry + 1) : null)),
      "a",
    );
    expect(seconds).toEqual(retryDelays(strategy, MAX_RETRIES));
    expect(payloads.map(({ retry_count }) => retry_count)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results[0]?.outcome).toBe("completed");
  });

  test("of a throttled invocation grow with full jitter, up to the limit of the services' retrier", async () => {
    const { results, seconds } = await runBatch(
      failingBy(() => "Lambda.TooManyRequestsException"),
      "a",
    );
    expect(seconds).toEqual([1, 2, 4, 8, 16, 20].map((longest) => longest * 0.5));
    expect(seconds).toHaveLength(serviceRetrier.maxAttempts);
    expect(results).toMatchObject([{ outcome: "deferred", attempts: [] }]);
  });

  test("do not stand before the end of a task whose error nobody retries", async () => {
    const { payloads, seconds } = await runBatch(
      failingBy(() => "TypeError"),
      "a",
    );
    expect(payloads).toHaveLength(1);
    expect(seconds).toEqual([]);
  });
});

describe("a task whose executor died", () => {
  const diedOf = async (name: string): Promise<ExecutionResult | undefined> =>
    (
      await runBatch(
        failingBy(() => name),
        "a",
      )
    ).results[0];

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
});
