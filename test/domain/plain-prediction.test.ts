import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { JsonObject } from "../../lib/domain/json.ts";
import { plainTask } from "../../lib/domain/plain-prediction.ts";
import { checkPrediction, predictionSchema } from "../../lib/domain/prediction.ts";

const odd = fc.constantFrom<unknown>(
  -1,
  1e-7,
  0.5,
  1.5,
  101,
  1_000_001,
  1e13,
  Number.POSITIVE_INFINITY,
  "0.5",
  "",
  null,
  true,
  [],
  {},
  [7],
  [""],
  ["a", "a"],
);

/** Mostly one of the valid values, now and then an odd one. */
const mostly = (...valid: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...valid) }, { weight: 1, arbitrary: odd });

/** Lines near the edge of being valid: each field is there or not, and right or odd. */
const lines = fc
  .record(
    {
      task_id: mostly("a", "A.b_c:d-9", "x".repeat(128)),
      success_rate: mostly(0, -0, 0.5, 1),
      confidence: mostly(0, 0.25, 1),
      priority: mostly(0, 50, 100),
      capabilities: mostly([], ["a"], ["a", "b"], ["x".repeat(128)]),
      depends_on: mostly([], ["a"]),
      resources: mostly([], ["a", "b"]),
      wave: mostly(1, 2, 1_000_000),
      estimated_duration_ms: mostly(1e-6, 20, 1e12),
      constraints: mostly({}, { max_retries: 1 }),
      payload: mostly(null, 0, "text", [1], { deep: { deeper: true } }),
    },
    { requiredKeys: ["task_id"] },
  )
  .chain((line) =>
    fc
      .constantFrom({}, {}, {}, { agent_id: "a" }, { pinned_agent_id: "pin" }, { unknown: 1 })
      .map((more) => ({ ...line, ...more })),
  )
  .map((line) => line as unknown as JsonObject);

describe("a plain prediction line", () => {
  test("gives the task that the schema gives, and none that the schema refuses", () => {
    let taken = 0;
    fc.assert(
      fc.property(lines, (line) => {
        const task = plainTask(line);
        if (task === undefined) return;
        taken += 1;
        expect(checkPrediction(line)).toEqual({ ok: true, task });
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  test("may give every field but constraints", () => {
    const line = {
      task_id: "a",
      success_rate: 0.5,
      confidence: 0.25,
      priority: 7,
      capabilities: ["gpu", "code"],
      depends_on: ["b"],
      resources: ["db"],
      wave: 3,
      estimated_duration_ms: 20,
      payload: { x: [1] },
    };
    expect(plainTask(line)).toEqual({ ...line, constraints: {} });
  });

  test.each(Object.keys(predictionSchema.shape))("is not taken for one where %s is of another type", (field) => {
    const odd = field === "payload" ? { constraints: { max_retries: 1 } } : { [field]: false };
    expect(plainTask({ task_id: "a", ...odd })).toBeUndefined();
  });

  test.each([
    ["an unknown field", { note: "x" }],
    ["a name that is there twice", { capabilities: ["a", "a"] }],
    ["an empty name", { resources: [""] }],
    ["a duration that is none", { estimated_duration_ms: 0 }],
    ["half a priority", { priority: 1.5 }],
    ["constraints that are a list", { constraints: [] }],
    ["constraints that are null", { constraints: null }],
  ])("is left to the schema with %s", (_what, odd) => {
    expect(plainTask({ task_id: "a", ...odd })).toBeUndefined();
  });
});
