import type { AgentOutcome } from "./agent-request.ts";
import type { BatchContext } from "./execution.ts";
import type { FailedReason } from "./record.ts";
import type { Task } from "./task.ts";

/** What follows an attempt on the same agent; what has ended here may still run on another agent in the next pass. */
export type AfterAttempt =
  | { readonly next: "completed" }
  | { readonly next: "retry" }
  | { readonly next: "end"; readonly outcome: Extract<FailedReason, "permanent" | "retries_exhausted" | "timed_out"> };

/** How often a task may be tried again on an agent: as often as its run lets it, or less where it says so itself. */
export const mostRetries = (
  { retry_strategy, max_retries }: Pick<BatchContext, "retry_strategy" | "max_retries">,
  { constraints }: Pick<Task, "constraints">,
): number =>
  retry_strategy === "NO_RETRY" ? 0 : Math.min(max_retries, constraints.max_retries ?? Number.POSITIVE_INFINITY);

/**
 * The rule of SPEC E2, E5 and E6: only transient failures are retried, up to `maxRetries` times after attempt 1. An agent that let
 * the time limit pass is not asked again: the task goes to a backup.
 */
export const afterAttempt = (attempted: {
  readonly outcome: AgentOutcome;
  /** From 1. */
  readonly attempt: number;
  /** {@link mostRetries} */
  readonly maxRetries: number;
}): AfterAttempt => {
  const { outcome, attempt, maxRetries } = attempted;
  switch (outcome.kind) {
    case "answered":
      return { next: "completed" };
    case "transient":
      return attempt > maxRetries ? { next: "end", outcome: "retries_exhausted" } : { next: "retry" };
    case "permanent":
    case "timed_out":
      return { next: "end", outcome: outcome.kind };
  }
};
