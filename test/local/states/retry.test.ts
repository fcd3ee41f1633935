import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../lib/domain/json.ts";
import { matchesError, retryDelay } from "../../../lib/local/states/retry.ts";
import { failing, hanging, machine, named, pass, run, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const retrier = (error: string, more: JsonObject = {}): JsonObject => ({ ErrorEquals: [error], ...more });
const retried = (...retriers: readonly JsonObject[]): JsonObject => machine({ Work: task({ Retry: retriers }) });

describe("which retrier decides", () => {
  test("the first retrier that matches decides", async () => {
    const clock = createVirtualClock();
    await run(
      retried(retrier("A", { IntervalSeconds: 7 }), retrier("A", { IntervalSeconds: 9 })),
      {},
      { clock, invoke: failing("A") },
    );
    expect(clock.sleeps).toEqual([7000]);
  });

  test("each retrier counts its own retries over all failures of the state", async () => {
    const clock = createVirtualClock();
    const definition = retried(
      retrier("A", { IntervalSeconds: 10, MaxAttempts: 1 }),
      retrier("B", { IntervalSeconds: 20, MaxAttempts: 2, BackoffRate: 2 }),
      retrier("C", { IntervalSeconds: 30, MaxAttempts: 1 }),
    );
    const result = await run(definition, {}, { clock, invoke: failing("A", "B", "C", "B") });
    expect(result.status).toBe("SUCCEEDED");
    expect(clock.sleeps).toEqual([10_000, 20_000, 30_000, 40_000]);
  });

  test("a retrier that is used up leads to Catch and never to a later retrier", async () => {
    const definition = machine({
      Work: task({
        Retry: [retrier("A", { MaxAttempts: 1 }), retrier("States.ALL", { MaxAttempts: 5 })],
        Catch: [{ ErrorEquals: ["A"], Next: "Caught" }],
      }),
      Caught: pass({ Output: "caught" }),
    });
    const invoke = failing("A", "A", "A");
    expect(await run(definition, {}, { invoke })).toMatchObject({ status: "SUCCEEDED", output: "caught" });
    expect(invoke.calls).toHaveLength(2);
  });

  test("a retrier that is used up fails the execution where no Catch matches", async () => {
    const result = await run(retried(retrier("A", { MaxAttempts: 1 })), {}, { invoke: failing("A", "A") });
    expect(result).toMatchObject({ status: "FAILED", error: "A", cause: "A happened" });
  });

  test("MaxAttempts 0 never retries", async () => {
    const invoke = failing("A", "A");
    const result = await run(retried(retrier("A", { MaxAttempts: 0 }), retrier("States.ALL")), {}, { invoke });
    expect(result).toMatchObject({ status: "FAILED", error: "A" });
    expect(invoke.calls).toHaveLength(1);
  });

  test("a retry of one visit is not counted in the next visit of the state", async () => {
    const definition = machine({
      Work: task({ Retry: [retrier("A", { MaxAttempts: 1 })], Next: "Again", Output: "{% $states.input %}" }),
      Again: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input.again %}", Next: "Work", Output: { again: false } }],
        Default: "Done",
      },
      Done: pass(),
    });
    const names = ["A", undefined, "A"];
    const invoke = async () => {
      const name = names.shift();
      if (name !== undefined) throw named(name);
    };
    expect((await run(definition, { again: true }, { invoke })).status).toBe("SUCCEEDED");
  });
});

describe("how long a retry waits", () => {
  test("it waits 1 s, 2 s and 4 s, and gives up, where a retrier says nothing", async () => {
    const clock = createVirtualClock();
    const result = await run(retried(retrier("A")), {}, { clock, invoke: failing("A", "A", "A", "A") });
    expect(clock.sleeps).toEqual([1000, 2000, 4000]);
    expect(result.status).toBe("FAILED");
  });

  test("each wait is BackoffRate times the one before, up to MaxDelaySeconds", async () => {
    const clock = createVirtualClock();
    const definition = retried(
      retrier("A", { IntervalSeconds: 2, BackoffRate: 1.5, MaxDelaySeconds: 4, MaxAttempts: 4 }),
    );
    await run(definition, {}, { clock, invoke: failing("A", "A", "A", "A") });
    expect(clock.sleeps).toEqual([2000, 3000, 4000, 4000]);
  });

  test("JitterStrategy FULL waits anything between nothing and the whole delay", async () => {
    const clock = createVirtualClock();
    const draws = [0, 0.25, 0.75];
    const definition = retried(retrier("A", { IntervalSeconds: 4, JitterStrategy: "FULL" }));
    await run(definition, {}, { clock, invoke: failing("A", "A", "A"), random: () => draws.shift() ?? 0 });
    expect(clock.sleeps).toEqual([0, 2000, 12_000]);
  });

  test("JitterStrategy NONE waits the whole delay", () => {
    const plain = {
      errorEquals: ["A"],
      intervalSeconds: 1,
      maxAttempts: 3,
      backoffRate: 2,
      maxDelaySeconds: 10,
      fullJitter: false,
    };
    expect(retryDelay(plain, 3, () => 0.5)).toBe(4000);
  });
});

