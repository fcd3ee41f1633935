import { beforeAll, describe, expect, test } from "vitest";

import { parseRunConfig } from "../../lib/domain/config-file.ts";
import type { ExecutionResult } from "../../lib/domain/execution.ts";
import { limits } from "../../lib/domain/function-environment.ts";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { MAX_EVENTS, mostWaves } from "../../lib/domain/plan.ts";
import {
  cutText,
  jsonBytes,
  MAX_ATTEMPT_ERROR_BYTES,
  MAX_ERROR_BYTES,
  MAX_INLINE_OUTPUT_BYTES,
} from "../../lib/domain/result-size.ts";
import { MAX_RETRIES, retryDelays } from "../../lib/domain/retry-policy.ts";
import { MAX_TASK_BYTES } from "../../lib/steps/take-in.ts";
import { createScaledClock } from "../../lib/local/states/clock.ts";
import { dataLimitBytes } from "../../lib/local/states/data-limit.ts";
import { execute } from "../../lib/local/states/execute.ts";
import { definitionOf, synthesize } from "./synthesized-stack.ts";

let definition: JsonObject;

beforeAll(() => {
  definition = definitionOf(synthesize());
}, 60_000);

interface Invocation {
  readonly FunctionName: string;
  readonly Payload: JsonObject & {
    readonly previous: { readonly run_id: string; readonly wave: number; readonly pass: number };
  };
}

/** What the functions answer in a run of so many waves, each of which has so many passes. */
const answerOf = ({ FunctionName, Payload }: Invocation, waves: number, passes: number): JsonValue => {
  const name = FunctionName.split(":").at(-1) ?? "";
  if (name.startsWith("PlanWaves")) {
    const numbers = Array.from({ length: waves }, (_, index) => index + 1);
    return { run_id: "r", wave_concurrency: 1, groups: [{ waves: numbers }] };
  }
  if (name.startsWith("AssignWave")) {
    const { run_id, wave, pass } = Payload.previous;
    const assigned = pass < passes ? 1 : 0;
    return { run_id, wave, pass: pass + 1, assigned, assignments_key: "a", results_prefix: "b", batch: {} };
  }
  return { ...Payload, signals: {} };
};

/** The history of such a run: the template's own definition, run by the interpreter. */
const runOf = (waves: number, passes: number) =>
  execute(
    definition,
    { run_id: "r" },
    {
      clock: createScaledClock(0),
      resources: {
        "arn:aws:states:::lambda:invoke": async (args) => ({
          Payload: answerOf(args as unknown as Invocation, waves, passes),
        }),
        "arn:aws:states:::s3:getObject": async () => ({ Body: '{"task":{"task_id":"t"},"agent_id":"a"}\n' }),
        "arn:aws:states:::s3:putObject": async () => ({}),
        "arn:aws:states:::dynamodb:updateItem": async () => ({}),
      },
    },
  );

describe("the history of an execution", () => {
  test.each([1, 2, 3, 10])("with max_passes %i has events left for retries, waits and pauses", async (passes) => {
    const waves = mostWaves(passes);
    const { status, history } = await runOf(waves, passes);
    expect(status).toBe("SUCCEEDED");
    expect(history.filter(({ type }) => type === "MapIterationSucceeded")).toHaveLength(waves + 1);
    expect(history.length).toBeLessThan(0.75 * MAX_EVENTS);
  });
});

