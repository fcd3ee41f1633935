import { describe, expect, test } from "vitest";

import { parseRunConfig } from "../../lib/domain/config-file.ts";
import { expectAttempts, expectSuccess } from "../../lib/domain/estimate-outcome.ts";
import { parseFleet } from "../../lib/domain/fleet.ts";

const endpointOf = (endpoint: object) =>
  parseFleet(JSON.stringify({ agents: [{ id: "a", endpoint }] })).agents[0]!.endpoint;
const simulated = (faults: object) => endpointOf({ kind: "simulated", transient_rate: 0, ...faults });
const config = parseRunConfig(undefined);

const expectOf = (faults: object, change: object = {}, constraints = {}) =>
  expectAttempts(simulated(faults), { ...config, ...change }, constraints);

describe("of a simulated agent", () => {
  test("that never fails in passing, one attempt is expected, which runs to its end", () => {
    expect(expectOf({})).toEqual({ answered: 1, bias: 0, attempts: 1, leftOver: 0, hangs: 0, retried: 0 });
  });

  test("that fails in passing, attempts are made again up to the retries of the run", () => {
    const { answered, attempts } = expectOf({ transient_rate: 0.5 }, { max_retries: 1, max_passes: 1 });
    expect([answered, attempts]).toEqual([0.75, 1.5]);
  });

  test("a task's own retries count where they are fewer", () => {
    const own = expectOf({ transient_rate: 0.5 }, { max_retries: 5, max_passes: 1 }, { max_retries: 0 });
    expect([own.answered, own.attempts]).toEqual([0.5, 1]);
  });

  test("what it never answers goes to a backup like it, as often as the run has passes", () => {
    const { answered, attempts } = expectOf({ hang_rate: 0.5 }, { max_passes: 2 });
    expect([answered, attempts]).toEqual([0.75, 1.5]);
    expect(expectOf({ hang_rate: 0.5, crash_rate: 0.5 })).toMatchObject({ leftOver: 0.75, hangs: 0.25 });
  });

  test("that crashes, the same is expected", () => {
    expect(expectOf({ crash_rate: 0.5 }, { max_passes: 2 }).answered).toBe(0.75);
  });

  test("that is slower than the time limit, nothing is answered, each pass in vain", () => {
    expect(expectOf({ latency_ms: 2_000 }, {}, { timeout_seconds: 2 })).toMatchObject({ answered: 0, attempts: 2 });
    expect(expectOf({ latency_ms: 2_000 }).answered).toBe(1);
  });

  test("that always fails in passing, all attempts are made and none succeeds", () => {
    expect(expectOf({ transient_rate: 1 }, { max_retries: 2, max_passes: 1 })).toMatchObject({
      answered: 0,
      attempts: 3,
      retried: 1,
    });
  });
});

test("of an agent that is not simulated the prediction is all that is known", () => {
  const endpoint = endpointOf({ kind: "lambda", function_name: "phase21-agent-a" });
  expect(expectAttempts(endpoint, config, {})).toEqual({
    answered: 1,
    bias: 0,
    attempts: 1,
    leftOver: 0,
    hangs: 0,
    retried: 0,
  });
});

test("an attempt that runs to its end succeeds as predicted, moved by the agent's bias, within 0 and 1", () => {
  const expected = { ...expectOf({ bias: 0.2 }), answered: 0.5 };
  expect([0.6, 0.9].map((rate) => expectSuccess(expected, rate))).toEqual([0.4, 0.5]);
  expect(expectSuccess({ ...expected, bias: -1 }, 0.9)).toBe(0);
});
