import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainIssues } from "../../lib/domain/explain-issues.ts";
import type { JsonValue } from "../../lib/domain/json.ts";
import { jsonBytes } from "../../lib/domain/result-size.ts";
import { parseGateAnswer, refuseFor, safetyGateSchema } from "../../lib/domain/safety-gate.ts";

const aGate = (fields: object = {}) => ({ kind: "http", url: "https://gate.example.com/check", ...fields });

const complaintAbout = (gate: JsonValue): string => {
  const { error } = safetyGateSchema.safeParse(gate);
  return error === undefined ? "none" : explainIssues(error.issues, gate);
};

describe("the setting", () => {
  test("a gate has 5 s for its answer where nothing else is said", () => {
    expect(safetyGateSchema.parse(aGate())).toEqual(aGate({ timeout_seconds: 5 }));
  });

  test.each([
    aGate({ timeout_seconds: 0.1, secret_name: "gate-key", secret_header: "x-api-key" }),
    aGate({ timeout_seconds: 60, url: "http://127.0.0.1:8080/" }),
    { kind: "lambda", function_name: "phase-13-gate", timeout_seconds: 2 },
  ])("%j is a gate", (gate) => {
    expect(safetyGateSchema.parse(gate)).toEqual(gate);
  });

  test.each([
    { title: "http to elsewhere", gate: aGate({ url: "http://example.com/" }), says: "url: expected an https URL" },
    {
      title: "a user in the url",
      gate: aGate({ url: "https://user@example.com/" }),
      says: "url: expected an https URL",
    },
    { title: "no url", gate: { kind: "http" }, says: "url: expected an https URL" },
    {
      title: "no time",
      gate: aGate({ timeout_seconds: 0 }),
      says: "timeout_seconds: expected a number from 0.1 to 60",
    },
    { title: "over a minute", gate: aGate({ timeout_seconds: 61 }), says: "timeout_seconds: expected a number" },
    { title: "an unknown key", gate: aGate({ timeout: 5 }), says: 'received "timeout"' },
    { title: "a simulated one", gate: { kind: "simulated" }, says: "kind: expected one of http, lambda" },
    { title: "a text", gate: "https://gate.example.com/", says: "expected an object" },
    { title: "a nameless function", gate: { kind: "lambda" }, says: "function_name: expected a string" },
  ])("$title is refused", ({ gate, says }) => {
    expect(complaintAbout(gate as JsonValue)).toContain(says);
  });
});

describe("the answer", () => {
  test.each([{ pass: true }, { pass: true, reasons: ["all is well"] }, { pass: true, reasons: null, checked: 4 }])(
    "%j lets the attempt be made",
    (answer) => {
      expect(parseGateAnswer(answer)).toEqual({ pass: true });
    },
  );

  test("a refusal keeps its reasons, a line each, and no empty ones", () => {
    const answer = { pass: false, reasons: ["too\nrisky", " ", "\u0000 not\tnow"] };
    expect(parseGateAnswer(answer)).toEqual({ pass: false, reasons: ["too risky", "not now"] });
  });

  test.each([[undefined], [null], [[]], [[""]]])("a refusal with the reasons %j says that it has none", (reasons) => {
    expect(parseGateAnswer({ pass: false, reasons })).toEqual({
      pass: false,
      reasons: ["the Phase 13 gate gave no reason"],
    });
  });

  test("ten reasons of 512 bytes are kept", () => {
    const verdict = parseGateAnswer({ pass: false, reasons: Array.from({ length: 12 }, () => "é".repeat(600)) });
    const reasons = verdict.pass ? [] : verdict.reasons;
    expect(reasons).toHaveLength(10);
    for (const reason of reasons) {
      expect(jsonBytes(reason)).toBeGreaterThan(500);
      expect(jsonBytes(reason)).toBeLessThanOrEqual(512);
    }
  });

  test.each([
    [undefined],
    [null],
    [true],
    ["pass"],
    [[{ pass: true }]],
    [{}],
    [{ pass: "true" }],
    [{ pass: 1 }],
    [{ Pass: true }],
    [{ pass: true, reasons: "none" }],
    [{ pass: true, reasons: [1] }],
  ])("%j is a refusal, since it breaks the contract", (answer) => {
    expect(parseGateAnswer(answer)).toEqual({
      pass: false,
      reasons: ['the answer of the Phase 13 gate breaks the contract: expected {"pass": true or false, "reasons"?}'],
    });
  });

  test("nothing passes that does not say so", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre((value as { readonly pass?: unknown } | null)?.pass !== true);
        expect(parseGateAnswer(value).pass).toBe(false);
      }),
    );
  });
});

test("a reason of our own is one line of 512 bytes as well", () => {
  const verdict = refuseFor(`it\nfailed ${"x".repeat(600)}`);
  const [reason = ""] = verdict.pass ? [] : verdict.reasons;
  expect(reason).toMatch(/^it failed x+…$/);
  expect(jsonBytes(reason)).toBeLessThanOrEqual(512);
});
