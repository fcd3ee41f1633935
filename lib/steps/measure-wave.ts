import type { AgentState } from "../domain/agent.ts";
import { type Anomaly, findAnomalies } from "../domain/anomalies.ts";
import { budgetWarnings } from "../domain/budget.ts";
import { MissingObjectError } from "../domain/errors.ts";
import type { HealthComponents } from "../domain/health.ts";
import type { Clock, FleetState, FleetStore, ObjectStore, RunStore } from "../domain/ports.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { FailedTask } from "../domain/report-failures.ts";
import type { RunItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunPlan } from "../domain/run-plan.ts";
import { tallyMetrics, type WaveTally } from "../domain/wave-metrics.ts";
import { readJson, readJsonLines } from "./read-json-lines.ts";
import { readFigures } from "./record-sink.ts";

const MAX_ANOMALIES = 200;

/** A wave whose tasks have all ended. */
export interface EndedWave {
  readonly run_id: string;
  readonly wave: number;
  /** Passes that it took. */
  readonly pass: number;
}

export interface MeasureWavePorts {
  readonly clock: Pick<Clock, "now">;
  readonly objects: Pick<ObjectStore, "read" | "readText">;
  readonly fleet: Pick<FleetStore, "read">;
  readonly runs: Pick<RunStore, "read" | "readWaves" | "readSpent">;
}

/** What a wave came to. */
export interface MeasuredWave {
  readonly run: RunItem;
  readonly totals: WaveTally;
  readonly fleet: FleetState;
  readonly components: HealthComponents;
  readonly anomalies: readonly Anomaly[];
  readonly failures: readonly FailedTask[];
}

/** Streams the terminal records of a wave, in the order in which they were written. */
export async function* readWaveRecords(
  objects: Pick<ObjectStore, "read">,
  { run_id, wave, pass }: EndedWave,
): AsyncGenerator<readonly TaskRecord[]> {
  for (const key of runKeys(run_id).waveRecords(wave, pass)) yield* readJsonLines<TaskRecord>(objects, key);
}

/** Sums a wave up: the same figures for the signals and for the health score. */
export const measureWave = async (ended: EndedWave, ports: MeasureWavePorts): Promise<MeasuredWave> => {
  const at = runKeys(ended.run_id);
  const [run, figures, plan, waves] = await Promise.all([
    readRun(ended.run_id, ports.runs),
    readFigures(ports.objects, at.waveFigures(ended.wave, ended.pass)),
    readJson<RunPlan>(ports.objects, at.plan),
    ports.runs.readWaves(ended.run_id),
  ]);
  const { totals } = figures;
  const fleet = await ports.fleet.read(run.config.fleet, ports.clock.now());
  const components = tallyMetrics(totals, fleet.agents);
  const previous = waves.findLast(({ wave }) => wave < ended.wave);
  const found = findAnomalies({
    wave: ended.wave,
    totals,
    metrics: components,
    ...(previous !== undefined && { previous }),
    expectedTasks: plan.waves.find(({ wave }) => wave === ended.wave)?.tasks ?? 0,
    // A wave that has ended has no agent at work: what says that one was stuck is the longest attempt that came to nothing.
    busyAgents: Object.entries(figures.idle_ms).map(([agent_id, ms]) => ({ agent_id, idle_seconds: ms / 1_000 })),
    drop: run.config.anomalies.drop,
    stuckSeconds: run.config.anomalies.stuck_seconds,
    budget: await warningsOf(run, ports),
  });
  // The wave's item may have 400 KB; the first ones say what is wrong.
  const anomalies = found.slice(0, MAX_ANOMALIES);
  return { run, totals, fleet, components, anomalies, failures: figures.failures };
};

const warningsOf = async (run: RunItem, { runs, clock }: MeasureWavePorts): Promise<readonly string[]> => {
  const { budget } = run.config;
  if (budget === undefined) return [];
  const seconds = (clock.now() - Date.parse(run.started_at)) / 1_000;
  return budgetWarnings(budget, await runs.readSpent(run.run_id), seconds);
};

/** The run's item. @throws MissingObjectError when planning has not written it. */
export const readRun = async (runId: string, runs: Pick<RunStore, "read">): Promise<RunItem> => {
  const run = await runs.read(runId);
  if (run === undefined) throw new MissingObjectError(`run ${runId}: expected its item in the table, received none`);
  return run;
};

/** Agents of the fleet by id, with what they did in the wave. */
export const workingAgents = (agents: readonly AgentState[], totals: WaveTally) =>
  agents.map((agent) => totals.agent(agent.id)).filter(({ assigned }) => assigned > 0);
