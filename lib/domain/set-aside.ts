import { findCycles, traceCycle } from "./dependency-cycles.ts";
import { dependenciesOf } from "./dependency-graph.ts";
import type { DependencyGraph, Dependent } from "./dependency-graph.ts";
import { showValue } from "./explain-issues.ts";

/** An error names up to this many ids. */
const MAX_NAMED = 10;

/** Why planning gives a task no wave (SPEC IN5). */
export interface SetAside {
  readonly reason: "cycle" | "unknown_dependency" | "dependency_failed";
  /** One line that names the cycle, the unknown id or the dependency. */
  readonly error: string;
  /** Id of the dependency that cannot run, for `dependency_failed`. */
  readonly blockedBy?: string;
}

const nameCycle = (ids: readonly string[]): string => {
  const named = ids.length > MAX_NAMED ? [...ids.slice(0, MAX_NAMED), "…"] : [...ids, ids[0]];
  return `cycle: ${named.join(" → ")}`;
};

const nameUnknown = (ids: readonly string[]): string => {
  // Quoted, since an id that no task has may hold any character, line ends too.
  const named = ids.slice(0, MAX_NAMED).map(showValue).join(", ");
  return `unknown dependency: ${named}${ids.length > MAX_NAMED ? ", …" : ""}`;
};

/**
 * Explains every item that has no place in the order of dependencies. A task that is on a cycle and also names an unknown id
 * counts as `cycle`.
 */
export const explainStuck = (
  items: readonly Dependent[],
  stuck: readonly number[],
  graph: DependencyGraph,
): Map<number, SetAside> => {
  const idOf = (index: number): string => (items[index] as Dependent).taskId;
  const cycleOf = new Map<number, string>();
  for (const members of findCycles(stuck, graph)) {
    const name = nameCycle(traceCycle(members, graph).map(idOf));
    for (const index of members) cycleOf.set(index, name);
  }
  const stuckSet = new Set(stuck);
  const explain = (index: number): SetAside => {
    const cycle = cycleOf.get(index);
    if (cycle !== undefined) return { reason: "cycle", error: cycle };
    const unknown = graph.unknown.get(index);
    if (unknown !== undefined) return { reason: "unknown_dependency", error: nameUnknown(unknown) };
    // What is stuck for neither reason hangs behind something that is stuck.
    const blockedBy = idOf(dependenciesOf(graph, index).find((dependency) => stuckSet.has(dependency)) as number);
    return { reason: "dependency_failed", error: `depends on ${blockedBy}, which cannot run`, blockedBy };
  };
  return new Map(stuck.map((index) => [index, explain(index)]));
};
