import { mostRetries } from "../domain/attempt-outcome.ts";
import { AttemptFailedError } from "../domain/errors.ts";
import type { ExecutionResult, FirstAttempt } from "../domain/execution.ts";
import type { AttemptLogEntry } from "../domain/record.ts";
import type { AttemptInput, AttemptPorts, OnQueued } from "./attempt-ports.ts";
import { attemptTask, resultOf } from "./attempt-task.ts";

/** What the state machine gives the executor for a task that goes on alone. */
export interface ExecuteTaskInput extends AttemptInput {
  /** What its attempt with the others of its batch came to; absent where there was none. */
  readonly first_attempt?: FirstAttempt;
  /** `$states.context.State.RetryCount`: retries of this state so far, of any kind. */
  readonly retry_count: number;
}

/** An error of an earlier invocation, by the name that Retry and Catch go by. */
const thrownAgain = ({ name, message }: NonNullable<FirstAttempt["error"]>): Error =>
  Object.assign(new Error(message), { name, stack: `${name}: ${message}` });

/**
 * Makes the next attempt at a task that did not end with the others of its batch. What its first attempt threw there is thrown
 * again before anything else, because Retry and Catch take errors of this state only.
 *
 * @throws AttemptFailedError, once the attempt is on record, when it failed and the task has retries left.
 */
export const executeTask = async (
  input: ExecuteTaskInput,
  ports: AttemptPorts,
  onQueued?: OnQueued,
): Promise<ExecutionResult> => {
  const { batch, assignment, first_attempt, retry_count } = input;
  if (retry_count === 0 && first_attempt?.error !== undefined) throw thrownAgain(first_attempt.error);
  const before = await attemptsOfThisPass(input, ports);
  const isLost = first_attempt !== undefined && first_attempt.error === undefined && before.length === 1;
  if (isLost && mostRetries(batch, assignment.task) === 0) {
    return resultOf(assignment, before, { outcome: "executor_died", error: "the executor died with the batch" });
  }
  try {
    const result = await attemptTask(input, before, ports, onQueued);
    // What may never run did not run when the executor died either: nobody was asked.
    return isLost && mayNeverRun(result, input) ? { ...result, attempts: [] } : result;
  } catch (error) {
    if (error instanceof AttemptFailedError) {
      await ports.attempts.put(batch.run_id, assignment.task.task_id, error.entry);
    }
    throw error;
  }
};

/** Refused by a gate that says the same each time; the Phase 13 gate, the operator and the budget may have said otherwise before. */
const mayNeverRun = ({ outcome }: ExecutionResult, { batch }: ExecuteTaskInput): boolean =>
  outcome === "dependency_failed" || (outcome === "blocked_by_gate" && batch.safety_gate === undefined);

/**
 * The attempts that really were made in this pass: RetryCount also counts the first attempt's error, which was only thrown again,
 * and retries of throttled invocations, which spend no attempt of the task.
 */
const attemptsOfThisPass = async (
  { batch, assignment, first_attempt, retry_count }: ExecuteTaskInput,
  { attempts }: AttemptPorts,
): Promise<readonly AttemptLogEntry[]> => {
  const first = first_attempt?.entry === undefined ? [] : [first_attempt.entry];
  const count = retry_count - (first_attempt?.error === undefined ? 0 : 1);
  if (count <= 0) return first;
  const logged = await attempts.list(batch.run_id, assignment.task.task_id, { pass: batch.pass, count });
  return [...first, ...logged.filter(({ pass }) => pass === batch.pass)];
};
