import { countOf, cutText, formatNumber } from "./report-figures.ts";
import { markdownTable } from "./report-markdown.ts";
import type { TaskRecord, TerminalReason, TerminalStatus } from "./record.ts";
import type { TallyTotals } from "./wave-metrics.ts";

const shownTasks = 20;

/** Each reason with its status and what it means, worst first (SPEC E7). */
const reasons: readonly (readonly [TerminalReason, TerminalStatus, string])[] = [
  ["permanent", "FAILED", "the agent answered that trying again is of no use"],
  ["retries_exhausted", "FAILED", "every allowed attempt failed"],
  ["timed_out", "FAILED", "no answer within the time limit"],
  ["agent_offline", "FAILED", "the agent was OFFLINE and no backup was left"],
  ["unassignable", "FAILED", "no agent may take the task"],
  ["blocked_by_gate", "BLOCKED", "a safety gate refused it"],
  ["cycle", "BLOCKED", "it depends on itself"],
  ["unknown_dependency", "BLOCKED", "it depends on a task that is not in the file"],
  ["dependency_failed", "SKIPPED", "a task that it depends on did not complete"],
  ["cancelled", "SKIPPED", "the run was cancelled"],
  ["budget_exhausted", "SKIPPED", "the budget was used up"],
];

/** What reports show of a task that did not complete. */
export interface FailedTask {
  readonly task_id: string;
  readonly wave: number | null;
  readonly status: TerminalStatus;
  readonly reason: TerminalReason;
  readonly agent_id: string | null;
  readonly attempts: number;
  /** Cut at 200 characters; empty where the record has none. */
  readonly error: string;
}

/** A small, bounded choice of the tasks that did not complete. */
interface FailureSample {
  /** Takes a record, or a task of another sample. */
  add(record: Pick<TaskRecord, keyof FailedTask>): void;
  /** At most 20 tasks; every reason gets its turn, so that many of one kind do not hide one of another. */
  tasks(): readonly FailedTask[];
}

const byWaveAndId = (a: FailedTask, b: FailedTask): number =>
  (a.wave ?? Infinity) === (b.wave ?? Infinity)
    ? a.task_id < b.task_id
      ? -1
      : 1
    : (a.wave ?? Infinity) - (b.wave ?? Infinity);

const earliest = (tasks: readonly FailedTask[]): FailedTask[] => tasks.toSorted(byWaveAndId).slice(0, shownTasks);

/** Starts an empty sample. Which tasks it keeps depends on their waves and ids, never on the order in which they come (SPEC O2). */
export const createFailureSample = (): FailureSample => {
  const byReason = new Map<TerminalReason, FailedTask[]>();
  return {
    add: ({ task_id, wave, status, reason, agent_id, attempts, error = "" }) => {
      if (reason === null) return;
      const kept = byReason.get(reason) ?? [];
      kept.push({ task_id, wave, status, reason, agent_id, attempts, error: cutText(error) });
      byReason.set(reason, kept.length < 10 * shownTasks ? kept : earliest(kept));
    },
    tasks: () => {
      const queues = reasons.map(([reason]) => earliest(byReason.get(reason) ?? []));
      const turns = queues.flatMap((queue, order) => queue.map((task, turn) => ({ task, order, turn })));
      const chosen = turns.toSorted((a, b) => a.turn - b.turn || a.order - b.order).slice(0, shownTasks);
      return chosen.toSorted((a, b) => a.order - b.order || a.turn - b.turn).map(({ task }) => task);
    },
  };
};

/** The section "What failed, and why": reasons with their counts, then examples. */
export const renderFailures = (totals: TallyTotals, failures: readonly FailedTask[]): string => {
  const missed = totals.tasks - totals.by_status.COMPLETED;
  if (missed === 0) return "Nothing failed.";
  const counts = reasons.filter(([reason]) => totals.by_reason[reason] > 0);
  return [
    `${countOf(missed, "task")} of ${formatNumber(totals.tasks)} did not complete.`,
    markdownTable(
      ["reason", "status", "tasks", "meaning"],
      counts.map(([reason, status, meaning]) => [reason, status, formatNumber(totals.by_reason[reason]), meaning]),
    ),
    failures.length < missed
      ? `${countOf(failures.length, "example")}, taken from every reason (all of them stand in results.jsonl):`
      : "The tasks:",
    markdownTable(
      ["task", "wave", "reason", "agent", "attempts", "error"],
      failures.map((task) => [
        task.task_id,
        formatNumber(task.wave),
        task.reason,
        task.agent_id ?? "–",
        formatNumber(task.attempts),
        task.error === "" ? "–" : task.error,
      ]),
    ),
  ].join("\n\n");
};
