import fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../lib/domain/json.ts";
import { evaluate, machine, pass, run } from "./machine.ts";

const prefix = "An error occurred while executing the state 'Pass' (entered at the event id #2). ";

describe("a string", () => {
  test.each<[string, JsonValue, JsonValue]>([
    ["is an expression between {% and %}", "{% 1 + 1 %}", 2],
    ["is an expression without blanks, too", "{%1%}", 1],
    ["is an expression over several lines, too", "{%\n1\n+ 1 %}", 2],
    ["stands for itself otherwise", "$states.input", "$states.input"],
    ["stands for itself where the mark is in its middle", "is {% 1 %}", "is {% 1 %}"],
  ])("%s", async (_title, output, expected) => {
    expect((await evaluate(output)).output).toEqual(expected);
  });

  test("an object's keys are never expressions", async () => {
    expect((await evaluate({ "{% 1 %}": "{% 1 %}" })).output).toEqual({ "{% 1 %}": 1 });
  });

  test("fields keep their order, however long each takes to evaluate", async () => {
    const { output } = await evaluate(
      { a: "{% $sum([1, 2]) %}", b: 1, c: "{% $states.input.x %}", d: "{% 1 %}" },
      { x: 1 },
    );
    expect(JSON.stringify(output)).toBe('{"a":3,"b":1,"c":1,"d":1}');
  });
});

describe("JSONata's results", () => {
  const items = [
    { id: "a", ok: true },
    { id: "b", ok: false },
    { id: "c", ok: true },
  ];

  test("several matches are a plain array", async () => {
    const { output } = await evaluate("{% $states.input.items[ok] %}", { items });
    expect(output).toStrictEqual([items[0], items[2]]);
    expect(Object.keys(output as object)).toEqual(["0", "1"]);
  });

  test("arrays that JSONata marks are plain at any depth", async () => {
    const { output } = await evaluate("{% {'all': [$states.input.items.id], 'ids': $states.input.items.id} %}", {
      items,
    });
    expect(output).toStrictEqual({ all: ["a", "b", "c"], ids: ["a", "b", "c"] });
    expect(Object.keys((output as { ids: object }).ids)).toEqual(["0", "1", "2"]);
  });

  test("one match collapses to the match itself", async () => {
    expect((await evaluate("{% $states.input.items[ok = false] %}", { items })).output).toEqual(items[1]);
  });

  test("one match in an array constructor stays an array", async () => {
    expect((await evaluate("{% [$states.input.items[ok = false]] %}", { items })).output).toEqual([items[1]]);
  });

  test("one match of x[] stays an array", async () => {
    const { output } = await evaluate("{% $states.input.items[ok = false].id[] %}", { items });
    expect(output).toStrictEqual(["b"]);
  });

  test("an array of one that is read by its path stays an array", async () => {
    expect((await evaluate("{% $states.input.items %}", { items: [1] })).output).toEqual([1]);
  });

  test("an empty array is a value", async () => {
    expect((await evaluate("{% [] %}")).output).toEqual([]);
    expect((await evaluate("{% $states.input.items %}", { items: [] })).output).toEqual([]);
  });

  test.each<[string, JsonValue]>([
    ["null", null],
    ["false", false],
    ["zero", 0],
    ["an empty text", ""],
  ])("%s is a value", async (_title, value) => {
    expect((await evaluate("{% $states.input.value %}", { value })).output).toEqual(value);
  });
});

describe("an evaluation fails with States.QueryEvaluationError and AWS's words", () => {
  test.each([
    [
      "where nothing is found",
      "{% $states.input.none %}",
      "The JSONata expression '$states.input.none' specified for the field 'Output' returned nothing (undefined).",
    ],
    [
      "where no match is found",
      "{% $states.input.list[x] %}",
      "The JSONata expression '$states.input.list[x]' specified for the field 'Output' returned nothing (undefined).",
    ],
    [
      "where a field has no variable before it",
      "{% none %}",
      "The JSONata expression 'none' specified for the field 'Output' returned nothing (undefined).",
    ],
    [
      "where JSONata throws",
      "{% $unknown(1) %}",
      "The JSONata expression '$unknown(1)' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function",
    ],
    [
      "where a function throws",
      "{% $partition(1, 1) %}",
      "The JSONata expression '$partition(1, 1)' specified for the field 'Output' threw an error during evaluation. $partition: expected an array and a size of at least 1",
    ],
    [
      "where the result is a function",
      "{% function($x){$x} %}",
      "The JSONata expression 'function($x){$x}' specified for the field 'Output' returned an unsupported result type.",
    ],
    [
      "where the result holds a function",
      "{% {'f': $sum} %}",
      "The JSONata expression '{'f': $sum}' specified for the field 'Output' returned an unsupported result type.",
    ],
  ])("%s", async (_title, output, cause) => {
    const result = await evaluate(output, { list: [] });
    expect(result).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError", cause: prefix + cause });
  });

  test("which name the field down to the part that failed", async () => {
    const result = await evaluate({ a: [1, { b: "{% $none %}" }] });
    expect(result.cause).toContain("specified for the field 'Output/a[1]/b' returned nothing");
  });
});

