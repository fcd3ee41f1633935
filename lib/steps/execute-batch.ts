import { AttemptFailedError } from "../domain/errors.ts";
import type { Assignment, BatchContext, ExecutionResult, FirstAttempt } from "../domain/execution.ts";
import { printInstant } from "../domain/print-instant.ts";
import type { AttemptLogEntry } from "../domain/record.ts";
import { cutText, MAX_ATTEMPT_ERROR_BYTES, MAX_ERROR_BYTES } from "../domain/result-size.ts";
import { isServiceFault } from "../domain/retry-policy.ts";
import type { AttemptPorts, OnQueued } from "./attempt-ports.ts";
import { attemptTask, resultOf } from "./attempt-task.ts";

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

const isUnended = (each: ExecutionResult | Unended): each is Unended => "assignment" in each;

/** What became of a batch, each part in the order of its tasks. */
export interface ExecuteBatchOutput {
  readonly ended: readonly ExecutionResult[];
  readonly unended: readonly Unended[];
}

/** Where an error says that the attempt failed, or a service behind it, some retrier waits for it. */
const firstAttemptOf = (error: Error): FirstAttempt | undefined => {
  const { name, message } = error;
  if (error instanceof AttemptFailedError) return { error: { name, message }, entry: error.entry };
  return isServiceFault(name) ? { error: { name, message: cutText(message, MAX_ERROR_BYTES) } } : undefined;
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
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const first_attempt = firstAttemptOf(error);
      if (first_attempt !== undefined) return { assignment, first_attempt };
      // What nobody retries is what an executor dies of: of this task's, not of its neighbours'.
      const text = `${error.name}: ${error.message}`;
      const entry: AttemptLogEntry = {
        pass: batch.pass,
        attempt: 1,
        agent_id: assignment.agent_id,
        started_at: printInstant(begunAt + queuedMs),
        duration_ms: Math.max(0, clock.now() - begunAt - queuedMs),
        error: cutText(text, MAX_ATTEMPT_ERROR_BYTES),
      };
      ports.log.warn("attempt broken off", { run_id: batch.run_id, task_id: assignment.task.task_id, error: text });
      return resultOf(assignment, [entry], { outcome: "executor_died", error: cutText(text, MAX_ERROR_BYTES) });
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
