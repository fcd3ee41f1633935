import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterAttempt, mostRetries } from "../../lib/domain/attempt-outcome.ts";
import { type RetryStrategy, retryStrategies } from "../../lib/domain/run-config.ts";

/** A first attempt that failed transiently and may be made again. */
const anAttempt = (fields: Partial<Parameters<typeof afterAttempt>[0]> = {}): Parameters<typeof afterAttempt>[0] => ({
  outcome: { kind: "transient", error: "busy" },
  attempt: 1,
  maxRetries: 5,
  ...fields,
});

/** Attempts that an agent which always fails transiently gets. */
const attemptsOf = (max_retries: number, retry_strategy: RetryStrategy, own?: number): number => {
  const constraints = own === undefined ? {} : { max_retries: own };
  const maxRetries = mostRetries({ retry_strategy, max_retries }, { constraints });
  let attempt = 1;
  while (afterAttempt(anAttempt({ attempt, maxRetries })).next === "retry") attempt += 1;
  return attempt;
};

test("a task that was answered is completed, whatever the attempt", () => {
  const outcome = { kind: "answered", answer: { success: true } } as const;
  expect(afterAttempt(anAttempt({ outcome, attempt: 9 }))).toEqual({ next: "completed" });
});

test.each([
  { title: "a permanent failure", outcome: { kind: "permanent", error: "bad input" }, end: "permanent" },
  { title: "a time-out", outcome: { kind: "timed_out" }, end: "timed_out" },
] as const)("$title is not tried again on the agent", ({ outcome, end }) => {
  expect(afterAttempt(anAttempt({ outcome }))).toEqual({ next: "end", outcome: end });
});

describe("transient failures", () => {
  test("a transient failure is retried", () => {
    expect(afterAttempt(anAttempt())).toEqual({ next: "retry" });
  });

  test("the last retry is the one that max_retries allows", () => {
    expect(afterAttempt(anAttempt({ attempt: 5 }))).toEqual({ next: "retry" });
    expect(afterAttempt(anAttempt({ attempt: 6 }))).toEqual({ next: "end", outcome: "retries_exhausted" });
  });

  test("no retry is made where none is allowed", () => {
    const end = { next: "end", outcome: "retries_exhausted" };
    expect(afterAttempt(anAttempt({ maxRetries: 0 }))).toEqual(end);
  });

  test("a task may ask for fewer retries than its run, not for more", () => {
    expect([attemptsOf(3, "LINEAR_BACKOFF", 1), attemptsOf(3, "LINEAR_BACKOFF", 5)]).toEqual([2, 4]);
    expect(attemptsOf(3, "NO_RETRY", 2)).toBe(1);
  });

  test("an agent gets one attempt and max_retries more, and just one under NO_RETRY", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.constantFrom(...retryStrategies), (maxRetries, strategy) => {
        expect(attemptsOf(maxRetries, strategy)).toBe(strategy === "NO_RETRY" ? 1 : 1 + maxRetries);
      }),
    );
  });
});
