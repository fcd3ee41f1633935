import type { Assignment, ExecutionResult, PendingOutcome, PendingTask } from "./execution.ts";
import type { AttemptLogEntry, TaskRecord, TerminalReason, TerminalStatus } from "./record.ts";

/** What of a task's earlier passes its terminal record needs. */
export interface History {
  readonly wave: number;
  /** Passes in which the task was dispatched before this result. */
  readonly passes?: number;
  readonly earlier?: readonly AttemptLogEntry[];
}

type End = readonly [TerminalStatus, TerminalReason];

const endOf = (outcome: Exclude<ExecutionResult["outcome"], "completed">, executed: boolean): End => {
  switch (outcome) {
    case "permanent":
    case "retries_exhausted":
    case "timed_out":
    case "agent_offline":
      return ["FAILED", outcome];
    case "executor_died":
      return ["FAILED", "retries_exhausted"];
    case "deferred":
      return ["FAILED", "timed_out"];
    case "blocked_by_gate":
      return executed ? ["FAILED", "retries_exhausted"] : ["BLOCKED", "blocked_by_gate"];
    case "dependency_failed":
      return ["SKIPPED", "dependency_failed"];
    case "cancelled":
    case "budget_exhausted":
      // SKIPPED says that a task was not run: what was tried before has failed.
      return executed ? ["FAILED", "retries_exhausted"] : ["SKIPPED", outcome];
  }
};

const elapsedMs = (log: readonly AttemptLogEntry[]): number => {
  const [first, last] = [log[0], log.at(-1)];
  if (first === undefined || last === undefined) return 0;
  return Math.max(0, Date.parse(last.started_at) + last.duration_ms - Date.parse(first.started_at));
};

/** A pass is spent where an agent was asked, or might have been. */
const passesAfter = (
  passesBefore: number,
  { outcome, attempts }: Pick<ExecutionResult, "outcome" | "attempts">,
): number =>
  outcome === "deferred" || (isStopped(outcome) && attempts.length === 0) ? passesBefore : passesBefore + 1;

const isStopped = (outcome: ExecutionResult["outcome"]): boolean =>
  outcome === "cancelled" || outcome === "budget_exhausted";

const pendingOutcomeOf = (result: ExecutionResult): PendingOutcome | null => {
  switch (result.outcome) {
    case "completed":
    case "permanent":
    case "blocked_by_gate":
    case "dependency_failed":
    case "cancelled":
    case "budget_exhausted":
      return null;
    case "retries_exhausted":
    case "timed_out":
    case "agent_offline":
    case "executor_died":
    case "deferred":
      return result.outcome;
  }
};

/**
 * Whether a result is a task's last (SPEC E6): completed, permanent and refused ones are; the others run again until the
 * task's passes are used up. A deferred task spent no pass.
 */
export const endsHere = (result: ExecutionResult, passesBefore: number, maxPasses: number): boolean =>
  pendingOutcomeOf(result) === null || passesAfter(passesBefore, result) >= maxPasses;

/** The terminal record that a result ends in (SPEC E7). */
export const terminalRecord = (result: ExecutionResult, history: History): TaskRecord => {
  const log = [...(history.earlier ?? []), ...result.attempts];
  const [status, reason] =
    result.outcome === "completed" ? (["COMPLETED", null] as const) : endOf(result.outcome, log.length > 0);
  return {
    task_id: result.task_id,
    wave: history.wave,
    status,
    reason,
    agent_id: log.at(-1)?.agent_id ?? null,
    passes: passesAfter(history.passes ?? 0, result),
    attempts: log.length,
    predicted_success_rate: result.predicted_success_rate,
    duration_ms: elapsedMs(log),
    ...(result.output !== undefined && { output: result.output }),
    ...(result.output_key !== undefined && { output_key: result.output_key }),
    ...(result.output_bytes !== undefined && { output_bytes: result.output_bytes }),
    ...(result.error !== undefined && { error: result.error }),
    decision: result.decision,
    attempt_log: log,
  };
};

/** The task as it waits for the next pass, which looks for another agent. */
export const pendingAgain = (assignment: Assignment, result: ExecutionResult): PendingTask => {
  const { agent_id, decision, came_to, ...task } = assignment;
  const outcome = pendingOutcomeOf(result) ?? "executor_died";
  const tried = task.tried ?? [];
  const before = task.last_outcome === "deferred" ? came_to : task.last_outcome;
  return {
    ...task,
    passes: passesAfter(task.passes ?? 0, { ...result, outcome }),
    earlier: [...(task.earlier ?? []), ...result.attempts],
    tried: outcome === "deferred" || tried.includes(agent_id) ? tried : [...tried, agent_id],
    last_outcome: outcome,
    ...(outcome === "deferred" && result.attempts.length === 0 && before !== undefined && { came_to: before }),
    last_decision: decision,
    ...(result.error !== undefined && { last_error: result.error }),
  };
};

/** Stands in for the result of a task whose child execution died, or said nothing of it. */
export const diedWithBatch = (
  assignment: Assignment,
  attempts: readonly AttemptLogEntry[],
  error: string,
): ExecutionResult => ({
  task_id: assignment.task.task_id,
  agent_id: assignment.agent_id,
  outcome: "executor_died",
  predicted_success_rate: assignment.task.success_rate,
  decision: assignment.decision,
  attempts,
  error,
});

/** A task that ends without having reached an agent: set aside by planning, skipped, or never assigned. */
export const unexecutedRecord = (
  task: { readonly task_id: string; readonly success_rate: number },
  end: {
    readonly wave: number | null;
    readonly status: TerminalStatus;
    readonly reason: TerminalReason;
    readonly error: string;
  },
): TaskRecord => ({
  task_id: task.task_id,
  wave: end.wave,
  status: end.status,
  reason: end.reason,
  agent_id: null,
  passes: 0,
  attempts: 0,
  predicted_success_rate: task.success_rate,
  duration_ms: 0,
  error: end.error,
  decision: null,
  attempt_log: [],
});

/** A task that waited and may not run any more: what an agent had before ends in what that came to, the others as `end` says. */
export const endedRecord = (
  pending: PendingTask,
  end: { readonly status: TerminalStatus; readonly reason: TerminalReason; readonly error: string },
): TaskRecord =>
  (pending.earlier ?? []).length > 0
    ? unassignedRecord(pending, end.error)
    : unexecutedRecord(pending.task, { wave: pending.wave, ...end });

/**
 * A task for which no agent is left: `unassignable` where none ever had it (SPEC S5), else what the last pass came to that did more than
 * wait, because that is what went wrong first.
 */
export const unassignedRecord = (pending: PendingTask, detail: string): TaskRecord => {
  const { task, wave, earlier = [], passes = 0, last_outcome, last_error } = pending;
  const cameTo = last_outcome === "deferred" ? pending.came_to : last_outcome;
  const untold: End = ["FAILED", earlier.length > 0 ? "retries_exhausted" : "unassignable"];
  const [status, reason] = cameTo === undefined ? untold : endOf(cameTo, earlier.length > 0);
  const error = last_error === undefined ? detail : `${last_error}; then ${detail}`;
  return {
    ...unexecutedRecord(task, { wave, status, reason, error }),
    agent_id: earlier.at(-1)?.agent_id ?? null,
    decision: pending.last_decision ?? null,
    passes,
    attempts: earlier.length,
    duration_ms: elapsedMs(earlier),
    attempt_log: earlier,
  };
};
