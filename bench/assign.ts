import { assignTasks } from "../lib/domain/assign.ts";
import type { AssignableAgent, AssignableTask } from "../lib/domain/eligibility.ts";
import { randomFor } from "../lib/domain/random.ts";
import type { Figures } from "./benchmark.ts";

const TASKS = 1_000_000;
const AGENTS = 1_000;

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
 * Times LOAD_BALANCED alone on a million tasks and a thousand agents: with equal weights, after once to warm up, and with mixed
 * weights, which are sorted first.
 */
export const benchAssign = async (): Promise<Figures> => {
  const agents = Array.from({ length: AGENTS }, (_, index) => agentOf(index));
  const equal = Array.from({ length: TASKS }, (_, index) => taskOf(index, 1));
  secondsToAssign(equal, agents);
  const seconds = secondsToAssign(equal, agents);
  const mixed = Array.from({ length: TASKS }, (_, index) => taskOf(index, 0.1 + 9.9 * randomFor("weight", index)));
  return {
    seconds,
    mixed_weights_seconds: secondsToAssign(mixed, agents),
    peak_rss_megabytes: process.resourceUsage().maxRSS / 1_024,
  };
};
