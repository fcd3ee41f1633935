import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyAnswer, errorLine, parseAgentAnswer } from "../../lib/domain/agent-request.ts";

/** An answer with every field of the contract. */
const anAnswer = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  success: true,
  output: { text: "done" },
  error: "slow",
  retryable: false,
  cost_usd: 0.25,
  tokens: 1200,
  ...fields,
});

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe("parsing", () => {
  test("an answer with every field of the contract is taken as it is", () => {
    expect(parseAgentAnswer(anAnswer())).toEqual({ ok: true, answer: anAnswer() });
  });

  test("only success is required", () => {
    expect(parseAgentAnswer({ success: false })).toEqual({ ok: true, answer: { success: false } });
  });

  test("fields that the contract does not know are left out", () => {
    expect(parseAgentAnswer({ success: true, model: "x" })).toEqual({ ok: true, answer: { success: true } });
  });

  test("null stands for an absent field, but is an output like any other", () => {
    const nulls = { success: true, output: null, error: null, retryable: null, cost_usd: null, tokens: null };
    expect(parseAgentAnswer(nulls)).toEqual({ ok: true, answer: { success: true, output: null } });
  });

  test("a cost and a token count of 0 are kept", () => {
    const answer = { success: true, cost_usd: 0, tokens: 0 };
    expect(parseAgentAnswer(answer)).toEqual({ ok: true, answer });
  });

  test.each([
    { fields: { success: undefined }, reason: "success: expected true or false, received nothing" },
    { fields: { success: "yes" }, reason: 'success: expected true or false, received "yes"' },
    { fields: { success: 1 }, reason: "success: expected true or false, received 1" },
    { fields: { error: { code: 7 } }, reason: 'error: expected a string, received {"code":7}' },
    { fields: { error: ["a"] }, reason: 'error: expected a string, received ["a"]' },
    { fields: { error: true }, reason: "error: expected a string, received true" },
    { fields: { retryable: "true" }, reason: 'retryable: expected true or false, received "true"' },
    { fields: { cost_usd: -0.01 }, reason: "cost_usd: expected a number from 0, received -0.01" },
    { fields: { cost_usd: "0.1" }, reason: 'cost_usd: expected a number from 0, received "0.1"' },
    { fields: { tokens: -1 }, reason: "tokens: expected a number from 0, received -1" },
    { fields: { tokens: JSON.parse("1e999") }, reason: "tokens: expected a number from 0, received null" },
    { fields: { output: nested(32) }, reason: "expected at most 32 levels" },
    {
      fields: { success: null, tokens: "x".repeat(200) },
      reason: `success: expected true or false, received null; tokens: expected a number from 0, received "${"x".repeat(78)}…`,
    },
  ])("an answer is refused: $reason", ({ fields, reason }) => {
    expect(parseAgentAnswer(anAnswer(fields))).toEqual({ ok: false, reason });
  });

  test.each([
    ["null", null],
    ['"done"', "done"],
    ["[]", []],
    ["nothing", undefined],
  ])("an answer that is %s is refused", (received, value) => {
    expect(parseAgentAnswer(value)).toEqual({ ok: false, reason: `expected an object, received ${received}` });
  });

  test("an answer of 32 levels is taken", () => {
    expect(parseAgentAnswer(anAnswer({ output: nested(31) }))).toMatchObject({ ok: true });
  });

  test("any JSON is either taken, with an answer that is taken again, or refused in one line", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          success: fc.oneof(fc.boolean(), fc.jsonValue()),
          output: fc.jsonValue(),
          error: fc.jsonValue(),
          tokens: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(value, (received) => {
        const parsed = parseAgentAnswer(received);
        expect(parsed.ok ? parseAgentAnswer(parsed.answer) : parsed).toEqual(parsed);
        expect(parsed.ok || /^.*expected .+$/.test(parsed.reason)).toBe(true);
      }),
    );
  });
});

describe("error lines", () => {
  test("an agent's error is one line", () => {
    const parsed = parseAgentAnswer({ success: false, error: " Traceback:\r\n\tline 3\u001b[31m \u0000boom\n" });
    expect(parsed).toEqual({ ok: true, answer: { success: false, error: "Traceback: line 3 [31m boom" } });
  });

  test.each([
    { title: "ASCII", text: "x".repeat(2000), kept: 1024 },
    { title: "characters of three bytes", text: "€".repeat(400), kept: 341 },
    { title: "characters of two UTF-16 units, none of them broken", text: "😀".repeat(300), kept: 512 },
  ])("a long error is cut at 1 KiB of UTF-8: $title", ({ text, kept }) => {
    expect(errorLine(text)).toBe(text.slice(0, kept));
  });

  test("any text becomes a line that fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const line = errorLine(text);
        expect(new TextEncoder().encode(line).byteLength).toBeLessThanOrEqual(1024);
        expect(line).not.toMatch(/[\n\r\p{Cc}]/u);
        expect(errorLine(line)).toBe(line.trim());
      }),
    );
  });
});

describe("meaning", () => {
  test("a success is handed on whole", () => {
    const answer = { success: true, output: 1, cost_usd: 2 };
    expect(classifyAnswer(answer)).toEqual({ kind: "answered", answer });
  });

  test("a success that calls itself retryable is a success", () => {
    expect(classifyAnswer({ success: true, retryable: true })).toMatchObject({ kind: "answered" });
  });

  test.each([
    { retryable: true, kind: "transient" },
    { retryable: false, kind: "permanent" },
  ])("a failure whose retryable is $retryable is $kind, and what it cost is kept", ({ retryable, kind }) => {
    const outcome = classifyAnswer({ success: false, error: "no luck", retryable, cost_usd: 0.5, tokens: 9 });
    expect(outcome).toEqual({ kind, error: "no luck", cost_usd: 0.5, tokens: 9 });
  });

  test("a failure that does not say whether it is retryable is permanent", () => {
    expect(classifyAnswer({ success: false, error: "no luck" })).toEqual({ kind: "permanent", error: "no luck" });
  });

  test.each([{ error: "" }, {}])("a failure without an error gets one", (fields) => {
    const error = "the agent reported a failure without an error";
    expect(classifyAnswer({ success: false, ...fields })).toEqual({ kind: "permanent", error });
  });
});
