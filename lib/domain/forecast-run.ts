import type { AgentState } from "./agent.ts";
import { bindingBound, type Bound, boundsOf, wavesSideBySide, type Workload } from "./capacity.ts";
import { tasksPerChild } from "./child-time.ts";
import { type Cost, costOf } from "./bill.ts";
import { type Duration, estimateDuration } from "./estimate.ts";
import { estimateUsage } from "./estimate-usage.ts";
import { type AgentLoad, forecastWave, type WaveForecast } from "./forecast.ts";
import { type HealthComponents, healthComponents, healthScore, type HealthStatus, healthStatus } from "./health.ts";
import type { Plan } from "./plan.ts";
import type { RunConfig } from "./run-config.ts";
import type { Task } from "./task.ts";

/** A planned run: the tasks by their index, and where each of them stands. */
export interface PlannedRun {
  readonly taskAt: (index: number) => Task;
  /** By task: load that it puts on its agent. */
  readonly weights: readonly number[];
  readonly plan: Plan;
  /** Mean size of a task, in bytes of JSON. */
  readonly taskBytes: number;
}

/** A wave as it is expected to run. */
interface ForecastedWave {
  readonly wave: number;
  readonly tasks: number;
  readonly depends_on_waves: readonly number[];
  /** Sum of the weights of its tasks that find an agent. */
  readonly weight: number;
  /** Tasks of the agent that gets most of the wave's weight, and their weight; null where nobody gets any. */
  readonly busiest: (AgentLoad & { readonly agent_id: string }) | null;
}

/** An agent with what the run is expected to bring it. */
interface ForecastedAgent extends AgentLoad {
  readonly agent_id: string;
  readonly online: boolean;
  /** In the order of the waves. */
  readonly tasks_by_wave: readonly number[];
}

interface ExpectedHealth {
  readonly score: number;
  readonly status: HealthStatus;
  readonly components: HealthComponents;
}

/** What a run is expected to come to. */
export interface RunForecast {
  readonly waves: readonly ForecastedWave[];
  readonly agents: readonly ForecastedAgent[];
  readonly unassigned: Pick<WaveForecast, "examples"> & { readonly tasks: number };
  readonly expected: {
    /** Mean of the predicted success rates; null where no task finds an agent. */
    readonly predicted_success_rate: number | null;
    /** Share of all tasks that is expected to end COMPLETED; null, as the next ones, where no task finds an agent. */
    readonly success_rate: number | null;
    readonly health: ExpectedHealth | null;
    readonly duration: Duration | null;
    readonly bound: Bound | null;
    readonly attempts: number;
    /** Of them on agents with a rate limit. */
    readonly attempts_limited: number;
    readonly cost: Cost;
  };
}

/** Bytes that an assignment has besides its task. */
const DECISION_BYTES = 160;

const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const indexesByWave = ({ waveOf, waves }: Plan): readonly (readonly number[])[] => {
  const lists = new Map(waves.map(({ wave }) => [wave, [] as number[]]));
  for (const [index, wave] of waveOf.entries()) lists.get(wave)?.push(index);
  return [...lists.values()];
};

const forecastWaves = (run: PlannedRun, agents: readonly AgentState[], config: RunConfig, now: number) => {
  const batchSize = tasksPerChild({ taskBytes: run.taskBytes + DECISION_BYTES });
  let cursor = 0;
  return indexesByWave(run.plan).map((indexes) => {
    const tasks = indexes.map((index) => ({ task: run.taskAt(index), weight: run.weights[index]! }));
    const forecast = forecastWave(tasks, { agents, config, now, cursor, batchSize });
    ({ cursor } = forecast);
    return forecast;
  });
};

const busiestOf = (loads: readonly AgentLoad[], agents: readonly AgentState[]): ForecastedWave["busiest"] => {
  const most = loads.reduce((best, { weight }, index) => (weight > (loads[best]?.weight ?? 0) ? index : best), -1);
  const load = loads[most];
  return load === undefined ? null : { agent_id: agents[most]!.id, ...load };
};

const largestGroup = ({ groups }: Plan): number => groups.reduce((most, { length }) => Math.max(most, length), 1);

/** Attempts on agents with a rate limit, and the seconds that the slowest of these agents needs for its own. */
const limitedAttempts = (waves: readonly WaveForecast[], agents: readonly AgentState[]) => {
  const limited = agents.flatMap(({ rate_limit_per_second: rate }, agent) => {
    const attempts = add(waves.map((wave) => wave.attemptsOf[agent]!));
    return rate === undefined ? [] : [{ attempts, seconds: attempts / rate }];
  });
  return {
    attempts: add(limited.map(({ attempts }) => attempts)),
    seconds: limited.reduce((most, { seconds }) => Math.max(most, seconds), 0),
  };
};

