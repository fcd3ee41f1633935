import { dependenciesOf } from "./dependency-graph.ts";
import type { DependencyGraph } from "./dependency-graph.ts";

/** Tarjan's notes about an item. */
interface Visit {
  readonly index: number;
  /** Its dependencies that were not followed yet. */
  readonly ahead: Iterator<number>;
  /** When the item was found. */
  readonly found: number;
  /** The earliest found item that is reached from here and still open. */
  earliest: number;
  /** Where the item stands on the stack of open items. */
  readonly position: number;
  open: boolean;
}

/** Tarjan's strongly connected components with a stack of its own: a chain of a million tasks is no deeper than the heap. */
const findComponents = (indexes: readonly number[], graph: DependencyGraph): number[][] => {
  const visits = new Map<number, Visit>();
  const open: Visit[] = [];
  const components: number[][] = [];
  const enter = (index: number): Visit => {
    const found = visits.size;
    const ahead = dependenciesOf(graph, index).values();
    const visit = { index, ahead, found, earliest: found, position: open.length, open: true };
    visits.set(index, visit);
    open.push(visit);
    return visit;
  };
  const leave = (visit: Visit, parent: Visit | undefined): void => {
    if (parent !== undefined) parent.earliest = Math.min(parent.earliest, visit.earliest);
    if (visit.earliest < visit.found) return;
    const members = open.splice(visit.position);
    for (const member of members) member.open = false;
    components.push(members.map((member) => member.index));
  };
  for (const start of indexes) {
    if (visits.has(start)) continue;
    const path = [enter(start)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = visit.ahead.next();
      if (next.done === true) {
        path.pop();
        leave(visit, path.at(-1));
        continue;
      }
      const known = visits.get(next.value);
      if (known === undefined) path.push(enter(next.value));
      else if (known.open) visit.earliest = Math.min(visit.earliest, known.found);
    }
  }
  return components;
};

/**
 * Groups of items, among `indexes` and what they depend on, in which every item depends on itself through others of its group
 * (or directly). Indexes ascend within a group.
 */
export const findCycles = (indexes: readonly number[], graph: DependencyGraph): number[][] =>
  findComponents(indexes, graph)
    .filter(
      ([first, ...others]) => others.length > 0 || dependenciesOf(graph, first as number).includes(first as number),
    )
    .map((members) => members.toSorted((a, b) => a - b));

/** One cycle through a group of `findCycles`, each item depending on the next and the last one on the first. */
export const traceCycle = (members: readonly number[], graph: DependencyGraph): number[] => {
  const inside = new Set(members);
  const path = new Map<number, number>();
  let index = members[0] as number;
  while (!path.has(index)) {
    path.set(index, path.size);
    index = dependenciesOf(graph, index).find((dependency) => inside.has(dependency)) as number;
  }
  return [...path.keys()].slice(path.get(index));
};
