import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../lib/domain/json.ts";
import { failing, hanging, inlineMap, machine, named, pass, run, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Counts how many calls run at a time, each for a second. */
const counting = (clock = createVirtualClock(0)) => {
  let running = 0;
  const peak = { of: 0, calls: 0, clock };
  const invoke = async () => {
    running += 1;
    peak.calls += 1;
    peak.of = Math.max(peak.of, running);
    await clock.sleep(1000);
    running -= 1;
    return null;
  };
  return { peak, invoke, clock };
};

describe("the items of an inline Map", () => {
  test("each go through the states, and the results keep their order", async () => {
    const clock = createVirtualClock(0);
    const invoke = async (args: JsonValue) => {
      const { input } = args as { readonly input: number };
      await clock.sleep(1000 * (5 - input));
      return input * 10;
    };
    const result = await run(machine({ M: inlineMap({ T: task() }) }), { items: numbers(5) }, { clock, invoke });
    expect(result.output).toEqual([0, 10, 20, 30, 40]);
  });

  test("are the state's input where it has no Items", async () => {
    const { Items: _, ...map } = inlineMap({ P: pass() });
    expect((await run(machine({ M: map }), [1, 2])).output).toEqual([1, 2]);
  });

  test("may be none", async () => {
    expect((await run(machine({ M: inlineMap({ P: pass() }) }), { items: [] })).output).toEqual([]);
  });

  test.each<[string, JsonValue, string]>([
    ["number", 1, "1"],
    ["string", "text", '"text"'],
    ["object", { foo: "bar" }, '{"foo":"bar"}'],
    ["null", null, "null"],
  ])("must not be a %s", async (type, items, shown) => {
    const result = await run(machine({ M: inlineMap({ P: pass() }) }), { items });
    expect(result).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
    expect(result.cause).toBe(
      `An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression '$states.input.items' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was '${type}' for value: ${shown}`,
    );
  });

  test("must be an array where they are the input, too", async () => {
    const { Items: _, ...map } = inlineMap({ P: pass() });
    expect(await run(machine({ M: map }), {})).toMatchObject({ error: "States.QueryEvaluationError" });
  });

  test("that one match collapsed to are no array", async () => {
    const definition = machine({ M: inlineMap({ P: pass() }, { Items: "{% $states.input.items[id = 1] %}" }) });
    expect(await run(definition, { items: [{ id: 1 }, { id: 2 }] })).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("are shaped by ItemSelector, which sees the item, its index, the Map's input and the variables", async () => {
    const selector = {
      value: "{% $states.context.Map.Item.Value %}",
      index: "{% $states.context.Map.Item.Index %}",
      of: "{% $count($states.input.items) %}",
      v: "{% $v %}",
    };
    const definition = machine({
      First: pass({ Assign: { v: "x" }, Next: "M" }),
      M: inlineMap({ P: pass() }, { ItemSelector: selector }),
    });
    expect((await run(definition, { items: ["a", "b"] })).output).toEqual([
      { value: "a", index: 0, of: 2, v: "x" },
      { value: "b", index: 1, of: 2, v: "x" },
    ]);
  });

  test("are seen by the states in the Map, the innermost Map's by states in two", async () => {
    const item = "{% $states.context.Map.Item.Index & ':' & $string($states.context.Map.Item.Value) %}";
    const inner = inlineMap({ P: pass({ Output: item }) }, { Items: "{% $states.input %}", Next: "Q" });
    const definition = machine({ M: inlineMap({ I: inner, Q: pass({ Output: ["{% $states.input %}", item] }) }) });
    expect((await run(definition, { items: [["a"], ["b"]] })).output).toEqual([
      [["0:a"], '0:["a"]'],
      [["0:b"], '1:["b"]'],
    ]);
  });
});

describe("how many items of an inline Map run at a time", () => {
  test.each<[string, object, number]>([
    ["40 where the Map does not say", {}, 40],
    ["40 where MaxConcurrency is 0", { MaxConcurrency: 0 }, 40],
    ["40 where MaxConcurrency is more", { MaxConcurrency: 100 }, 40],
    ["as many as MaxConcurrency says", { MaxConcurrency: 7 }, 7],
    ["as many as an expression says", { MaxConcurrency: "{% $states.input.limit %}" }, 3],
    ["one after the other where it is 1", { MaxConcurrency: 1 }, 1],
  ])("%s", async (_title, more, expected) => {
    const { peak, invoke, clock } = counting();
    const definition = machine({ M: inlineMap({ T: task() }, more as Record<string, JsonValue>) });
    const result = await run(definition, { items: numbers(90), limit: 3 }, { clock, invoke });
    expect(result.status).toBe("SUCCEEDED");
    expect(peak).toMatchObject({ of: expected, calls: 90 });
    expect(clock.now()).toBe(1000 * Math.ceil(90 / expected));
  });
});

describe("an item that fails", () => {
  test("fails the Map with its error", async () => {
    const definition = machine({ M: inlineMap({ F: { Type: "Fail", Error: "Bad", Cause: "why" } }) });
    expect(await run(definition, { items: [1] })).toMatchObject({ status: "FAILED", error: "Bad", cause: "why" });
  });

  test("stops what has not started and aborts what runs", async () => {
    const started: JsonValue[] = [];
    const aborted: JsonValue[] = [];
    const clock = createVirtualClock(0);
    const invoke = async (args: JsonValue, { signal }: { readonly signal: AbortSignal }) => {
      const { input } = args as { readonly input: number };
      started.push(input);
      signal.addEventListener("abort", () => aborted.push(input));
      await clock.sleep(input === 1 ? 500 : 1000);
      if (input === 1) throw named("Bad");
      return null;
    };
    const definition = machine({ M: inlineMap({ T: task() }, { MaxConcurrency: 3 }) });
    const result = await run(definition, { items: numbers(10) }, { clock, invoke });
    expect(result).toMatchObject({ status: "FAILED", error: "Bad" });
    expect(started).toEqual([0, 1, 2]);
    expect(aborted).toEqual([0, 2]);
  });

  test("ends the retries of the others", async () => {
    const invoke = async (args: JsonValue) => {
      throw named((args as { readonly input: string }).input);
    };
    const clock = createVirtualClock(0);
    const retried = task({ Retry: [{ ErrorEquals: ["Again"], IntervalSeconds: 100 }] });
    const definition = machine({
      M: inlineMap({
        C: { Type: "Choice", Choices: [{ Condition: "{% $states.input = 'Late' %}", Next: "W" }], Default: "T" },
        W: { Type: "Wait", Seconds: 5, Next: "T" },
        T: retried,
      }),
    });
    expect(await run(definition, { items: ["Again", "Late"] }, { clock, invoke })).toMatchObject({ error: "Late" });
    expect(clock.now()).toBe(5000);
  });

  test("is caught by the Map's Catch", async () => {
    const map = inlineMap({ T: task() }, { Catch: [{ ErrorEquals: ["Bad"], Next: "Caught" }] });
    const definition = machine({ M: map, Caught: pass({ Output: "{% $states.input.Error %}" }) });
    expect((await run(definition, { items: [1, 2] }, { invoke: failing("Bad", "Bad") })).output).toBe("Bad");
  });

  test("is retried with the whole Map", async () => {
    const invoke = failing("Bad");
    const map = inlineMap({ T: task() }, { MaxConcurrency: 1, Retry: [{ ErrorEquals: ["Bad"] }] });
    expect((await run(machine({ M: map }), { items: [1, 2] }, { invoke })).status).toBe("SUCCEEDED");
    expect(invoke.calls.map((args) => (args as { readonly input: number }).input)).toEqual([1, 1, 2]);
  });

  test("fails the Map where its ItemSelector cannot be evaluated", async () => {
    const definition = machine({
      M: inlineMap({ P: pass() }, { ItemSelector: { a: "{% $states.context.Map.Item.Value.a %}" } }),
    });
    const result = await run(definition, { items: [{ a: 1 }, {}] });
    expect(result).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
    expect(result.cause).toContain("specified for the field 'ItemSelector/a' returned nothing (undefined).");
  });

  test("does not wait for a resource that ignores its signal", async () => {
    const invoke = hanging();
    const map = inlineMap({
      C: { Type: "Choice", Choices: [{ Condition: "{% $states.input %}", Next: "F" }], Default: "T" },
      F: { Type: "Fail", Error: "Bad" },
      T: task(),
    });
    expect(await run(machine({ M: map }), { items: [false, true] }, { invoke })).toMatchObject({ error: "Bad" });
    expect(invoke.aborted).toHaveLength(1);
  });
});

describe("variables and Maps", () => {
  test("states in a Map read the variables around it", async () => {
    const definition = machine({
      First: pass({ Assign: { v: 5 }, Next: "M" }),
      M: inlineMap({ P: pass({ Output: "{% $v + $states.input %}" }) }),
    });
    expect((await run(definition, { items: [1, 2] })).output).toEqual([6, 7]);
  });

  test("what an iteration assigns is gone outside, and not seen by the others", async () => {
    const definition = machine({
      M: inlineMap(
        { P: pass({ Assign: { w: "{% $states.input %}" }, Output: "{% $exists($w) %}" }) },
        { MaxConcurrency: 1, Next: "After" },
      ),
      After: pass({ Output: { seen: "{% $states.input %}", after: "{% $exists($w) %}" } }),
    });
    expect((await run(definition, { items: [1, 2] })).output).toEqual({ seen: [false, false], after: false });
  });

  test("the Map itself assigns from its result", async () => {
    const definition = machine({
      M: inlineMap(
        { P: pass() },
        { Assign: { all: "{% $states.result %}" }, Output: "{% $sum($states.result) %}", Next: "After" },
      ),
      After: pass({ Output: ["{% $states.input %}", "{% $all %}"] }),
    });
    expect((await run(definition, { items: [1, 2] })).output).toEqual([3, [1, 2]]);
  });
});
