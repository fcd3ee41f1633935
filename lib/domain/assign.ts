import { AgentRoster } from "./agent-roster.ts";
import { countPassedOver, explainUnassigned } from "./assign-decision.ts";
import { createChooser, orderTasks } from "./assign-strategies.ts";
import { findEligibility, isProbe, type AssignableAgent, type AssignableTask } from "./eligibility.ts";
import type { Decision } from "./record.ts";
import type { Strategy } from "./run-config.ts";

/** Which agent takes which task. Arrays of numbers, because a million tasks must fit; tasks and agents are given by index. */
export interface AssignmentPlan {
  /** The assigned tasks in the order in which they are to be dispatched. */
  readonly order: Int32Array;
  /** By task; -1 = none. */
  readonly agentOf: Int32Array;
  /** Why the task went to its agent; for one that is not assigned, why every agent was passed over. */
  decisionOf(taskIndex: number): Decision;
  /** Tasks that no agent may take now; `rate_limit`: only used-up quotas are in the way, so a later pass may assign them. */
  readonly unassigned: readonly {
    readonly taskIndex: number;
    readonly reason: "unassignable" | "rate_limit";
    readonly detail: string;
  }[];
  /** Index of the agent whose turn is next in ROUND_ROBIN; the other strategies give back the one they got. */
  readonly cursor: number;
  /** By agent: weight that this plan adds. */
  readonly loadOf: Float64Array;
}

/**
 * Deals the tasks out to the agents by a strategy (SPEC S1–S6). `agents` are sorted by id; `cursor` is that of the plan before.
 * An agent that has tried a task gets it again only when no other one may take it now.
 */
export const assignTasks = (input: {
  readonly strategy: Strategy;
  readonly tasks: readonly AssignableTask[];
  readonly agents: readonly AssignableAgent[];
  readonly cursor?: number;
}): AssignmentPlan => {
  const { strategy, tasks, agents, cursor = 0 } = input;
  const eligibility = findEligibility(tasks, agents);
  const { classes, classOf } = eligibility;
  const roster = new AgentRoster(agents, eligibility);
  const chooser = createChooser({ strategy, agents, tasks: tasks.length, eligibility, roster, cursor });
  const order = orderTasks(strategy, tasks);
  const n = tasks.length;
  const w0 = new Float64Array(n);
  for (let i=0;i<n;i++) w0[i]=tasks[i]!.weight;
  const w = new Float64Array(n), cl = new Int32Array(n);
  for (let i=0;i<n;i++) { w[i]=w0[order[i]!]!; cl[i]=classOf[order[i]!]!; }
  const agentAt = new Int32Array(n).fill(-1);
  const eligibleFor = new Int32Array(n);
  const loadBefore = new Float64Array(n);
  const explanations: ReturnType<typeof explainUnassigned>[] = [];
  const unassigned: AssignmentPlan["unassigned"][number][] = [];
  for (let turn = 0; turn < order.length; turn += 1) {
    const position = cl[turn]!;
    const taskClass = classes[position]!;
    const untried = roster.countUntried(taskClass, position);
    const agent = untried > 0 ? chooser.amongUntried(taskClass) : chooser.among(taskClass.tried);
    if (agent === -1) {
      explanations[position] ??= explainUnassigned(taskClass);
      unassigned.push({ taskIndex:order[turn]!, ...explanations[position] });
      continue;
    }
    agentAt[turn] = agent;
    eligibleFor[turn] = untried > 0 ? untried : roster.countOpen(taskClass.tried);
    loadBefore[turn] = roster.relativeLoad[agent]!;
    roster.take(agent, w[turn]!);
    chooser.took(agent);
  }
  const agentOf = new Int32Array(n), turnOf = new Int32Array(n);
  for (let i=0;i<n;i++) { const t=order[i]!; agentOf[t]=agentAt[i]!; turnOf[t]=i; }
  const decisionOf = (taskIndex: number): Decision => {
    const agent = agentOf[taskIndex]!;
    const eligible = eligibleFor[taskIndex]!;
    return {
      strategy,
      load: loadBefore[taskIndex]!,
      eligible,
      passed_over: countPassedOver(classes[classOf[taskIndex]!]!, agent, eligible),
      ...(agent !== -1 && isProbe(agents[agent]!) && { probe: true }),
    };
  };
  return {
    order: order.filter((taskIndex) => agentOf[taskIndex] !== -1),
    agentOf,
    decisionOf,
    unassigned,
    cursor: chooser.cursor(),
    loadOf: roster.added,
  };
};
