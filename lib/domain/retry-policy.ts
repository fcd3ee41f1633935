import type { RetryStrategy } from "./run-config.ts";

/** Most retries that a run, or a task, may ask for (SPEC IN3): each one of LINEAR_BACKOFF needs a retrier of its own. */
export const MAX_RETRIES = 5;

/** No wait between two attempts is longer, in units (SPEC E2). */
const MAX_DELAY = 30;

/** A Step Functions retrier, as the state machine's `Retry` blocks are generated from it. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  /** Retries, not attempts: the first try is not counted. */
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitterStrategy?: "FULL";
}

/**
 * Waits between the attempts of a task, the first one before attempt 2 (SPEC E2). Unit: 1 s where deployed, since Step Functions
 * waits whole seconds only; 0.1 s on the embedded cloud, which scales time.
 */
export const retryDelays = (strategy: RetryStrategy, maxRetries: number): readonly number[] => {
  const retries = Array.from({ length: maxRetries }, (_, index) => index + 1);
  switch (strategy) {
    case "EXPONENTIAL_BACKOFF":
      return retries.map((retry) => Math.min(2 ** (retry - 1), MAX_DELAY));
    case "LINEAR_BACKOFF":
      return retries.map((retry) => Math.min(retry, MAX_DELAY));
    case "NO_RETRY":
      return [];
  }
};

/** Name of the error that makes the state machine retry by a strategy. */
export type RetryErrorName = "Phase21.Exponential" | `Phase21.Linear.${number}`;

/**
 * Name of the error that the executor throws after a failed attempt, so that the retrier of that name waits as the strategy asks.
 * `attempt` is the one that just failed, from 1; null where no retrier waits for it: NO_RETRY, or an attempt outside 1..`MAX_RETRIES`.
 */
export const retryErrorName = (strategy: RetryStrategy, attempt: number): RetryErrorName | null => {
  if (!Number.isInteger(attempt) || attempt < 1 || attempt > MAX_RETRIES) {
    return null;
  }
  switch (strategy) {
    case "EXPONENTIAL_BACKOFF":
      return "Phase21.Exponential";
    case "LINEAR_BACKOFF":
      return `Phase21.Linear.${attempt}`;
    case "NO_RETRY":
      return null;
  }
};

/**
 * Retriers of the task state. Step Functions can only multiply an interval, so LINEAR_BACKOFF is one retrier for each attempt,
 * told apart by the error's name.
 */
export const taskRetriers: readonly Retrier[] = [
  {
    errorEquals: ["Phase21.Exponential"],
    intervalSeconds: 1,
    maxAttempts: MAX_RETRIES,
    backoffRate: 2,
    maxDelaySeconds: MAX_DELAY,
  },
  ...retryDelays("LINEAR_BACKOFF", MAX_RETRIES).map((delay, index) => ({
    errorEquals: [`Phase21.Linear.${index + 1}`],
    intervalSeconds: delay,
    maxAttempts: 1,
    backoffRate: 1,
  })),
];

/** Faults of the services behind a function that are left when the SDK has used up its own tries. */
const passingFaults = [
  "Phase21.Unavailable",
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
  "ServiceUnavailable",
  "InternalServerError",
  "InternalFailure",
  "InternalError",
  "TimeoutError",
  "RequestTimeout",
];

const serviceErrors = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
];

/**
 * Retries what Lambda itself refused or dropped, so it spends no attempt of the task. Full jitter keeps thousands of throttled
 * children from coming back at the same moment.
 */
export const serviceRetrier: Retrier = {
  errorEquals: [...serviceErrors, ...passingFaults],
  intervalSeconds: 1,
  maxAttempts: 6,
  backoffRate: 2,
  maxDelaySeconds: 20,
  jitterStrategy: "FULL",
};

/** Whether an error is one of a service, after which the same invocation is made again. */
export const isServiceFault = (name: string): boolean => serviceRetrier.errorEquals.includes(name);

/** Retries what writes a run's end: a run that is over must not look as if it went on. */
export const recordRetrier: Retrier = {
  errorEquals: ["States.ALL"],
  intervalSeconds: 2,
  maxAttempts: 6,
  backoffRate: 2,
  jitterStrategy: "FULL",
};

/** Retries the steps around the tasks: each may run twice with the same input, so time-outs and crashed workers are retried too. */
export const stepRetrier: Retrier = {
  errorEquals: [...serviceErrors, ...passingFaults, "Sandbox.Timedout", "Lambda.Unknown", "Runtime.ExitError"],
  intervalSeconds: 2,
  maxAttempts: 4,
  backoffRate: 2,
  jitterStrategy: "FULL",
};
