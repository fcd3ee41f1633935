import type { AssignableAgent, AssignableTask, AssignmentPlan } from "../../lib/domain/assign.ts";

/** A task that any agent may take. */
export const task = (changes: Partial<AssignableTask> = {}): AssignableTask => ({
  task_id: "task",
  priority: 50,
  confidence: 0.85,
  weight: 1,
  capabilities: [],
  tried: [],
  ...changes,
});

/** An agent that may take any task. */
export const agent = (id: string, changes: Partial<AssignableAgent> = {}): AssignableAgent => ({
  id,
  capabilities: [],
  capacity: 10,
  confidence: 0.85,
  online: true,
  load: 0,
  successEstimate: 0.85,
  quota: Infinity,
  probe: false,
  ...changes,
});

/** An OFFLINE agent that may take one task to show whether it answers again. */
export const probe = (id: string, changes: Partial<AssignableAgent> = {}): AssignableAgent =>
  agent(id, { online: false, probe: true, ...changes });

/** `n` tasks alike. */
export const tasks = (n: number, changes: Partial<AssignableTask> = {}): AssignableTask[] =>
  Array.from({ length: n }, () => task(changes));

/** Ids of the agents that took the tasks, by task; null = none. */
export const takers = (plan: AssignmentPlan, agents: readonly AssignableAgent[]): (string | null)[] =>
  Array.from(plan.agentOf, (index) => agents[index]?.id ?? null);

/** Standard deviation ÷ mean. */
export const variation = (loads: readonly number[]): number => {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const variance = loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length;
  return Math.sqrt(variance) / mean;
};