describe("what a state carries", () => {
  const id = "x".repeat(128);
  const attempt = {
    pass: 10,
    attempt: 6,
    agent_id: id,
    started_at: "2026-03-01T12:00:00.000Z",
    duration_ms: 240_000.123,
    error: cutText("😀".repeat(200), MAX_ATTEMPT_ERROR_BYTES),
    cost_usd: 0.123456789012345,
    tokens: 123_456_789,
  };

  test("has room for the outcomes of as many waves as a run may have", async () => {
    const { output } = await runOf(mostWaves(1), 1);
    expect(jsonBytes(output)).toBeLessThan(1_000);
    // The result of the Map over waves is the array of what each wave ends with: its ids and the counts of its signals.
    const signals = {
      by_type: { agent_performance: 250_000 },
      by_phase: { "16": 250_000, "18": 250_000, "20": 250_000 },
    };
    const wave = { run_id: "x".repeat(80), wave: 400, pass: 10, health: 100, status: "EXCELLENT", signals };
    expect(mostWaves(1) * jsonBytes(wave)).toBeLessThan(dataLimitBytes);
  });

  test("has room for a batch and its context", () => {
    const longest = "x".repeat(128);
    const context = { run_id: longest, fleet: longest, safety_gate: { url: "x".repeat(2_048), secret: longest } };
    expect(limits.batchBytes + jsonBytes(context)).toBeLessThan(dataLimitBytes);
    // The largest task, its ids and decision, and what it brings from nine passes.
    const history = 9 * (MAX_RETRIES + 1) * jsonBytes(attempt);
    expect(MAX_TASK_BYTES + 1_024 + history + jsonBytes(context)).toBeLessThan(limits.batchBytes);
  });

  /** The largest result after so many attempts. */
  const largest = (attempts: number): ExecutionResult => ({
    task_id: id,
    agent_id: id,
    outcome: "completed",
    predicted_success_rate: 0.123456789012345,
    decision: {
      strategy: "CONFIDENCE_BASED",
      load: 123.456789012345,
      eligible: 100_000,
      passed_over: {
        already_tried: 99_999,
        capability: 99_999,
        constraint: 99_999,
        offline: 99_999,
        rate_limit: 99_999,
      },
    },
    attempts: Array.from({ length: attempts }, () => attempt),
    output: "x".repeat(MAX_INLINE_OUTPUT_BYTES - 2),
  });

  test("has room for the largest results of a whole batch", () => {
    const result = { ...largest(MAX_RETRIES + 1), error: cutText("😀".repeat(300), MAX_ERROR_BYTES) };
    expect(limits.batchSize * (jsonBytes(result) + 1)).toBeLessThan(dataLimitBytes);
  });

  test("has room for the largest first results of a batch, and all of its bytes in tasks that have not ended", () => {
    const thrown = {
      name: "ProvisionedThroughputExceededException",
      message: cutText("😀".repeat(200), MAX_ERROR_BYTES),
    };
    const unended = jsonBytes({ assignment: 0, first_attempt: { error: thrown, entry: attempt } });
    const answer = { ExecutedVersion: "$LATEST", Payload: { ended: [], unended: [] }, StatusCode: 200 };
    const ofTasks = limits.batchSize * (Math.max(jsonBytes(largest(1)), unended) + 1);
    expect(jsonBytes(answer) + limits.batchBytes + ofTasks).toBeLessThan(dataLimitBytes);
  });
});

describe("five minutes", () => {
  test("are enough for all attempts of a task and the waits between them, or the configuration is refused", () => {
    const longest = (max_retries: number, task_timeout_seconds: number) =>
      JSON.stringify({ max_retries, task_timeout_seconds, retry_strategy: "LINEAR_BACKOFF" });
    const waits = retryDelays("LINEAR_BACKOFF", MAX_RETRIES).reduce((sum, wait) => sum + wait, 0);
    const fits = Math.floor((290 - waits) / (MAX_RETRIES + 1));
    expect(parseRunConfig(longest(MAX_RETRIES, fits)).task_timeout_seconds).toBe(fits);
    expect((MAX_RETRIES + 1) * fits + waits).toBeLessThan(limits.expressChildSeconds);
    expect(() => parseRunConfig(longest(MAX_RETRIES, fits + 1))).toThrow(/at most 290 seconds/u);
  });
});

describe("Map Runs that are open at a time", () => {
  test("stay far below the 1,000 of an account: a run has one for each wave that runs side by side", () => {
    expect(parseRunConfig('{"wave_concurrency":40}').wave_concurrency).toBe(40);
    expect(() => parseRunConfig('{"wave_concurrency":41}')).toThrow(/wave_concurrency/u);
  });
});
