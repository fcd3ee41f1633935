import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../lib/domain/json.ts";
import { evaluate } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const valueOf = async (expression: string, input: JsonValue = {}): Promise<JsonValue | undefined> =>
  (await evaluate(`{% ${expression} %}`, input)).output;

describe("$partition", () => {
  test.each<[string, string, JsonValue]>([
    [
      "cuts an array into parts of a size, the last one shorter",
      "$partition([1, 2, 3, 4, 5], 2)",
      [[1, 2], [3, 4], [5]],
    ],
    ["gives one part where the size is larger", "$partition([0], 5)", [[0]]],
    ["rounds the size down", "$partition([1, 2, 3], 2.9)", [[1, 2], [3]]],
  ])("%s", async (_title, expression, expected) => {
    expect(await valueOf(expression)).toEqual(expected);
  });

  test.each(["$partition([1], 0)", "$partition([1], -1)", "$partition('x', 1)", "$partition($states.input.none, 1)"])(
    "%s fails",
    async (expression) => {
      expect(await evaluate(`{% ${expression} %}`)).toMatchObject({ error: "States.QueryEvaluationError" });
    },
  );
});

describe("$range", () => {
  test.each<[string, string, JsonValue]>([
    ["counts to the last number", "$range(0, 9, 3)", [0, 3, 6, 9]],
    ["stops before a last number that it does not hit", "$range(0, 10, 3)", [0, 3, 6, 9]],
    ["counts down", "$range(3, 1, -1)", [3, 2, 1]],
    ["of one number is that number, as on AWS", "$range(1, 9, 9)", 1],
  ])("%s", async (_title, expression, expected) => {
    expect(await valueOf(expression)).toEqual(expected);
  });

  test.each(["$range(1, 9, 0)", "$range(1, 0, 1)", "$range(0, 10000000, 1)"])("%s fails", async (expression) => {
    expect(await evaluate(`{% ${expression} %}`)).toMatchObject({ error: "States.QueryEvaluationError" });
  });
});

describe("$hash", () => {
  test.each([
    ["MD5", "900150983cd24fb0d6963f7d28e17f72"],
    ["SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["SHA-384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"],
    [
      "SHA-512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
  ])("gives the %s of a text in hexadecimal digits", async (algorithm, digest) => {
    expect(await valueOf(`$hash('abc', '${algorithm}')`)).toBe(digest);
  });

  test.each(["$hash('abc', 'SHA1')", "$hash('abc')", "$hash($states.input.none, 'MD5')"])(
    "%s fails",
    async (expression) => {
      expect(await evaluate(`{% ${expression} %}`)).toMatchObject({ error: "States.QueryEvaluationError" });
    },
  );
});

describe("$parse", () => {
  test.each<[string, JsonValue]>([
    ["0", 0],
    ["1.1", 1.1],
    ["true", true],
    ['"HelloWorld"', "HelloWorld"],
    ['[1,2,"HelloWorld"]', [1, 2, "HelloWorld"]],
    ['{"Arg1":1,"Arg2":[]}', { Arg1: 1, Arg2: [] }],
  ])("reads %s", async (text, expected) => {
    expect(await valueOf("$parse($states.input.text)", { text })).toEqual(expected);
  });

  test.each(["$parse('{')", "$parse($states.input.none)"])("%s fails", async (expression) => {
    expect(await evaluate(`{% ${expression} %}`)).toMatchObject({ error: "States.QueryEvaluationError" });
  });
});

describe("chance, ids and time", () => {
  test("$random() is the execution's random number", async () => {
    expect((await evaluate("{% $random() %}", {}, { random: () => 0.25 })).output).toBe(0.25);
  });

  test("$random(seed) gives the same number from 0 to 1 for the same seed", async () => {
    const [once, again, other] = (await valueOf("[$random(7), $random(7), $random(8)]")) as number[];
    expect(once).toBe(again);
    expect(once).not.toBe(other);
    expect(once).toBeGreaterThanOrEqual(0);
    expect(once).toBeLessThan(1);
  });

  test("$uuid() is a new id of the execution's", async () => {
    expect(await valueOf("[$uuid(), $uuid()]")).toEqual(["id-2", "id-3"]);
  });

  test("$millis() and $now() are the execution's time", async () => {
    const clock = createVirtualClock(Date.UTC(2026, 4, 6, 7, 8, 9));
    const { output } = await evaluate(
      "{% [$millis(), $now(), $now('[Y]/[M]'), $now('[H]', '+0200')] %}",
      {},
      { clock },
    );
    expect(output).toEqual([Date.UTC(2026, 4, 6, 7, 8, 9), "2026-05-06T07:08:09.000Z", "2026/5", "9"]);
  });
});
