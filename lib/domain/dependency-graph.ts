/** A task as its dependencies see it. */
export interface Dependent {
  readonly taskId: string;
  readonly dependsOn: readonly string[];
}

/** Who depends on whom, by item index. Items without an entry have none. */
export interface DependencyGraph {
  readonly dependencies: ReadonlyMap<number, readonly number[]>;
  readonly dependents: ReadonlyMap<number, readonly number[]>;
  /** Ids that an item depends on and that are not among the items. */
  readonly unknown: ReadonlyMap<number, readonly string[]>;
}

const NONE: readonly number[] = [];

/** The items that an item depends on. */
export const dependenciesOf = (graph: DependencyGraph, index: number): readonly number[] =>
  graph.dependencies.get(index) ?? NONE;

const indexIds = (items: readonly Dependent[]): Map<string, number> => {
  const indexOf = new Map<string, number>();
  for (const [index, { taskId }] of items.entries()) indexOf.set(taskId, index);
  return indexOf;
};

const addTo = <Value>(lists: Map<number, Value[]>, index: number, value: Value): void => {
  const list = lists.get(index);
  if (list === undefined) lists.set(index, [value]);
  else list.push(value);
};

/** Resolves the ids that items depend on; task ids are unique. */
export const buildDependencyGraph = (items: readonly Dependent[]): DependencyGraph => {
  const dependencies = new Map<number, number[]>();
  const dependents = new Map<number, number[]>();
  const unknown = new Map<number, string[]>();
  // A map of a million ids takes a third of a second, which most runs need not spend.
  const indexOf = items.some((item) => item.dependsOn.length > 0) ? indexIds(items) : new Map<string, number>();
  for (const [index, { dependsOn }] of items.entries()) {
    for (const id of dependsOn) {
      const dependency = indexOf.get(id);
      if (dependency === undefined) {
        addTo(unknown, index, id);
      } else {
        addTo(dependencies, index, dependency);
        addTo(dependents, dependency, index);
      }
    }
  }
  return { dependencies, dependents, unknown };
};

/** Kahn's order of the items, with what it could not reach. */
export interface DependencyOrder {
  /** Every item stands after those it depends on; first in, first out from input order. */
  readonly order: readonly number[];
  /** Items that depend on an unknown id, stand on a cycle or hang behind either; ascending. */
  readonly stuck: readonly number[];
}

/** Orders `count` items so that each follows its dependencies. */
export const orderByDependencies = (count: number, graph: DependencyGraph): DependencyOrder => {
  // Dependencies that are not in the order yet. Unknown ones never will be, so they keep their item out.
  const missing = new Int32Array(count);
  for (const [index, ids] of graph.unknown) missing[index] = ids.length;
  for (const [index, dependencies] of graph.dependencies) {
    missing[index] = (missing[index] as number) + dependencies.length;
  }
  const order: number[] = [];
  for (const [index, left] of missing.entries()) if (left === 0) order.push(index);
  for (const done of order) {
    for (const dependent of graph.dependents.get(done) ?? NONE) {
      const left = (missing[dependent] as number) - 1;
      missing[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  const stuck: number[] = [];
  for (const [index, left] of missing.entries()) if (left > 0) stuck.push(index);
  return { order, stuck };
};
