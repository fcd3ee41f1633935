import type { Strategy } from "./run-config.ts";
import type { JsonValue } from "./json.ts";

/** Why an agent was passed over when a task was assigned (SPEC S5). */
export type PassedOverReason = "offline" | "capability" | "constraint" | "already_tried" | "rate_limit";

/** Why a task went to its agent (SPEC S5). */
export interface Decision {
  readonly strategy: Strategy;
  /** The agent's load relative to its capacity at the moment of the choice, before this task was added. */
  readonly load: number;
  /** How many agents were eligible. */
  readonly eligible: number;
  /** How many agents were passed over for which reason; reasons that none met are left out. */
  readonly passed_over: { readonly [reason in PassedOverReason]?: number };
  /** The task goes to an OFFLINE agent whose cooldown is over, to find out whether it answers again (SPEC E5). */
  readonly probe?: true;
}

/** One attempt as it happened. */
export interface AttemptLogEntry {
  readonly pass: number;
  /** From 1 within the pass. */
  readonly attempt: number;
  readonly agent_id: string;
  /** ISO 8601 with milliseconds. */
  readonly started_at: string;
  readonly duration_ms: number;
  /** One line; absent when the attempt succeeded. */
  readonly error?: string;
  /** Reported by the agent. */
  readonly cost_usd?: number;
  readonly tokens?: number;
}

export type TerminalStatus = "COMPLETED" | "FAILED" | "BLOCKED" | "SKIPPED";

/** The reasons that SPEC E7 gives for each status but COMPLETED. */
export type FailedReason = "retries_exhausted" | "permanent" | "timed_out" | "agent_offline" | "unassignable";
type BlockedReason = "blocked_by_gate" | "cycle" | "unknown_dependency";
type SkippedReason = "dependency_failed" | "cancelled" | "budget_exhausted";
export type TerminalReason = FailedReason | BlockedReason | SkippedReason;

/** The one terminal record of a task: a line of `results.jsonl` (SPEC E7). */
export interface TaskRecord {
  readonly task_id: string;
  /** null where none was given. */
  readonly wave: number | null;
  readonly status: TerminalStatus;
  /** null for COMPLETED. */
  readonly reason: TerminalReason | null;
  /** The agent of the last attempt; null where nothing was executed. */
  readonly agent_id: string | null;
  /** Passes in which the task was dispatched to an agent. */
  readonly passes: number;
  readonly attempts: number;
  readonly predicted_success_rate: number;
  /** From the start of the first attempt to the end of the last, so waits between attempts count. */
  readonly duration_ms: number;
  /** The agent's output up to 2 KiB; a larger one stands in the object `output_key`. */
  readonly output?: JsonValue;
  readonly output_key?: string;
  readonly output_bytes?: number;
  readonly error?: string;
  /** null where the task was never assigned. */
  readonly decision: Decision | null;
  /** Every attempt, in order. */
  readonly attempt_log: readonly AttemptLogEntry[];
}
