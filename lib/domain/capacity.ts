import { KEPT_MARKS, MARK_LENGTH } from "./agent.ts";
import { childSeconds, executorShare, type ExecutorShare, tasksPerChild } from "./child-time.ts";
import { attemptsPerTask, passesPerTask, writesPerTask } from "./estimate-attempts.ts";
import { limits } from "./function-environment.ts";
import { MAX_TASKS_PER_WAVE } from "./plan.ts";
import { formatNumber } from "./report-figures.ts";
import { round } from "./round.ts";
import type { RunConfig } from "./run-config.ts";

/** Most tasks of one run: what planning and the report are sized for in the memory that their functions have. */
const MAX_TASKS_PER_RUN = 1_000_000;

/** How old an executor's view of the fleet may be before it reads it again, as `FLEET_CACHE_MS` of lib/steps has it. */
export const FLEET_VIEW_SECONDS = 5;

/** Bytes that an agent and its lease take in the table, without its marks: what the agents of the examples take. */
const AGENT_BYTES = 450;

/** Bytes of a mark in the table, and how many of them an agent of a fleet in use has on average. */
const MARK_BYTES = MARK_LENGTH + 1;
const MARKS = 1.5 * KEPT_MARKS;

/** Bytes that one read request unit covers, and one write request unit. */
const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

/** Quotas of AWS and defaults of its services; the sources stand at the bounds that are made of them. */
const quotas = {
  childStartsPerSecond: 1_000,
  requestsPerSecondAndEnvironment: 10,
  readUnitsPerSecondAndPartition: 3_000,
  writeUnitsPerSecondOfNewTable: 4_000,
} as const;

/** What a plan is told, or assumes, of tasks and agents. */
export interface Workload {
  readonly agents: number;
  /** Tasks that all agents together carry at a time. */
  readonly capacity: number;
  /** Attempts a second that the agents' rate limits let through, dealt out as they are; absent where no agent has one. */
  readonly attemptsPerSecond?: number;
  /** Share of the attempts that fall to agents with a rate limit, 0..1. */
  readonly limited: number;
  /** Mean time of an attempt, in seconds, from the executor's start to its end. */
  readonly attemptSeconds: number;
  /** Mean over the children of their longest first attempt, in seconds. */
  readonly longestAttemptSeconds: number;
  /** Share of the attempts that fail in passing and are made again while retries are left, 0..1. */
  readonly retried: number;
  /** What is known of the agents' faults; where nothing is, it is made of `retried`. */
  readonly expected?: {
    /** Mean number of attempts of a task over all passes. */
    readonly attempts: number;
    /** Share of the tasks that a pass leaves to a backup agent, 0..1. */
    readonly leftOver: number;
  };
  /** Mean size of a task on its way to an executor. */
  readonly taskBytes: number;
  readonly config: Pick<
    RunConfig,
    "retry_strategy" | "max_retries" | "max_passes" | "num_waves" | "wave_concurrency" | "dispatch_concurrency"
  >;
}

/** One thing that bounds how fast tasks can run. */
export interface Bound {
  readonly name:
    | "children"
    | "executors"
    | "executor_requests"
    | "child_starts"
    | "rate_limits"
    | "fleet_reads"
    | "attempt_writes"
    | "agent_capacity";
  readonly tasks_per_second: number;
  /** What it consists of, in one line. */
  readonly limit: string;
  /** Who sets the limit. */
  readonly source: string;
  /** What to raise where it binds. */
  readonly raise: string;
  /** False where AWS holds nobody to it: what is above it overloads somebody. */
  readonly held: boolean;
}

/** Read request units that one reading of a fleet takes, of so many agents with so many marks each. */
export const fleetReadUnits = (agents: number, marks = MARKS): number =>
  Math.max(1, Math.ceil((agents * (AGENT_BYTES + marks * MARK_BYTES)) / READ_UNIT_BYTES));

/** Write request units that a change of an agent with so many marks takes. */
export const agentWriteUnits = (marks = MARKS): number =>
  Math.ceil((AGENT_BYTES + marks * MARK_BYTES) / WRITE_UNIT_BYTES);

/** Waves that run side by side where no dependency and no resource keeps them apart. */
export const wavesSideBySide = ({ config }: Pick<Workload, "config">, waves = config.num_waves): number =>
  Math.max(1, Math.min(config.wave_concurrency, waves));

const childBounds = (workload: Workload, sideBySide: number): readonly Bound[] => {
  const batch = tasksPerChild(workload);
  const children = workload.config.dispatch_concurrency * sideBySide;
  const seconds = childSeconds(workload);
  const passes = passesPerTask(workload);
  return [
    {
      name: "children",
      tasks_per_second: (children * batch) / (seconds * passes),
      limit: `${children} children at a time, ${batch} tasks each, ${seconds.toFixed(2)} s each`,
      source: "Step Functions developer guide, service quotas: up to 10,000 at a time",
      raise: "dispatch_concurrency in config.json: children wait for their slowest task while executors are idle",
      held: true,
    },
    {
      name: "child_starts",
      tasks_per_second: (quotas.childStartsPerSecond * batch) / passes,
      limit: `${formatNumber(quotas.childStartsPerSecond)} children started a second, ${batch} tasks each`,
      source: "Step Functions developer guide, service quotas: Distributed Map, Express children",
      raise: "smaller tasks, so that more of them share a child",
      held: true,
    },
  ];
};

