import type { JsonValue } from "./json.ts";

/** Limits that a prediction line puts on its own task (SPEC IN1). */
interface TaskConstraints {
  /** Time limit of one attempt in seconds; a smaller one than the run's wins. */
  readonly timeout_seconds?: number;
  /** Retries after the first attempt; a smaller one than the run's wins. */
  readonly max_retries?: number;
  /** Only these agents may take the task. */
  readonly allowed_agents?: readonly string[];
  /** These agents may not take the task. */
  readonly denied_agents?: readonly string[];
  /** ISO 8601 time before which no attempt starts. */
  readonly not_before?: string;
}

/**
 * A task as it runs: a valid prediction line with its defaults filled in and its schedule line applied (SPEC IN1, IN2).
 * Fields that the schema does not know are kept beside these.
 */
export interface Task {
  readonly task_id: string;
  /** Predicted probability of success, 0..1. */
  readonly success_rate: number;
  /** Confidence of the prediction, 0..1. */
  readonly confidence: number;
  /** 0..100, higher first. */
  readonly priority: number;
  readonly capabilities: readonly string[];
  readonly depends_on: readonly string[];
  /** Exclusive resources: no two tasks that name the same one run at the same time. */
  readonly resources: readonly string[];
  /** Wave that the prediction or the schedule asked for, from 1. */
  readonly wave?: number;
  readonly estimated_duration_ms?: number;
  readonly constraints: TaskConstraints;
  /** The agent that the schedule pinned the task to. */
  readonly pinned_agent_id?: string;
  /** What the agent gets. */
  readonly payload: JsonValue;
}

/** The fields that a prediction line may give a task (SPEC IN1); any other is passed on to the agent as it is. */
export const predictionFields = [
  "task_id",
  "success_rate",
  "confidence",
  "priority",
  "capabilities",
  "depends_on",
  "resources",
  "wave",
  "estimated_duration_ms",
  "constraints",
  "payload",
] as const satisfies readonly (keyof Task)[];

/** A line of `runs/<run_id>/waves/<wave>/tasks.jsonl`: a task with what planning found out about it. */
export interface PlannedTask {
  readonly task: Task;
  readonly wave: number;
  /** Load that the task puts on its agent: `estimated_duration_ms` ÷ 1000 where every task gives one, else 1. */
  readonly weight: number;
}
