import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { parsePrediction } from "../../lib/domain/prediction.ts";

const perfect: JsonObject = {
  task_id: "task-1",
  success_rate: 0.9,
  confidence: 0.8,
  priority: 70,
  capabilities: ["gpu"],
  depends_on: ["task-0"],
  resources: ["db"],
  wave: 2,
  estimated_duration_ms: 1500,
  constraints: {
    timeout_seconds: 10,
    max_retries: 2,
    allowed_agents: ["agent_0"],
    denied_agents: ["agent_1"],
    not_before: "2026-01-31T09:00:00Z",
  },
  payload: { url: "https://example.com" },
};

const constraints = perfect["constraints"] as JsonObject;
const names = "an array of strings of 1 to 128 characters";
const name = "a string of 1 to 128 characters";
const instant = "an ISO 8601 date-time with a zone, such as 2026-01-31T09:00:00Z";

describe("parsePrediction", () => {
  it("takes a line that gives every field", () => {
    expect(parsePrediction(perfect)).toEqual({ ok: true, task: perfect });
  });

  it("fills in the defaults", () => {
    expect(parsePrediction({ task_id: "a" })).toEqual({
      ok: true,
      task: {
        task_id: "a",
        success_rate: 0.85,
        confidence: 0.85,
        priority: 50,
        capabilities: [],
        depends_on: [],
        resources: [],
        constraints: {},
        payload: null,
      },
    });
  });

  it("takes the predicted success rate as confidence where none is given", () => {
    expect(parsePrediction({ task_id: "a", success_rate: 0.4 })).toMatchObject({ task: { confidence: 0.4 } });
  });

  it("keeps a confidence of 0", () => {
    expect(parsePrediction({ task_id: "a", confidence: 0 })).toMatchObject({ task: { confidence: 0 } });
  });

  it("keeps unknown fields of the line and of its constraints", () => {
    const line = { ...perfect, region: "eu", constraints: { ...constraints, gpu_hours: 3 } };
    expect(parsePrediction(line)).toEqual({ ok: true, task: line });
  });

  it("keeps an agent_id like any unknown field, and drops a pin, since only the schedule pins a task", () => {
    const task = { ...perfect, agent_id: "agent_0" };
    expect(parsePrediction({ ...task, pinned_agent_id: "agent_1" })).toEqual({ ok: true, task });
  });

  it("folds duplicates", () => {
    expect(parsePrediction({ ...perfect, depends_on: ["b", "a", "b"] })).toMatchObject({
      task: { depends_on: ["b", "a"] },
    });
  });

  it.each<[string, JsonValue, string]>([
    ["task_id", "", '1 to 128 characters of A-Z a-z 0-9 . _ : -, received ""'],
    ["task_id", "a b", '1 to 128 characters of A-Z a-z 0-9 . _ : -, received "a b"'],
    ["task_id", "a\n", String.raw`1 to 128 characters of A-Z a-z 0-9 . _ : -, received "a\n"`],
    ["task_id", 5, "1 to 128 characters of A-Z a-z 0-9 . _ : -, received 5"],
    ["success_rate", -1, "a number from 0 to 1, received -1"],
    ["success_rate", 1.01, "a number from 0 to 1, received 1.01"],
    ["success_rate", "0.5", 'a number from 0 to 1, received "0.5"'],
    ["confidence", null, "a number from 0 to 1, received null"],
    ["priority", "high", 'an integer from 0 to 100, received "high"'],
    ["priority", 1.5, "an integer from 0 to 100, received 1.5"],
    ["priority", 101, "an integer from 0 to 100, received 101"],
    ["capabilities", "gpu", `${names}, received "gpu"`],
    ["depends_on", {}, `${names}, received {}`],
    ["resources", null, `${names}, received null`],
    ["wave", 0, "an integer from 1 to 1000000, received 0"],
    ["wave", 1e300, "an integer from 1 to 1000000, received 1e+300"],
    ["estimated_duration_ms", 0, "a number above 0, received 0"],
    ["estimated_duration_ms", 1e20, "a number from 0.000001 to 1000000000000, received 100000000000000000000"],
    ["estimated_duration_ms", 1e-200, "a number from 0.000001 to 1000000000000, received 1e-200"],
    ["constraints", [], "an object, received []"],
  ])("refuses %s %j", (field, value, rest) => {
    const reason = `${field}: expected ${rest}`;
    expect(parsePrediction({ ...perfect, [field]: value })).toEqual({ ok: false, reason });
  });

  it.each<[string, JsonValue, string]>([
    ["timeout_seconds", 0, "a number above 0, received 0"],
    ["max_retries", 6, "an integer from 0 to 5, received 6"],
    ["allowed_agents", "agent_0", `${names}, received "agent_0"`],
    ["denied_agents", 1, `${names}, received 1`],
    ["not_before", "2026-01-31", `${instant}, received "2026-01-31"`],
    ["not_before", "2026-01-31T09:00:00", `${instant}, received "2026-01-31T09:00:00"`],
    ["not_before", "2026-02-30T09:00:00Z", `${instant}, received "2026-02-30T09:00:00Z"`],
  ])("refuses the constraint %s %j", (field, value, rest) => {
    const reason = `constraints.${field}: expected ${rest}`;
    expect(parsePrediction({ ...perfect, constraints: { ...constraints, [field]: value } })).toEqual({
      ok: false,
      reason,
    });
  });

  it.each([
    ["an empty name", "", '""'],
    ["a name that is too long", "x".repeat(129), `"${"x".repeat(78)}…`],
    ["a number", 3, "3"],
  ])("refuses %s in a list", (_title, value, shown) => {
    expect(parsePrediction({ ...perfect, resources: ["a", value] })).toEqual({
      ok: false,
      reason: `resources[1]: expected ${name}, received ${shown}`,
    });
  });

  it("refuses a line without task_id", () => {
    expect(parsePrediction({})).toEqual({
      ok: false,
      reason: "task_id: expected 1 to 128 characters of A-Z a-z 0-9 . _ : -, received nothing",
    });
  });

  it("names every bad field", () => {
    expect(parsePrediction({ ...perfect, success_rate: -1, priority: "high" })).toEqual({
      ok: false,
      reason:
        "success_rate: expected a number from 0 to 1, received -1; " +
        'priority: expected an integer from 0 to 100, received "high"',
    });
  });

  it.each(["2026-01-31T09:00:00+02:00", "2026-01-31T09:00:00.123Z", "2024-02-29T23:59:59-23:59"])(
    "takes a not_before of %s, which is a moment",
    (notBefore) => {
      const parsed = parsePrediction({ ...perfect, constraints: { not_before: notBefore } });
      expect(parsed).toMatchObject({ ok: true, task: { constraints: { not_before: notBefore } } });
      expect(Date.parse(notBefore)).not.toBeNaN();
    },
  );

  it("takes any payload", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(parsePrediction({ ...perfect, payload: payload as JsonValue })).toMatchObject({
          ok: true,
          task: { payload },
        });
      }),
    );
  });

  it("gives a task or a reason for every object", () => {
    const fields = Object.keys(perfect);
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const parsed = parsePrediction({ ...perfect, [field]: value as JsonValue });
        expect(parsed.ok || parsed.reason.startsWith(field)).toBe(true);
      }),
    );
  });
});