const executorBounds = ({ invocations, seconds }: ExecutorShare): readonly Bound[] => {
  const executors = limits.executorConcurrency;
  return [
    {
      name: "executors",
      tasks_per_second: executors / seconds,
      limit: `${executors} executors at a time, ${round(seconds, 4)} s of them a task`,
      source: "executorConcurrency in lib/domain/function-environment.ts; Lambda gives an account 1,000 in a Region",
      raise: "the account's concurrent executions (Service Quotas), then executorConcurrency",
      held: true,
    },
    {
      name: "executor_requests",
      tasks_per_second: (executors * quotas.requestsPerSecondAndEnvironment) / invocations,
      limit: `${quotas.requestsPerSecondAndEnvironment} requests a second for each of ${executors} executors, ${round(invocations, 3)} a task`,
      source: "Lambda developer guide, quotas: synchronous requests a second, 10 × concurrency",
      raise: "the account's concurrent executions (Service Quotas), then executorConcurrency",
      held: true,
    },
  ];
};

const tableBounds = (workload: Workload, { seconds }: ExecutorShare): readonly Bound[] => {
  const units = fleetReadUnits(workload.agents);
  const executors = (quotas.readUnitsPerSecondAndPartition * FLEET_VIEW_SECONDS) / units;
  const writes = writesPerTask(workload);
  return [
    {
      name: "fleet_reads",
      tasks_per_second: executors / seconds,
      limit: `${formatNumber(quotas.readUnitsPerSecondAndPartition)} read units a second of one partition; an executor reads ${units} every ${FLEET_VIEW_SECONDS} s`,
      source: "DynamoDB developer guide, partitions: 3,000 read units a second",
      raise: "the number of fleets: each has a partition of its own",
      held: true,
    },
    {
      name: "attempt_writes",
      tasks_per_second: quotas.writeUnitsPerSecondOfNewTable / writes,
      limit: `${formatNumber(quotas.writeUnitsPerSecondOfNewTable)} write units a second of a new table, ${writes.toFixed(3)} a task`,
      source: "DynamoDB developer guide, on-demand capacity: 4,000 write units at first, then twice the last peak",
      raise: "the table's warm throughput",
      held: true,
    },
  ];
};

const agentBounds = (
  { agents, capacity, attemptSeconds, attemptsPerSecond = Number.POSITIVE_INFINITY }: Workload,
  attempts: number,
): readonly Bound[] => [
  {
    name: "rate_limits",
    tasks_per_second: attemptsPerSecond / attempts,
    limit: `${round(attemptsPerSecond, 3)} attempts a second, by the rate limits of agents and what each of them is dealt`,
    source: "rate_limit_per_second in agents.json",
    raise: "rate_limit_per_second, or the number of agents",
    held: true,
  },
  {
    name: "agent_capacity",
    tasks_per_second: capacity / (attempts * attemptSeconds),
    limit: `${formatNumber(agents)} agents that carry ${formatNumber(capacity)} tasks at a time together`,
    source: "capacity in agents.json",
    raise: "capacity, or the number of agents",
    held: false,
  },
];

/** Everything that bounds the speed of a run on AWS, the tightest first, nothing that does not; `sideBySide` waves are dispatched at the same time. */
export const boundsOf = (workload: Workload, sideBySide = wavesSideBySide(workload)): readonly Bound[] => {
  const share = executorShare(workload);
  return [
    ...childBounds(workload, sideBySide),
    ...executorBounds(share),
    ...tableBounds(workload, share),
    ...agentBounds(workload, attemptsPerTask(workload)),
  ]
    .filter((bound) => Number.isFinite(bound.tasks_per_second))
    .toSorted((a, b) => a.tasks_per_second - b.tasks_per_second);
};

/** The bound that a run meets first. */
export const bindingBound = (bounds: readonly Bound[]): Bound => bounds.find(({ held }) => held)!;

/** How tasks are cut into runs, and the largest of these into waves. */
export interface Split {
  readonly runs: number;
  readonly tasks_per_run: number;
  readonly waves_per_run: number;
  /** Of the largest wave. */
  readonly tasks_per_wave: number;
}

/** Cuts tasks into as few runs of about the same size as there may be, and these into the waves that were asked for, or more. */
export const splitTasks = (tasks: number, numWaves: number): Split => {
  const runs = Math.max(1, Math.ceil(tasks / MAX_TASKS_PER_RUN));
  const perRun = Math.ceil(tasks / runs);
  const waves = Math.min(Math.max(numWaves, Math.ceil(perRun / MAX_TASKS_PER_WAVE)), Math.max(1, perRun));
  return { runs, tasks_per_run: perRun, waves_per_run: waves, tasks_per_wave: Math.ceil(perRun / waves) };
};
