import { assignTasks } from "../lib/domain/assign.ts";
import type { AssignableAgent, AssignableTask } from "../lib/domain/eligibility.ts";
import { randomFor } from "../lib/domain/random.ts";

const TASKS = 1_000_000;
const AGENTS = 1_000;
const RUNS = 5;

const none: readonly string[] = [];

const taskOf = (index: number, weight: number): AssignableTask => ({
  task_id: `task-${index}`,
  priority: 50,
  confidence: 0.85,
  weight,
  capabilities: none,
  tried: none,
});

const agentOf = (index: number): AssignableAgent => ({
  id: `agent_${String(index).padStart(4, "0")}`,
  capabilities: none,
  capacity: 10,
  confidence: 0.85,
  online: true,
  load: 0,
  successEstimate: 0.85,
  quota: Infinity,
  probe: false,
});

const secondsToAssign = (tasks: readonly AssignableTask[], agents: readonly AssignableAgent[]): number => {
  const start = performance.now();
  assignTasks({ strategy: "LOAD_BALANCED", tasks, agents });
  return (performance.now() - start) / 1_000;
};

/**
 * Times LOAD_BALANCED on a million tasks and a thousand agents: five runs with equal weights after one to warm up, and one run
 * with mixed weights, which are sorted first.
 */
export const benchAssign = () => {
  const agents = Array.from({ length: AGENTS }, (_, index) => agentOf(index));
  const equal = Array.from({ length: TASKS }, (_, index) => taskOf(index, 1));
  secondsToAssign(equal, agents);
  const seconds = Array.from({ length: RUNS }, () => secondsToAssign(equal, agents));
  const mixed = Array.from({ length: TASKS }, (_, index) => taskOf(index, 0.1 + 9.9 * randomFor("weight", index)));
  return {
    name: "assign_1m_x_1k" as const,
    tasks: TASKS,
    agents: AGENTS,
    seconds_median: seconds.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN,
    seconds_all: seconds,
    seconds_mixed_weights: secondsToAssign(mixed, agents),
  };
};
