import type { AgentView } from "../../domain/agent.ts";
import type { HealthComponents } from "../../domain/health.ts";
import type { Lease } from "../../domain/ports.ts";
import type { TaskRecord } from "../../domain/record.ts";
import type { Rejection } from "../../domain/rejection.ts";
import type { RunCounts, RunItem, WaveItem } from "../../domain/run-item.ts";
import type { RunPlan } from "../../domain/run-plan.ts";
import type { MetricsSummary } from "../../domain/summary.ts";
import type { Task } from "../../domain/task.ts";

/** What became of a run so far. */
export type RunStatus = "STARTING" | "RUNNING" | "PAUSED" | "CANCELLING" | "FINISHED" | "FAILED";

/** A line of the list of runs. */
export interface RunRow {
  readonly id: string;
  readonly status: RunStatus;
  /** Undefined before it is planned. */
  readonly run: RunItem | undefined;
  /** Tasks that have ended, by status. */
  readonly counts: RunCounts;
  readonly health: { readonly score: number; readonly status: string } | undefined;
}

/** An agent of the run's fleet. */
export interface AgentRow extends AgentView {
  readonly id: string;
  readonly capacity: number;
  readonly capabilities: readonly string[];
  readonly kind: string;
  readonly offline: { readonly since: string; readonly reason: string } | undefined;
  /** Those of this run. */
  readonly leases: readonly Lease[];
}

/** A run as its page shows it. */
export interface RunView extends RunRow {
  readonly plan: RunPlan | undefined;
  /** In order of wave; those that have ended. */
  readonly waves: readonly WaveItem[];
  readonly agents: readonly AgentRow[];
  /** Of the run once it has ended, else of its latest wave. */
  readonly components: HealthComponents | undefined;
  /** Why it failed, in one line. */
  readonly error: string | undefined;
  /** Tasks that did not complete, the first ones. */
  readonly failures: readonly TaskRecord[];
  readonly rejections: readonly Rejection[];
  readonly summary: MetricsSummary | undefined;
}

/** A task as its page shows it. */
export interface TaskView {
  readonly wave: number | undefined;
  readonly task: Task | undefined;
  /** Undefined until the task's wave has ended. */
  readonly record: TaskRecord | undefined;
}

/** Whether nothing of a run changes any more. */
export const hasEnded = ({ status }: Pick<RunRow, "status">): boolean => status === "FINISHED" || status === "FAILED";

/** More failures than these nobody reads on a page; results.jsonl has them all. */
export const SHOWN_FAILURES = 25;
