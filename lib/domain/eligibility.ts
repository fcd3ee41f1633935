import { groupByCapabilities, type Coverage } from "./agent-groups.ts";

/** What assignment has to know of a task. */
export interface AssignableTask {
  readonly task_id: string;
  /** Higher first. */
  readonly priority: number;
  /** Confidence of the prediction, 0..1. */
  readonly confidence: number;
  /** Load that the task puts on its agent, ≥ 0. */
  readonly weight: number;
  readonly capabilities: readonly string[];
  /** Only these agents may take the task; an empty list means that none may. */
  readonly allowed?: readonly string[];
  readonly denied?: readonly string[];
  /** The one agent that the schedule wants. */
  readonly pinned?: string;
  /** Agents that had the task in an earlier pass. */
  readonly tried: readonly string[];
}

/** What assignment has to know of an agent. */
export interface AssignableAgent {
  readonly id: string;
  readonly capabilities: readonly string[];
  /** Units of load that it carries at a time, > 0. */
  readonly capacity: number;
  readonly confidence: number;
  readonly online: boolean;
  /** Sum of the weights of its live leases. */
  readonly load: number;
  /** Belief that a task succeeds on it, 0..1. */
  readonly successEstimate: number;
  /** Most tasks it may take now; Infinity = no limit. */
  readonly quota: number;
  /** OFFLINE, but its cooldown is over: it may take one task. */
  readonly probe: boolean;
}

/** Tasks that the same agents may take: found out once, however many tasks share it. Agents are given by index. */
export interface TaskClass {
  /** One of its tasks; they differ in nothing that decides who may take them. */
  readonly example: AssignableTask;
  /** Who covers the capabilities. */
  readonly coverage: Coverage;
  /** The only untried agents it may go to, where it is pinned or lists the allowed ones; else any covering agent may. */
  readonly named: readonly number[] | undefined;
  /** Covering agents that the task denies or has tried. */
  readonly excluded: ReadonlySet<number>;
  /** Agents that may have the task again when no untried one is left. */
  readonly tried: readonly number[];
  /** How many agents may have the task and have not tried it. */
  readonly untried: number;
  /** How many agents are passed over for each lasting reason. */
  readonly passedOver: { readonly offline: number; readonly capability: number; readonly constraint: number };
}

/** Who may take what (SPEC S5), but for quotas, which change while tasks are dealt out. */
export interface Eligibility {
  readonly classes: readonly TaskClass[];
  /** Class of each task. */
  readonly classOf: Int32Array;
  /** Agents that no task tells apart by capabilities, in order of id. */
  readonly groups: readonly (readonly number[])[];
  /** Group of each agent; -1 = OFFLINE. */
  readonly groupOf: Int32Array;
}

/** An agent whose one task shows whether it answers again (SPEC E5). */
export const isProbe = (agent: AssignableAgent): boolean => !agent.online && agent.probe;

/** Finds out who may take what. A million tasks mostly share a few classes, so this costs little more than reading them. */
export const findEligibility = (tasks: readonly AssignableTask[], agents: readonly AssignableAgent[]): Eligibility => {
  const { classOf, examples } = sortIntoClasses(tasks);
  const up = agents.flatMap((agent, index) => (agent.online || agent.probe ? [index] : []));
  const { groups, coverages } = groupByCapabilities(
    up,
    agents.map((agent) => new Set(agent.capabilities)),
    examples.map((example) => example.capabilities),
  );
  const groupOf = new Int32Array(agents.length).fill(-1);
  for (const [group, members] of groups.entries()) {
    for (const agent of members) groupOf[agent] = group;
  }
  const indexOf = new Map(agents.map((agent, index) => [agent.id, index]));
  const classes = coverages.map((coverage, index): TaskClass => {
    const example = examples[index]!;
    const candidates = findCandidates(example, coverage.agents, (id) => {
      const agent = indexOf.get(id);
      return agent !== undefined && coverage.covers[groupOf[agent]!] === 1 ? agent : undefined;
    });
    const passedOver = {
      offline: agents.length - up.length,
      capability: up.length - coverage.agents,
      constraint: coverage.agents - candidates.untried - candidates.tried.length,
    };
    return { example, coverage, ...candidates, passedOver };
  });
  return { classes, classOf, groups, groupOf };
};

const sortIntoClasses = (tasks: readonly AssignableTask[]) => {
  const classes = new Map<string, number>();
  const examples: AssignableTask[] = [];
  const classOf = new Int32Array(tasks.length);
  for (const [index, task] of tasks.entries()) {
    const key = classKey(task);
    let position = classes.get(key);
    if (position === undefined) {
      position = examples.push(task) - 1;
      classes.set(key, position);
    }
    classOf[index] = position;
  }
  return { classOf, examples };
};

/** Tasks with the same key may go to the same agents. */
const classKey = ({ capabilities, allowed, denied, pinned, tried }: AssignableTask): string => {
  const isFree = allowed === undefined && denied === undefined && pinned === undefined && tried.length === 0;
  if (isFree && capabilities.length === 0) return "";
  return JSON.stringify(isFree ? capabilities : [capabilities, tried, allowed ?? 0, denied ?? 0, pinned ?? 0]);
};

/** Sorts the covering agents into untried, tried and not permitted. `find` gives the index of a covering agent. */
const findCandidates = (
  { allowed, denied = [], pinned, tried }: AssignableTask,
  covering: number,
  find: (id: string) => number | undefined,
): Pick<TaskClass, "named" | "excluded" | "tried" | "untried"> => {
  const indexesOf = (ids: readonly string[]) => new Set(ids.map(find).filter((agent) => agent !== undefined));
  const refused = indexesOf(denied);
  const had = indexesOf(tried).difference(refused);
  const excluded = refused.union(had);
  const lists = [allowed, pinned === undefined ? undefined : [pinned]].filter((ids) => ids !== undefined);
  if (lists.length === 0) return { named: undefined, excluded, tried: [...had], untried: covering - excluded.size };
  const permitted = lists.map(indexesOf).reduce((some, others) => some.intersection(others));
  const named = [...permitted.difference(excluded)];
  return { named, excluded, tried: [...permitted.intersection(had)], untried: named.length };
};
