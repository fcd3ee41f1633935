import type { Budget } from "./budget.ts";
import type { JsonValue } from "./json.ts";
import type { AttemptLogEntry, Decision } from "./record.ts";
import type { RetryStrategy } from "./run-config.ts";
import type { SafetyGate } from "./safety-gate.ts";
import type { PlannedTask } from "./task.ts";

/** A task that waits for a pass: a line of `pending.jsonl`; `tasks.jsonl` holds the same without a history. */
export interface PendingTask extends PlannedTask {
  /** Passes in which the task was dispatched so far. */
  readonly passes?: number;
  /** Attempts of the passes before. */
  readonly earlier?: readonly AttemptLogEntry[];
  /** Agents that had the task before. */
  readonly tried?: readonly string[];
  readonly last_outcome?: PendingOutcome;
  /** What it had come to before it only waited, where it did. */
  readonly came_to?: PendingOutcome;
  readonly last_error?: string;
  /** Why it went to the agent that had it last. */
  readonly last_decision?: Decision;
  /** Every task that it depends on has COMPLETED; their ids are not repeated, because a task may have thousands. */
  readonly dependencies_completed?: true;
}

/** A task on its way to an agent: a line of `assignments.jsonl` and an item of the Distributed Map. */
export interface Assignment extends PendingTask {
  readonly agent_id: string;
  readonly decision: Decision;
}

/** What every task of a dispatched batch shares: the ItemBatcher's BatchInput. */
export interface BatchContext {
  readonly run_id: string;
  readonly wave: number;
  readonly pass: number;
  /** ISO 8601: when the run started. */
  readonly started_at: string;
  readonly fleet: string;
  readonly seed: number;
  readonly retry_strategy: RetryStrategy;
  readonly max_retries: number;
  readonly task_timeout_seconds: number;
  /** Epoch ms at which the pass's leases were in the table. */
  readonly assigned_at: number;
  /** Absent where nothing bounds what the run may spend. */
  readonly budget?: Budget;
  /** The Phase 13 gate; absent where none is to be asked. */
  readonly safety_gate?: SafetyGate;
}

/** Outcomes after which the task may run again in the next pass (SPEC E6). */
export const pendingOutcomes = [
  "retries_exhausted",
  "timed_out",
  "agent_offline",
  "executor_died",
  "deferred",
] as const;
export type PendingOutcome = (typeof pendingOutcomes)[number];

/** How one pass of one task ended. */
export type ExecutionOutcome =
  | "completed"
  | "permanent"
  | "blocked_by_gate"
  | "dependency_failed"
  | "cancelled"
  | "budget_exhausted"
  | PendingOutcome;

/** What the executor says of one task in one pass: a line of the Distributed Map's SUCCEEDED file holds one of them, or an array. */
export interface ExecutionResult {
  readonly task_id: string;
  readonly agent_id: string;
  readonly outcome: ExecutionOutcome;
  readonly predicted_success_rate: number;
  readonly decision: Decision;
  /** Attempts of this pass. */
  readonly attempts: readonly AttemptLogEntry[];
  readonly output?: JsonValue;
  readonly output_key?: string;
  readonly output_bytes?: number;
  readonly error?: string;
  /**
   * Only where the state machine says it in place of an executor: the attempt that was made with the others of the batch, or null. Then
   * `attempts` has the last one at the most, and those between are on record.
   */
  readonly first_attempt?: AttemptLogEntry | null;
}

/** What an attempt at a task came to that was made together with others and did not end the task. */
export interface FirstAttempt {
  /** What was thrown; absent where the executor died with the whole batch. */
  readonly error?: { readonly name: string; readonly message: string };
  /** The attempt, where one was made. */
  readonly entry?: AttemptLogEntry;
}
