import type { JsonObject } from "./json.ts";
import type { TerminalReason } from "./record.ts";

const reasons: Readonly<Record<TerminalReason, true>> = {
  retries_exhausted: true,
  permanent: true,
  timed_out: true,
  agent_offline: true,
  unassignable: true,
  blocked_by_gate: true,
  cycle: true,
  unknown_dependency: true,
  dependency_failed: true,
  cancelled: true,
  budget_exhausted: true,
};

/** Every reason for which a task may be redriven (SPEC E7). */
export const terminalReasons = Object.keys(reasons) as readonly TerminalReason[];

/** How each task of a run ended, by its id: the reason, or null for COMPLETED. */
export type EndedTasks = ReadonlyMap<string, TerminalReason | null>;

/** The tasks of a run that a new run takes up again. */
export interface RedriveChoice {
  readonly tasks: ReadonlySet<string>;
  /** Those among them that nobody asked for: others need them, and they have not completed either. */
  readonly added: readonly string[];
}

/**
 * Chooses the tasks that did not complete, only those with one of `wanted` where that is given, and with them what they depend on
 * and what did not complete either. A task that COMPLETED is never chosen.
 */
export const chooseRedriven = (
  ended: EndedTasks,
  dependenciesOf: (taskId: string) => readonly string[],
  wanted: ReadonlySet<TerminalReason> = new Set(terminalReasons),
): RedriveChoice => {
  const tasks = new Set<string>();
  for (const [id, reason] of ended) if (reason !== null && wanted.has(reason)) tasks.add(id);
  const asked = tasks.size;
  // A set that is walked also gives what is added to it meanwhile.
  for (const id of tasks) {
    for (const dependency of dependenciesOf(id)) if (typeof ended.get(dependency) === "string") tasks.add(dependency);
  }
  return { tasks, added: [...tasks].slice(asked) };
};

/** A line of predictions or schedule as the new run needs it: without dependencies that have COMPLETED; the line itself where it names none. */
export const dropCompletedDependencies = (line: JsonObject, ended: EndedTasks): JsonObject => {
  const { depends_on: dependsOn } = line;
  if (!Array.isArray(dependsOn)) return line;
  const left = dependsOn.filter((id) => ended.get(id as string) !== null);
  return left.length === dependsOn.length ? line : { ...line, depends_on: left };
};
