import { describe, expect, test } from "vitest";
import {
  MAX_RETRIES,
  type Retrier,
  retryDelays,
  retryErrorName,
  serviceRetrier,
  stepRetrier,
  taskRetriers,
} from "../../lib/domain/retry-policy.ts";
import type { RetryStrategy } from "../../lib/domain/run-config.ts";

/** Waits as Step Functions takes them: the first retrier that matches, each with a counter of its own. */
const waitsOf = (retriers: readonly Retrier[], strategy: RetryStrategy): number[] => {
  const used = new Map<Retrier, number>();
  const waits: number[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const name = retryErrorName(strategy, attempt);
    const retrier = retriers.find(({ errorEquals }) => name !== null && errorEquals.includes(name));
    const count = retrier === undefined ? 0 : (used.get(retrier) ?? 0);
    if (retrier === undefined || count === retrier.maxAttempts) {
      return waits;
    }
    used.set(retrier, count + 1);
    waits.push(Math.min(retrier.intervalSeconds * retrier.backoffRate ** count, retrier.maxDelaySeconds ?? Infinity));
  }
};

describe("delays", () => {
  test.each([
    { title: "exponential", strategy: "EXPONENTIAL_BACKOFF", retries: 5, delays: [1, 2, 4, 8, 16] },
    { title: "linear", strategy: "LINEAR_BACKOFF", retries: 5, delays: [1, 2, 3, 4, 5] },
    { title: "none", strategy: "NO_RETRY", retries: 5, delays: [] },
    { title: "exponential, cut to the retries allowed", strategy: "EXPONENTIAL_BACKOFF", retries: 2, delays: [1, 2] },
    { title: "no retries allowed", strategy: "LINEAR_BACKOFF", retries: 0, delays: [] },
  ] as const)("waits between attempts follow the table: $title", ({ strategy, retries, delays }) => {
    expect(retryDelays(strategy, retries)).toEqual(delays);
  });

  test.each(["EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF"] as const)("no wait of %s is longer than 30 units", (strategy) => {
    expect(retryDelays(strategy, 40).at(-1)).toBe(30);
  });

  test("a tenth of a second as unit gives the table of the reference", () => {
    expect(retryDelays("EXPONENTIAL_BACKOFF", 5).map((delay) => delay / 10)).toEqual([0.1, 0.2, 0.4, 0.8, 1.6]);
    expect(retryDelays("LINEAR_BACKOFF", 5).map((delay) => delay / 10)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });
});

describe("error names", () => {
  test("linear backoff names the attempt that failed", () => {
    expect([1, 2, 3, 4, 5].map((attempt) => retryErrorName("LINEAR_BACKOFF", attempt))).toEqual([
      "Phase21.Linear.1",
      "Phase21.Linear.2",
      "Phase21.Linear.3",
      "Phase21.Linear.4",
      "Phase21.Linear.5",
    ]);
  });

  test("exponential backoff has one name for all attempts", () => {
    expect(retryErrorName("EXPONENTIAL_BACKOFF", 1)).toBe("Phase21.Exponential");
    expect(retryErrorName("EXPONENTIAL_BACKOFF", MAX_RETRIES)).toBe("Phase21.Exponential");
  });

  test("NO_RETRY has no name", () => {
    expect(retryErrorName("NO_RETRY", 1)).toBeNull();
  });

  test.each([0, MAX_RETRIES + 1, 1.5, Number.NaN])("attempt %d has no name, so it is not retried", (attempt) => {
    expect(retryErrorName("LINEAR_BACKOFF", attempt)).toBeNull();
    expect(retryErrorName("EXPONENTIAL_BACKOFF", attempt)).toBeNull();
  });
});

describe("retriers", () => {
  test.each(["EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF", "NO_RETRY"] as const)(
    "the state machine waits exactly as long as the table of %s says",
    (strategy) => {
      expect(waitsOf(taskRetriers, strategy)).toEqual(retryDelays(strategy, MAX_RETRIES));
    },
  );

  test("no error of the service is a failed attempt of the task", () => {
    const taskErrors = taskRetriers.flatMap(({ errorEquals }) => errorEquals);
    expect(serviceRetrier.errorEquals.filter((name) => taskErrors.includes(name))).toEqual([]);
  });

  test("throttled calls come back at random moments", () => {
    expect(serviceRetrier).toMatchObject({ intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 20, maxAttempts: 6 });
    expect(serviceRetrier.jitterStrategy).toBe("FULL");
    expect(serviceRetrier.errorEquals).toContain("Lambda.TooManyRequestsException");
  });

  test("a task whose worker timed out is not called again by the retrier of the service", () => {
    expect(serviceRetrier.errorEquals).not.toContain("Sandbox.Timedout");
  });

  test("a step is retried after faults of the service, time-outs and crashes", () => {
    expect(stepRetrier).toMatchObject({ intervalSeconds: 2, backoffRate: 2, maxAttempts: 4, jitterStrategy: "FULL" });
    expect(stepRetrier.errorEquals).toEqual([
      ...serviceRetrier.errorEquals,
      "Sandbox.Timedout",
      "Lambda.Unknown",
      "Runtime.ExitError",
    ]);
  });
});
