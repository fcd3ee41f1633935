import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import { machine, pass, run } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

describe("a Pass", () => {
  test("hands on its input where it has no Output", async () => {
    expect((await run(machine({ Pass: pass() }), { a: [1] })).output).toEqual({ a: [1] });
  });

  test("gives its Output, expressions evaluated at any depth", async () => {
    const output = { a: { b: ["{% $states.input.x %}", { c: "{% $states.input.x * 2 %}" }], d: "plain" }, e: null };
    const result = await run(machine({ Pass: pass({ Output: output }) }), { x: 3 });
    expect(result.output).toEqual({ a: { b: [3, { c: 6 }], d: "plain" }, e: null });
  });
});

describe("variables", () => {
  test("Output and Assign both see the values from before the state", async () => {
    const definition = machine({
      First: pass({ Assign: { n: 1 }, Next: "Second" }),
      Second: pass({ Assign: { n: "{% $n + 1 %}", before: "{% $n %}" }, Output: "{% $n %}", Next: "Third" }),
      Third: pass({ Output: { output: "{% $states.input %}", n: "{% $n %}", before: "{% $before %}" } }),
    });
    expect((await run(definition)).output).toEqual({ output: 1, n: 2, before: 1 });
  });

  test("a variable that was never assigned is no value", async () => {
    expect(await run(machine({ Pass: pass({ Output: "{% $unknown %}" }) }))).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
  });

  test("a variable keeps its value while other names are assigned", async () => {
    const definition = machine({
      First: pass({ Assign: { a: 1, b: 2 }, Next: "Second" }),
      Second: pass({ Assign: { b: 3 }, Next: "Third" }),
      Third: pass({ Output: ["{% $a %}", "{% $b %}"] }),
    });
    expect((await run(definition)).output).toEqual([1, 3]);
  });
});

describe("a Choice", () => {
  const choice = (choices: readonly JsonObject[], more: JsonObject = {}): JsonObject =>
    machine({
      Choose: { Type: "Choice", Choices: choices, ...more },
      One: pass({ Output: { one: "{% $states.input %}" } }),
      Two: pass({ Output: { two: "{% $states.input %}" } }),
    });

  test("takes the first rule whose condition is true", async () => {
    const definition = choice([
      { Condition: "{% $states.input.n > 5 %}", Next: "One" },
      { Condition: "{% $states.input.n > 1 %}", Next: "Two" },
      { Condition: true, Next: "One" },
    ]);
    expect((await run(definition, { n: 3 })).output).toEqual({ two: { n: 3 } });
  });

  test("takes Default where no condition is true", async () => {
    const definition = choice([{ Condition: "{% $exists($states.input.n) %}", Next: "One" }], { Default: "Two" });
    expect((await run(definition, {})).output).toEqual({ two: {} });
  });

  test("fails with States.NoChoiceMatched where it has no Default", async () => {
    const result = await run(choice([{ Condition: false, Next: "One" }]));
    expect(result).toMatchObject({ status: "FAILED", error: "States.NoChoiceMatched" });
  });

  test.each<[JsonValue]>([[1], ["true"], [null], [[]], [{}]])(
    "a condition that gives %j fails the evaluation",
    async (value) => {
      const definition = choice([{ Condition: "{% $states.input.value %}", Next: "One" }], { Default: "Two" });
      expect(await run(definition, { value })).toMatchObject({
        status: "FAILED",
        error: "States.QueryEvaluationError",
      });
    },
  );

  test("a rule's Output and Assign count where the rule is taken, the state's own where Default is", async () => {
    const definition = machine({
      Choose: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input.yes %}", Next: "End", Output: "rule", Assign: { by: "rule" } }],
        Default: "End",
        Output: "default",
        Assign: { by: "default" },
      },
      End: pass({ Output: ["{% $states.input %}", "{% $by %}"] }),
    });
    expect((await run(definition, { yes: true })).output).toEqual(["rule", "rule"]);
    expect((await run(definition, { yes: false })).output).toEqual(["default", "default"]);
  });
});

describe("a Wait", () => {
  const wait = (more: JsonObject): JsonObject => machine({ Wait: { Type: "Wait", End: true, ...more } });

  test("waits Seconds and hands on its input", async () => {
    const clock = createVirtualClock(0);
    expect((await run(wait({ Seconds: 30 }), { a: 1 }, { clock })).output).toEqual({ a: 1 });
    expect(clock.now()).toBe(30_000);
  });

  test("Seconds may be an expression", async () => {
    const clock = createVirtualClock(0);
    await run(wait({ Seconds: "{% $states.input.delay * 2 %}" }), { delay: 5 }, { clock });
    expect(clock.now()).toBe(10_000);
  });

  test.each([-1, 1.5, "1"])("Seconds that evaluate to %j fail the evaluation", async (delay) => {
    const result = await run(wait({ Seconds: "{% $states.input.delay %}" }), { delay });
    expect(result).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
  });

  test("waits until a Timestamp, in any time zone, by the clock that is never scaled", async () => {
    const clock = createVirtualClock(Date.UTC(2026, 0, 1));
    await run(wait({ Timestamp: "{% $states.input.until %}" }), { until: "2026-01-01T02:00:10+02:00" }, { clock });
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1) + 10_000);
    expect(clock.sleeps).toEqual([]);
  });

  test("an abort ends the wait for a Timestamp", async () => {
    const abort = new AbortController();
    const result = run(wait({ Timestamp: "2030-01-01T00:00:00Z" }), {}, { signal: abort.signal });
    abort.abort();
    expect((await result).status).toBe("ABORTED");
  });

  test("a Timestamp that has passed is not waited for", async () => {
    const clock = createVirtualClock(Date.UTC(2026, 0, 1));
    await run(wait({ Timestamp: "2025-01-01T00:00:00Z" }), {}, { clock });
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
  });

  test.each([
    "2016-13-05T21:29:29Z",
    "2016-12-05T25:29:29Z",
    "05-12-2016T21:29:29Z",
    "2016-12-05 21:29:29Z",
    "2016-12-05T21:29:29",
  ])("the Timestamp %s fails the evaluation", async (until) => {
    const result = await run(wait({ Timestamp: "{% $states.input.until %}" }), { until });
    expect(result).toMatchObject({ error: "States.QueryEvaluationError" });
    expect(result.cause).toBe(
      `An error occurred while executing the state 'Wait' (entered at the event id #2). The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${until}`,
    );
  });
});

describe("Succeed and Fail", () => {
  test("a Succeed ends the execution with its Output", async () => {
    const definition = machine({ Done: { Type: "Succeed", Output: { n: "{% $states.input.n %}" } } });
    expect(await run(definition, { n: 1 })).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
  });

  test("a Fail ends the execution with its Error and Cause, which may be expressions", async () => {
    const definition = machine({ Stop: { Type: "Fail", Error: "Bad", Cause: "{% 'n was ' & $states.input.n %}" } });
    expect(await run(definition, { n: 1 })).toMatchObject({ status: "FAILED", error: "Bad", cause: "n was 1" });
  });

  test("a Fail may have neither", async () => {
    const result = await run(machine({ Stop: { Type: "Fail" } }));
    expect(Object.keys(result).toSorted()).toEqual(["history", "status"]);
  });

  test("a Fail whose Error is no string fails the evaluation", async () => {
    const definition = machine({ Stop: { Type: "Fail", Error: "{% 1 %}" } });
    expect(await run(definition)).toMatchObject({ error: "States.QueryEvaluationError" });
  });
});
