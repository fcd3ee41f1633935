import { AgentRoster } from "./agent-roster.ts";
import { countPassedOver, explainUnassigned, type Unassigned } from "./assign-decision.ts";
import type { AgentChooser } from "./agent-chooser.ts";
import { createChooser, orderTasks, readColumn } from "./assign-strategies.ts";
import {
  findEligibility,
  isProbe,
  type AssignableAgent,
  type AssignableTask,
  type Eligibility,
} from "./eligibility.ts";
import type { Decision } from "./record.ts";
import type { Strategy } from "./run-config.ts";

export type { AssignableAgent, AssignableTask } from "./eligibility.ts";

/** Which agent takes which task. Arrays of numbers, because a million tasks must fit; tasks and agents are given by index. */
export interface AssignmentPlan {
  /** The assigned tasks in the order in which they are to be dispatched. */
  readonly order: Int32Array;
  /** By task; -1 = none. */
  readonly agentOf: Int32Array;
  /** Why the task went to its agent; for one that is not assigned, why every agent was passed over. */
  readonly decisionOf: (taskIndex: number) => Decision;
  /** Tasks that no agent may take now. */
  readonly unassigned: readonly UnassignedTask[];
  /** Index of the agent whose turn is next in ROUND_ROBIN; the other strategies give back the one they got. */
  readonly cursor: number;
  /** By agent: weight that this plan adds. */
  readonly loadOf: Float64Array;
}

/** A task that no agent may take now. */
export interface UnassignedTask extends Unassigned {
  readonly taskIndex: number;
}

interface AssignmentInput {
  readonly strategy: Strategy;
  readonly tasks: readonly AssignableTask[];
  /** Sorted by id. */
  readonly agents: readonly AssignableAgent[];
  /** The cursor of the plan before; 0 at the start of a run. */
  readonly cursor?: number;
}

/**
 * Deals the tasks out to the agents by a strategy (SPEC S1–S6). An agent that has tried a task gets it again only when no other
 * one may take it now.
 */
export const assignTasks = ({ strategy, tasks, agents, cursor = 0 }: AssignmentInput): AssignmentPlan => {
  const eligibility = findEligibility(tasks, agents);
  const roster = new AgentRoster(agents, eligibility);
  const chooser = createChooser({ strategy, agents, tasks: tasks.length, eligibility, roster, cursor });
  const order = orderTasks(strategy, tasks);
  const weights = readColumn(tasks, (task) => task.weight);
  const { agentAt, eligibleAt, loadAt, unassigned } = dealTasks(order, weights, eligibility, roster, chooser);

  const turnOf = new Int32Array(tasks.length);
  for (let turn = 0; turn < order.length; turn += 1) turnOf[order[turn]!] = turn;
  const decisionOf = (taskIndex: number): Decision => {
    const turn = turnOf[taskIndex]!;
    const agent = agentAt[turn]!;
    const eligible = eligibleAt[turn]!;
    const taskClass = eligibility.classes[eligibility.classOf[taskIndex]!]!;
    return {
      strategy,
      load: loadAt[turn]!,
      eligible,
      passed_over: countPassedOver(taskClass, agent, eligible),
      ...(agent !== -1 && isProbe(agents[agent]!) && { probe: true }),
    };
  };
  return {
    order: unassigned.length === 0 ? order : order.filter((_, turn) => agentAt[turn] !== -1),
    agentOf: turnOf.map((turn) => agentAt[turn]!),
    decisionOf,
    unassigned,
    cursor: chooser.cursor(),
    loadOf: roster.added,
  };
};

/** Gives each task its agent, in order. The results stand by turn: in memory's order each would cost a cache miss. */
const dealTasks = (
  order: Int32Array,
  weights: Float64Array,
  { classes, classOf }: Eligibility,
  roster: AgentRoster,
  chooser: AgentChooser,
) => {
  const classAt = new Int32Array(order.length);
  const weightAt = new Float64Array(order.length);
  for (let turn = 0; turn < order.length; turn += 1) {
    classAt[turn] = classOf[order[turn]!]!;
    weightAt[turn] = weights[order[turn]!]!;
  }
  const agentAt = new Int32Array(order.length).fill(-1);
  const eligibleAt = new Int32Array(order.length);
  const loadAt = new Float64Array(order.length);
  const unassigned: UnassignedTask[] = [];
  for (let turn = 0; turn < order.length; turn += 1) {
    const position = classAt[turn]!;
    const taskClass = classes[position]!;
    const untried = roster.countUntried(taskClass, position);
    const agent = untried > 0 ? chooser.amongUntried(taskClass) : chooser.among(taskClass.tried);
    if (agent === -1) {
      unassigned.push({ taskIndex: order[turn]!, ...explainUnassigned(taskClass) });
      continue;
    }
    agentAt[turn] = agent;
    eligibleAt[turn] = untried > 0 ? untried : roster.countOpen(taskClass.tried);
    loadAt[turn] = roster.relativeLoad[agent]!;
    roster.take(agent, weightAt[turn]!);
    chooser.took(agent);
  }
  return { agentAt, eligibleAt, loadAt, unassigned };
};