describe("inputs stay as they are", () => {
  const freeze = (value: JsonValue): JsonValue => {
    if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };

  test.each([
    "$states.input.items[]",
    "$states.input.items.id[]",
    "$sort($states.input.items, function($a, $b) { $a.id < $b.id })",
    "$states.input.items^(>id)",
    "$append($states.input.items, 1)",
    "$reverse($states.input.items)",
    "$merge([$states.input, {'x': $states.input.items[id = 1]}])",
    "$states.input ~> |items|{'seen': true}|",
    "$states.input.items#$i.{'i': $i}",
    "{'copy': $states.input, 'marked': $states.input.items.id}",
  ])("under %s", async (expression) => {
    const input = freeze({ items: [{ id: 2 }, { id: 1 }], one: [1] });
    const before = JSON.stringify(input);
    expect(await evaluate(`{% ${expression} %}`, input)).toMatchObject({ status: "SUCCEEDED" });
    expect(JSON.stringify(input)).toBe(before);
  });
});

describe("a path of fields, which is read without JSONata", () => {
  const key = fc.constantFrom("a", "b", "c");
  const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<JsonValue>(null, 0, "text", true),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    ),
  })).value;

  test("gives what JSONata gives", async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.array(key, { maxLength: 4 }), async (input, path) => {
        const expression = ["$states", "input", ...path].join(".");
        const expected: unknown = await jsonata(expression).evaluate(undefined, { states: { input } });
        const result = await evaluate(`{% ${expression} %}`, input);
        expect(JSON.stringify(result.output)).toBe(JSON.stringify(expected));
        expect(result.status).toBe(expected === undefined ? "FAILED" : "SUCCEEDED");
      }),
    );
  });

  test("reads variables, too, whatever they hold", async () => {
    const definition = machine({
      First: pass({ Assign: { v: { list: [{ n: 1 }, { n: 2 }] } }, Next: "Second" }),
      Second: pass({ Output: { list: "{% $v.list %}", all: "{% $v.list.n %}" } }),
    });
    expect((await run(definition)).output).toEqual({ list: [{ n: 1 }, { n: 2 }], all: [1, 2] });
  });

  test("does not find what every object inherits", async () => {
    expect(await evaluate("{% $states.input.constructor %}", {})).toMatchObject({ status: "FAILED" });
    expect(await evaluate("{% $toString %}", {})).toMatchObject({ status: "FAILED" });
  });

  test("reads fields that are words of JSONata", async () => {
    expect(
      (await evaluate("{% [$states.input.and, $states.input.function] %}", { and: 1, function: 2 })).output,
    ).toEqual([1, 2]);
    expect((await evaluate("{% $states.input.in %}", { in: 3 })).output).toBe(3);
  });
});

describe("the context object", () => {
  test("tells of execution, state machine and state", async () => {
    const context = {
      Execution: { Id: "arn:e", Name: "e", RoleArn: "arn:role", StartTime: "2026-01-01T00:00:00.000Z" },
      StateMachine: { Id: "arn:aws:states:eu-west-1:1:stateMachine:m", Name: "m" },
    };
    expect((await evaluate("{% $states.context %}", { a: 1 }, { context })).output).toEqual({
      Execution: { ...context.Execution, Input: { a: 1 }, RedriveCount: 0 },
      StateMachine: context.StateMachine,
      State: { Name: "Pass", EnteredTime: "2026-01-01T00:00:00.000Z" },
    });
  });

  test("has values of AWS's form for what is not given", async () => {
    expect((await evaluate("{% $states.context.Execution.Id %}")).output).toBe(
      "arn:aws:states:us-east-1:000000000000:execution:StateMachine:id-1",
    );
  });

  test("shows what the execution began with, in every state", async () => {
    const definition = machine({
      First: pass({ Output: 1, Next: "Second" }),
      Second: pass({ Output: "{% $states.context.Execution.Input.a %}" }),
    });
    expect((await run(definition, { a: 5 })).output).toBe(5);
  });
});