/** What the tasks of a run ask of AWS, by their means. */
const workloadOf = (
  waves: readonly WaveForecast[],
  { taskBytes, plan }: PlannedRun,
  agents: readonly AgentState[],
  config: RunConfig,
): Workload => {
  const assigned = Math.max(1, add(waves.map((wave) => wave.assigned)));
  const attempts = add(waves.map((wave) => wave.attempts));
  const online = agents.filter((agent) => agent.online);
  const limited = limitedAttempts(waves, agents);
  return {
    agents: online.length,
    capacity: add(online.map(({ capacity }) => capacity)),
    ...(limited.seconds > 0 && { attemptsPerSecond: attempts / limited.seconds }),
    limited: limited.attempts / Math.max(1, attempts),
    attemptSeconds: add(waves.map((wave) => wave.attemptSeconds)) / assigned,
    longestAttemptSeconds:
      add(waves.map((wave) => wave.longestSeconds)) / Math.max(1, add(waves.map((wave) => wave.batches))),
    retried: add(waves.map((wave) => wave.retried)) / assigned,
    expected: {
      attempts: attempts / assigned,
      leftOver: add(waves.map((wave) => wave.leftOver)) / assigned,
    },
    taskBytes: taskBytes + DECISION_BYTES,
    config: { ...config, wave_concurrency: Math.min(config.wave_concurrency, largestGroup(plan)) },
  };
};

const healthOf = (
  waves: readonly WaveForecast[],
  loads: readonly AgentLoad[],
  agents: readonly AgentState[],
  tasks: number,
): ExpectedHealth => {
  const assigned = add(waves.map((wave) => wave.assigned));
  const components = healthComponents({
    tasks,
    completed: add(waves.map((wave) => wave.success)),
    onlineAgents: agents.filter(({ online }) => online).length,
    agents: agents.length,
    meanDelta: add(waves.map((wave) => wave.delta)) / Math.max(1, assigned),
    loads: loads.filter((_, agent) => agents[agent]!.online).map((load) => load.tasks),
  });
  const score = healthScore(components);
  return { score, status: healthStatus(score), components };
};

/**
 * What a planned run is expected to come to on this fleet: who gets what, success, health by the formula of SPEC H1, and time and
 * cost on AWS.
 */
export const forecastRun = (
  run: PlannedRun,
  agents: readonly AgentState[],
  config: RunConfig,
  now: number,
): RunForecast => {
  const waves = forecastWaves(run, agents, config, now);
  const loads = agents.map((_, agent) => ({
    tasks: add(waves.map((wave) => wave.loads[agent]!.tasks)),
    weight: add(waves.map((wave) => wave.loads[agent]!.weight)),
  }));
  const workload = workloadOf(waves, run, agents, config);
  const sizes = waves.map((wave) => wave.assigned).filter((tasks) => tasks > 0);
  const { phase_18, phase_20 } = config.feedback;
  const usage = estimateUsage({ waves: sizes, workload, signalsPerTask: Number(phase_18) + Number(phase_20) });
  const assigned = add(sizes);
  const tasks = run.weights.length;
  const completed = add(waves.map((wave) => wave.success));
  return {
    waves: run.plan.waves.map(({ wave, tasks: size, dependsOnWaves }, index) => ({
      wave,
      tasks: size,
      depends_on_waves: dependsOnWaves,
      weight: add(waves[index]!.loads.map(({ weight }) => weight)),
      busiest: busiestOf(waves[index]!.loads, agents),
    })),
    agents: agents.map(({ id, online }, agent) => ({
      agent_id: id,
      online,
      ...loads[agent]!,
      tasks_by_wave: waves.map((wave) => wave.loads[agent]!.tasks),
    })),
    unassigned: {
      tasks: add(waves.map((wave) => wave.unassigned)),
      examples: waves.flatMap((wave) => wave.examples).slice(0, 5),
    },
    expected: {
      predicted_success_rate: assigned === 0 ? null : add(waves.map((wave) => wave.predicted)) / assigned,
      success_rate: assigned === 0 ? null : completed / tasks,
      health: assigned === 0 ? null : healthOf(waves, loads, agents, tasks),
      duration: assigned === 0 ? null : estimateDuration(sizes, workload),
      bound: assigned === 0 ? null : bindingBound(boundsOf(workload, wavesSideBySide(workload, sizes.length))),
      attempts: add(waves.map((wave) => wave.attempts)),
      attempts_limited: limitedAttempts(waves, agents).attempts,
      cost: costOf(usage, tasks),
    },
  };
};
