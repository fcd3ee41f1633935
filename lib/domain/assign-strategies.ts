import type { AgentRoster } from "./agent-roster.ts";
import type { AgentChooser } from "./agent-chooser.ts";
import { createRankedChooser } from "./assign-ranked.ts";
import { createRoundRobinChooser } from "./assign-round-robin.ts";
import { descendingOrder } from "./descending-order.ts";
import type { AssignableAgent, AssignableTask, Eligibility } from "./eligibility.ts";
import type { Strategy } from "./run-config.ts";
import { shareByConfidence } from "./share-by-confidence.ts";

/** A number of each task. */
export const readColumn = (
  tasks: readonly AssignableTask[],
  valueOf: (task: AssignableTask) => number,
): Float64Array => {
  const values = new Float64Array(tasks.length);
  for (let index = 0; index < tasks.length; index += 1) values[index] = valueOf(tasks[index]!);
  return values;
};

/** Indexes of the tasks in the order in which a strategy deals them out. */
export const orderTasks = (strategy: Strategy, tasks: readonly AssignableTask[]): Int32Array => {
  switch (strategy) {
    case "ROUND_ROBIN":
      return new Int32Array(tasks.keys());
    case "LOAD_BALANCED":
      // Longest first: a heavy task that comes last would tip the balance that the light ones can still restore (SPEC S6).
      return descendingOrder(readColumn(tasks, (task) => task.weight));
    case "PRIORITY_BASED":
      return descendingOrder(readColumn(tasks, (task) => task.priority));
    case "CONFIDENCE_BASED":
      return descendingOrder(readColumn(tasks, (task) => task.confidence));
  }
};

/** How a strategy chooses the agent of each task. `tasks` is their number, `cursor` the agent whose turn is first. */
export const createChooser = (input: {
  readonly strategy: Strategy;
  readonly tasks: number;
  readonly agents: readonly AssignableAgent[];
  readonly eligibility: Eligibility;
  readonly roster: AgentRoster;
  readonly cursor: number;
}): AgentChooser => {
  const { strategy, tasks, agents, eligibility, roster, cursor } = input;
  const ranked = (rankOf: (agent: number) => number) => createRankedChooser(eligibility, roster, rankOf, cursor);
  switch (strategy) {
    case "ROUND_ROBIN":
      return createRoundRobinChooser(eligibility, roster, cursor);
    case "LOAD_BALANCED":
      return ranked(() => 0);
    case "PRIORITY_BASED":
      return ranked((agent) => (roster.relativeLoad[agent]! < 1 ? -agents[agent]!.successEstimate : Infinity));
    case "CONFIDENCE_BASED": {
      const { shares, positions } = shareByConfidence(agents, tasks);
      return ranked((agent) => (roster.taken[agent]! < shares[agent]! ? positions[agent]! : Infinity));
    }
  }
};
