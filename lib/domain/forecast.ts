import type { AgentState } from "./agent.ts";
import { assignTasks, type AssignableTask } from "./assign.ts";
import { assignableAgent, assignableTask, MAX_ROUNDS } from "./dispatch.ts";
import { expectAttempts, type Expectation, expectSuccess, timeoutSecondsOf } from "./estimate-outcome.ts";
import type { RunConfig } from "./run-config.ts";
import type { Task } from "./task.ts";

/** An attempt on top of what the agent takes: the executor's own time, assumed. */
export const EXECUTOR_SECONDS = 0.02;

/** How long an agent of which nothing is known takes for a task that does not say it either, in seconds; assumed. */
export const UNKNOWN_ATTEMPT_SECONDS = 0.1;

/** What a wave puts on an agent. */
export interface AgentLoad {
  readonly tasks: number;
  /** Sum of the tasks' weights. */
  readonly weight: number;
}

/** What is expected of a wave's tasks; sums, so that waves add up. */
export interface WaveForecast {
  /** By agent, in the order of the fleet. */
  readonly loads: readonly AgentLoad[];
  /** Tasks that no agent may take, with the reason of the first few. */
  readonly unassigned: number;
  readonly examples: readonly { readonly task_id: string; readonly detail: string }[];
  /** Tasks that find an agent. */
  readonly assigned: number;
  /** Sum of their chances of success. */
  readonly success: number;
  /** Sum of their predicted success rates. */
  readonly predicted: number;
  /** Sum of the expected distances between prediction and outcome. */
  readonly delta: number;
  readonly attempts: number;
  /** Of them by agent, in the order of the fleet. */
  readonly attemptsOf: readonly number[];
  /** Sum of the chances that an attempt fails in passing, and that a pass leaves the task to a backup. */
  readonly retried: number;
  readonly leftOver: number;
  /** Sum of the tasks' times for one attempt, and of the longest one of each batch. */
  readonly attemptSeconds: number;
  readonly longestSeconds: number;
  readonly batches: number;
  /** The agent whose turn is next in ROUND_ROBIN. */
  readonly cursor: number;
}

/** What a wave is dealt out by. */
export interface ForecastContext {
  /** Sorted by id. */
  readonly agents: readonly AgentState[];
  readonly config: RunConfig;
  /** Epoch ms. */
  readonly now: number;
  readonly cursor: number;
  /** Tasks of a child. */
  readonly batchSize: number;
}

/** A task with the load that it puts on its agent. */
export interface WeightedTask {
  readonly task: Task;
  readonly weight: number;
}

/** Tasks that are named among those that no agent may take. */
const MAX_EXAMPLES = 5;

/** How long an attempt takes, in seconds. */
interface AttemptTime {
  /** Where it does not hang. */
  readonly seconds: number;
  /** Where it does. */
  readonly limit: number;
  /** Chance that it does, 0..1. */
  readonly hangs: number;
}

/** What a simulated agent takes whatever the prediction says, else what the prediction says; no longer than the task's time limit. */
const attemptTimeOf = (task: Task, { endpoint }: AgentState, config: RunConfig, hangs: number): AttemptTime => {
  const { estimated_duration_ms: ms = 1_000 * UNKNOWN_ATTEMPT_SECONDS } = task;
  const limit = timeoutSecondsOf(config, task.constraints);
  const seconds = (endpoint.kind === "simulated" ? endpoint.latency_ms : ms) / 1_000;
  return { seconds: Math.min(seconds, limit) + EXECUTOR_SECONDS, limit: limit + EXECUTOR_SECONDS, hangs };
};

/** What is expected of the attempts at a task; the same for all tasks of an agent that set no limits of their own. */
const createExpect = (agents: readonly AgentState[], config: RunConfig) => {
  const usual = agents.map(({ endpoint }) => expectAttempts(endpoint, config, {}));
  return ({ constraints }: Task, agent: number): Expectation =>
    constraints.max_retries === undefined && constraints.timeout_seconds === undefined
      ? usual[agent]!
      : expectAttempts(agents[agent]!.endpoint, config, constraints);
};

