import { AttemptFailedError } from "../domain/errors.ts";
import type { Assignment, BatchContext, ExecutionResult, FirstAttempt } from "../domain/execution.ts";
import { cutText, MAX_ERROR_BYTES } from "../domain/result-size.ts";
import type { AttemptPorts, OnQueued } from "./attempt-ports.ts";
import { attemptTask } from "./attempt-task.ts";

/** What the state machine gives the executor for a batch of tasks. */
export interface ExecuteBatchInput {
  readonly batch: BatchContext;
  readonly assignments: readonly Assignment[];
  /** ISO 8601: when the child execution began that holds the batch. */
  readonly child_started_at: string;
}

/** A task that is not done, and goes on alone. */
interface Unended {
  readonly assignment: Assignment;
  readonly first_attempt: FirstAttempt;
}

const isUnended = (each: ExecutionResult | Unended): each is Unended => "first_attempt" in each;

/** What became of a batch, each part in the order of its tasks. */
export interface ExecuteBatchOutput {
  readonly ended: readonly ExecutionResult[];
  readonly unended: readonly Unended[];
}

const failureOf = (error: unknown): FirstAttempt => {
  const { name, message } = error as Error;
  return {
    error: { name, message: cutText(message, MAX_ERROR_BYTES) },
    ...(error instanceof AttemptFailedError && { entry: error.entry }),
  };
};

/**
 * Makes the first attempt at each task of a batch, at the same time: an executor waits for its agents most of its time, and forty
 * that wait cost forty times as much as one that waits for forty.
 *
 * @param onQueued told how long the tasks waited for others of the process without any of them being attempted, in milliseconds
 */
export const executeBatch = async (
  { batch, assignments, child_started_at }: ExecuteBatchInput,
  ports: AttemptPorts,
  onQueued?: OnQueued,
): Promise<ExecuteBatchOutput> => {
  const { clock } = ports;
  const begunAt = clock.now();
  let longestMs = 0;
  const attempt = async (assignment: Assignment): Promise<ExecutionResult | Unended> => {
    let queuedMs = 0;
    try {
      const input = { batch, assignment, child_started_at };
      return await attemptTask(input, [], ports, (milliseconds) => (queuedMs = milliseconds));
    } catch (error) {
      return { assignment, first_attempt: failureOf(error) };
    } finally {
      longestMs = Math.max(longestMs, clock.now() - begunAt - queuedMs);
    }
  };
  const attempted = await Promise.all(assignments.map(attempt));
  onQueued?.(Math.max(0, clock.now() - begunAt - longestMs));
  return {
    ended: attempted.filter((each): each is ExecutionResult => !isUnended(each)),
    unended: attempted.filter(isUnended),
  };
};
