import type { AgentView } from "../../domain/agent.ts";
import type { HealthComponents } from "../../domain/health.ts";
import type { JsonValue } from "../../domain/json.ts";
import type { Lease } from "../../domain/ports.ts";
import type { TaskRecord } from "../../domain/record.ts";
import type { Rejection } from "../../domain/rejection.ts";
import type { RunCounts, RunItem, WaveItem } from "../../domain/run-item.ts";
import type { MetricsSummary } from "../../domain/summary.ts";
import type { TaskStory } from "../../domain/task-story.ts";
import type { RunProgress } from "../run-progress.ts";

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
  /** Tasks that were answered for in the waves that go on. */
  readonly answered: number;
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

/** What costs more to read: while a run goes on it follows every few seconds only. */
export interface RunDigest {
  /** Those that it is of. */
  readonly waves: readonly WaveItem[];
  /** Tasks that did not complete, the first ones. */
  readonly failures: readonly TaskRecord[];
}

/** A run as its page shows it. */
export interface RunView extends RunRow {
  /** undefined while nothing goes on. */
  readonly progress: Pick<RunProgress, "wave" | "pass"> | undefined;
  /** In order of wave; those that have ended. */
  readonly waves: readonly WaveItem[];
  readonly agents: readonly AgentRow[];
  /** Of the run once it has ended, else of its latest wave. */
  readonly components: HealthComponents | undefined;
  /** Why it failed, in one line. */
  readonly error: string | undefined;
  readonly digest: RunDigest;
  readonly rejections: readonly Rejection[];
  readonly summary: MetricsSummary | undefined;
}

/** A task as its page shows it. */
export interface TaskView {
  readonly story: TaskStory;
  /** null where it has none, or where the plan does not have the task. */
  readonly payload: JsonValue;
}

/** Whether nothing of a run changes any more. */
export const hasEnded = ({ status }: Pick<RunRow, "status">): boolean => status === "FINISHED" || status === "FAILED";

/** More failures than these nobody reads on a page; results.jsonl has them all. */
export const SHOWN_FAILURES = 25;
