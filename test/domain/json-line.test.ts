import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeForHumans, parseJsonLine, parseJsonObject } from "../../lib/domain/json-line.ts";
import { MAX_LINE_BYTES } from "../../lib/domain/lines.ts";
import type { Line } from "../../lib/domain/lines.ts";

const encoder = new TextEncoder();

const lineOf = (content: string | readonly number[]): Line => {
  const bytes = typeof content === "string" ? encoder.encode(content) : Uint8Array.from(content);
  return { number: 1, bytes: bytes.subarray(0, MAX_LINE_BYTES), byteLength: bytes.length };
};

const nested = (levels: number): string => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

describe("parseJsonLine", () => {
  it("parses an object", () => {
    expect(parseJsonLine(lineOf('{"task_id":"a","payload":[1,{"b":null}]}'))).toEqual({
      ok: true,
      value: { task_id: "a", payload: [1, { b: null }] },
    });
  });

  it("gives what JSON.parse gives for every object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor|prototype/.test(text));
        expect(parseJsonLine(lineOf(text))).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it.each([
    ["a line over 64 KiB", `{"a":"${"x".repeat(70_000)}"}`, "expected at most 65536 bytes, received 70008"],
    ["bytes that are not UTF-8", [0x7b, 0xff, 0x7d], "expected UTF-8, received bytes that are not"],
    ["an array", "[1]", "expected a JSON object, received [1]"],
    ["null", "null", "expected a JSON object, received null"],
    ["a number", "1", "expected a JSON object, received 1"],
    [
      "33 levels among many brackets",
      `{"a":[${"[],".repeat(50)}${nested(31)}]}`,
      "expected at most 32 levels of nesting, received more",
    ],
    ["33 levels", nested(33), "expected at most 32 levels of nesting, received more"],
    ["60,000 levels", "[".repeat(60_000), "expected at most 32 levels of nesting, received more"],
    ["a key __proto__", '{"__proto__":1}', 'expected no key __proto__, constructor, prototype, received "__proto__"'],
    [
      "a forbidden key deep inside",
      '{"a":[{"b":{"constructor":1}}]}',
      'expected no key __proto__, constructor, prototype, received "constructor"',
    ],
    [
      "a forbidden key in escapes",
      String.raw`{"a":{"\u0070rototype":1}}`,
      'expected no key __proto__, constructor, prototype, received "prototype"',
    ],
  ])("refuses %s", (_title, content, reason) => {
    expect(parseJsonLine(lineOf(content))).toEqual({ ok: false, reason });
  });

  it.each([
    ["NaN", '{"success_rate":NaN}'],
    ["a trailing comma", '{"a":1,}'],
    ["a truncated object", '{"a":'],
    ["a byte-order mark in the middle of a file", "\uFEFF{}"],
  ])("refuses %s as no JSON", (_title, content) => {
    expect(parseJsonLine(lineOf(content))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^expected JSON: ./),
    });
  });

  it.each([
    ["32 levels", nested(32)],
    ["32 levels among many brackets", `{"a":[${"[],".repeat(50)}${nested(30)}]}`],
  ])("takes %s", (_title, content) => {
    expect(parseJsonLine(lineOf(content)).ok).toBe(true);
  });

  it("takes many brackets that nest no deeper than 32 levels", () => {
    expect(parseJsonLine(lineOf(`{"a":[${"{},".repeat(100)}[]]}`)).ok).toBe(true);
  });

  it("does not count brackets in strings, escaped quotes included", () => {
    expect(parseJsonLine(lineOf(JSON.stringify({ a: `"${"[{".repeat(100)}\\` }))).ok).toBe(true);
  });

  it("takes forbidden words as values, and escapes that spell no forbidden key", () => {
    expect(parseJsonLine(lineOf('{"a":"constructor","b":"\\u0041"}'))).toEqual({
      ok: true,
      value: { a: "constructor", b: "A" },
    });
  });
});

describe("parseJsonObject", () => {
  it("says in one line what is wrong with a text of many lines", () => {
    expect(parseJsonObject('{\n"a": 1,\n\n}')).toMatchObject({ ok: false, reason: expect.not.stringContaining("\n") });
  });

  it("refuses 100,000 levels without overflowing the stack", () => {
    expect(parseJsonObject(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`).ok).toBe(false);
  });
});

describe("decodeForHumans", () => {
  it("gives a short line as it is", () => {
    expect(decodeForHumans(lineOf("grüße"))).toBe("grüße");
  });

  it("cuts at 1 KiB", () => {
    expect(decodeForHumans(lineOf("x".repeat(2000)))).toBe("x".repeat(1024));
  });

  it("leaves a character out that the cut would break", () => {
    expect(decodeForHumans(lineOf(`${"x".repeat(1022)}😀 and more`))).toBe("x".repeat(1022));
  });

  it("shows invalid bytes as U+FFFD", () => {
    expect(decodeForHumans(lineOf([0x61, 0xff, 0x62]))).toBe("a\uFFFDb");
  });

  it("never gives more than 1 KiB and always gives whole characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 400, maxLength: 1500 }), (text) => {
        const shown = decodeForHumans(lineOf(text));
        const length = encoder.encode(shown).length;
        expect(text.startsWith(shown)).toBe(true);
        expect(length).toBeLessThanOrEqual(1024);
        expect(length).toBeGreaterThanOrEqual(Math.min(encoder.encode(text).length, 1021));
      }),
      { numRuns: 30 },
    );
  });

  it("never gives more than 1 KiB of invalid bytes either", () => {
    const shown = decodeForHumans(lineOf(Array.from({ length: 1100 }, () => 0xff)));
    expect(encoder.encode(shown).length).toBeLessThanOrEqual(1024);
  });
});
