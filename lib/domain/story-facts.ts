import type { Assignment } from "./execution.ts";
import type { TaskRecord, TerminalReason, TerminalStatus } from "./record.ts";
import type { Rejection } from "./rejection.ts";
import type { Signal } from "./signal.ts";
import type { PlannedTask } from "./task.ts";

/** How a task ended on which another one depends. */
export interface DependencyStory {
  readonly task_id: string;
  /** null where the records have none of that id. */
  readonly status: TerminalStatus | null;
  readonly reason: TerminalReason | null;
  readonly wave: number | null;
  readonly error?: string;
  /** Of a dependency that was held up itself: the task that held it up. */
  readonly held_up_by?: DependencyStory;
}

/** A task as a pass gave it to an agent. */
export interface PassAssignment {
  readonly pass: number;
  readonly assignment: Assignment;
}

/** All that the records of a run say of one task. */
export interface StoryFacts {
  readonly run_id: string;
  /** The task's id, or `FILE:LINE` for a rejected line. */
  readonly task_id: string;
  /** undefined where the task has not ended, or its line was rejected. */
  readonly record: TaskRecord | undefined;
  /** The task as planning left it; undefined where that is out of reach. */
  readonly planned: PlannedTask | undefined;
  /** In order of passes; undefined where they are out of reach. */
  readonly assignments: readonly PassAssignment[] | undefined;
  /** Those that the task names; where that is out of reach, the one that its record names. */
  readonly dependencies: readonly DependencyStory[];
  readonly signals: readonly Signal[];
  readonly rejected: readonly Rejection[];
}

/** The dependency that a record names as what held its task up; undefined where it names none. */
export const namedDependency = ({ reason, error = "" }: TaskRecord): string | undefined =>
  reason === "dependency_failed" ? /^depends on ([A-Za-z0-9._:-]+), which /u.exec(error)?.[1] : undefined;

/** Tells how a dependency ended; `record` is undefined where there is none. */
export const dependencyStory = (
  taskId: string,
  record: TaskRecord | undefined,
  heldUpBy?: DependencyStory,
): DependencyStory => ({
  task_id: taskId,
  status: record?.status ?? null,
  reason: record?.reason ?? null,
  wave: record?.wave ?? null,
  ...(record?.error !== undefined && { error: record.error }),
  ...(heldUpBy !== undefined && { held_up_by: heldUpBy }),
});