describe("what an attempt sees", () => {
  test("RetryCount counts every retry of the state, whichever retrier it was, and arguments are evaluated for each attempt", async () => {
    const invoke = failing("A", "B", "A");
    await run(retried(retrier("A"), retrier("B")), {}, { invoke });
    expect(invoke.calls).toEqual([0, 1, 2, 3].map((retryCount) => ({ input: {}, retryCount })));
  });

  test("EnteredTime stays the time at which the state was entered", async () => {
    const invoke = failing("A");
    const arguments_ = { at: "{% $states.context.State.EnteredTime %}", name: "{% $states.context.State.Name %}" };
    await run(machine({ Work: task({ Arguments: arguments_, Retry: [retrier("A")] }) }), {}, { invoke });
    expect(invoke.calls).toEqual([
      { at: "2026-01-01T00:00:00.000Z", name: "Work" },
      { at: "2026-01-01T00:00:00.000Z", name: "Work" },
    ]);
  });

  test("a failed evaluation is retried like any other error", async () => {
    const invoke = failing();
    const arguments_ = { first: "{% $states.context.State.RetryCount = 0 ? $none : 1 %}" };
    const definition = machine({
      Work: task({ Arguments: arguments_, Retry: [retrier("States.QueryEvaluationError")] }),
    });
    expect(await run(definition, {}, { invoke })).toMatchObject({ status: "SUCCEEDED", output: { first: 1 } });
  });
});

describe("what an ErrorEquals matches", () => {
  test.each([
    ["an error matches its own name", "A", "A", true],
    ["an error does not match another name", "A", "B", false],
    ["names are case-sensitive", "a", "A", false],
    ["States.ALL matches any error", "States.ALL", "A", true],
    ["States.ALL matches a timeout", "States.ALL", "States.Timeout", true],
    ["States.ALL does not match States.DataLimitExceeded", "States.ALL", "States.DataLimitExceeded", false],
    ["States.ALL does not match States.Runtime", "States.ALL", "States.Runtime", false],
    ["States.TaskFailed matches any error of a task", "States.TaskFailed", "A", true],
    ["States.TaskFailed does not match a timeout", "States.TaskFailed", "States.Timeout", false],
    [
      "States.TaskFailed does not match States.DataLimitExceeded",
      "States.TaskFailed",
      "States.DataLimitExceeded",
      false,
    ],
    ["States.TaskFailed does not match States.Runtime", "States.TaskFailed", "States.Runtime", false],
    [
      "States.DataLimitExceeded is matched by its own name",
      "States.DataLimitExceeded",
      "States.DataLimitExceeded",
      true,
    ],
    ["a timeout is matched by its own name", "States.Timeout", "States.Timeout", true],
  ])("%s", (_title, name, error, matches) => {
    expect(matchesError([name], error)).toBe(matches);
  });
});

describe("Catch", () => {
  const caught = (catcher: JsonObject, more: JsonObject = {}) =>
    machine({ Work: task({ Catch: [catcher], ...more }), Caught: pass({ Output: { got: "{% $states.input %}" } }) });

  test("the next state gets Error and Cause where the catcher has no Output", async () => {
    const result = await run(caught({ ErrorEquals: ["States.ALL"], Next: "Caught" }), {}, { invoke: failing("A") });
    expect(result.output).toEqual({ got: { Error: "A", Cause: "A happened" } });
  });

  test("the Cause is the error's causeText where it has one", async () => {
    const invoke = () => Promise.reject(named("A", { causeText: '{"errorType":"A"}' }));
    const result = await run(caught({ ErrorEquals: ["A"], Next: "Caught" }), {}, { invoke });
    expect(result.output).toEqual({ got: { Error: "A", Cause: '{"errorType":"A"}' } });
  });

  test("what is thrown and is no Error is reported by its type", async () => {
    const invoke = () => Promise.reject("no error" as unknown as Error);
    const result = await run(caught({ ErrorEquals: ["States.ALL"], Next: "Caught" }), {}, { invoke });
    expect(result.output).toEqual({ got: { Error: "string", Cause: "no error" } });
  });

  test("Output and Assign of a catcher see the error, the input and the variables", async () => {
    const definition = machine({
      Start: pass({ Assign: { kept: 1 }, Next: "Work" }),
      Work: task({
        Catch: [
          {
            ErrorEquals: ["States.ALL"],
            Next: "Caught",
            Output: { error: "{% $states.errorOutput.Error %}", input: "{% $states.input.a %}" },
            Assign: { reason: "{% $states.errorOutput.Cause & $string($kept) %}" },
          },
        ],
      }),
      Caught: pass({ Output: { got: "{% $states.input %}", reason: "{% $reason %}" } }),
    });
    const result = await run(definition, { a: 5 }, { invoke: failing("A") });
    expect(result.output).toEqual({ got: { error: "A", input: 5 }, reason: "A happened1" });
  });

  test("the first catcher that matches takes the error", async () => {
    const definition = machine({
      Work: task({
        Catch: [
          { ErrorEquals: ["B"], Next: "Other" },
          { ErrorEquals: ["A"], Next: "Caught" },
          { ErrorEquals: ["States.ALL"], Next: "Other" },
        ],
      }),
      Caught: pass({ Output: "caught" }),
      Other: pass({ Output: "other" }),
    });
    expect((await run(definition, {}, { invoke: failing("A") })).output).toBe("caught");
  });

  test("a timeout has an empty Cause", async () => {
    const definition = caught({ ErrorEquals: ["States.Timeout"], Next: "Caught" }, { TimeoutSeconds: 5 });
    const result = await run(definition, {}, { invoke: hanging() });
    expect(result.output).toEqual({ got: { Error: "States.Timeout", Cause: "" } });
  });

  test("a catcher whose Output cannot be evaluated fails the execution", async () => {
    const definition = caught({ ErrorEquals: ["States.ALL"], Next: "Caught", Output: "{% $none %}" });
    expect(await run(definition, {}, { invoke: failing("A") })).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
  });
});