/** Sums that grow. */
const createSums = (agents: number) => ({
  loads: Array.from({ length: agents }, () => ({ tasks: 0, weight: 0 })),
  examples: [] as { readonly task_id: string; readonly detail: string }[],
  unassigned: 0,
  assigned: 0,
  success: 0,
  predicted: 0,
  delta: 0,
  attempts: 0,
  attemptsOf: Array.from({ length: agents }, () => 0),
  retried: 0,
  leftOver: 0,
  attemptSeconds: 0,
  longestSeconds: 0,
  batches: 0,
});
type Sums = ReturnType<typeof createSums>;

const addTask = (sums: Sums, { task, weight }: WeightedTask, agent: number, expected: Expectation): void => {
  const { success_rate: predicted } = task;
  const success = expectSuccess(expected, predicted);
  const load = sums.loads[agent]!;
  load.tasks += 1;
  load.weight += weight;
  sums.assigned += 1;
  sums.success += success;
  sums.predicted += predicted;
  sums.delta += success * (1 - predicted) + (1 - success) * predicted;
  sums.attempts += expected.attempts;
  sums.attemptsOf[agent]! += expected.attempts;
  sums.retried += expected.retried;
  sums.leftOver += expected.leftOver;
};

/** One attempt in a batch that hangs makes all of it wait for the time limit. */
const addBatch = (sums: Sums, times: readonly AttemptTime[]): void => {
  let longest = 0;
  let limit = 0;
  let none = 1;
  for (const time of times) {
    sums.attemptSeconds += time.seconds + time.hangs * (time.limit - time.seconds);
    longest = Math.max(longest, time.seconds);
    if (time.hangs > 0) limit = Math.max(limit, time.limit);
    none *= 1 - time.hangs;
  }
  sums.longestSeconds += longest + (1 - none) * Math.max(0, limit - longest);
  sums.batches += 1;
};

const refuse = (sums: Sums, task_id: string, detail: string): void => {
  sums.unassigned += 1;
  if (sums.examples.length < MAX_EXAMPLES) sums.examples.push({ task_id, detail });
};

/**
 * Deals a wave out as its run would, pass after pass where rate limits let agents take only some of it, and sums up what is expected.
 * As nothing has run yet, every dependency counts as met, every `not_before` as come, and no agent as gone.
 */
export const forecastWave = (tasks: readonly WeightedTask[], context: ForecastContext): WaveForecast => {
  const { agents, config, now, batchSize } = context;
  const assignable = agents.map((agent) => assignableAgent(agent, now, config.cooldown_seconds));
  const expect = createExpect(agents, config);
  const sums = createSums(agents.length);
  let { cursor } = context;
  let pending = tasks;
  for (let pass = 1; pending.length > 0; pass += 1) {
    const plan = assignTasks({
      strategy: config.strategy,
      tasks: pending.map(toAssignable),
      agents: assignable,
      cursor,
    });
    ({ cursor } = plan);
    for (let from = 0; from < plan.order.length; from += batchSize) {
      const times: AttemptTime[] = [];
      for (const index of plan.order.subarray(from, from + batchSize)) {
        const weighted = pending[index]!;
        const agent = plan.agentOf[index]!;
        const expected = expect(weighted.task, agent);
        addTask(sums, weighted, agent, expected);
        times.push(attemptTimeOf(weighted.task, agents[agent]!, config, expected.hangs));
      }
      addBatch(sums, times);
    }
    const later: WeightedTask[] = [];
    for (const { taskIndex, reason, detail } of plan.unassigned) {
      const task = pending[taskIndex]!;
      if (reason === "rate_limit" && pass < MAX_ROUNDS) later.push(task);
      else refuse(sums, task.task.task_id, detail);
    }
    pending = later;
  }
  return { ...sums, cursor };
};

const toAssignable = ({ task, weight }: WeightedTask): AssignableTask => assignableTask({ task, weight, wave: 0 });
