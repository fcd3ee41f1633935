import type { AgentOutcome } from "./agent-request.ts";
import type { FailedReason } from "./record.ts";
import type { RetryStrategy } from "./run-config.ts";

/** What follows an attempt on the same agent; what has ended here may still run on another agent in the next pass. */
export type AfterAttempt =
  | { readonly next: "completed" }
  | { readonly next: "retry" }
  | { readonly next: "end"; readonly outcome: Extract<FailedReason, "permanent" | "retries_exhausted" | "timed_out"> };

/**
 * The rule of SPEC E2, E5 and E6: only transient failures are retried, up to `maxRetries` times after attempt 1. An agent that let
 * the time limit pass is not asked again: the task goes to a backup.
 */
export const afterAttempt = (attempted: {
  readonly outcome: AgentOutcome;
  /** From 1. */
  readonly attempt: number;
  readonly maxRetries: number;
  readonly retryStrategy: RetryStrategy;
}): AfterAttempt => {
  const { outcome, attempt, maxRetries, retryStrategy } = attempted;
  switch (outcome.kind) {
    case "answered":
      return { next: "completed" };
    case "transient":
      return retryStrategy === "NO_RETRY" || attempt > maxRetries
        ? { next: "end", outcome: "retries_exhausted" }
        : { next: "retry" };
    case "permanent":
    case "timed_out":
      return { next: "end", outcome: outcome.kind };
  }
};
