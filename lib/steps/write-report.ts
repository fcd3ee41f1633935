import { runMetrics } from "../domain/emitted-metrics.ts";
import { createLatencies } from "../domain/percentiles.ts";
import type { AttemptStore, Clock, FleetStore, Log, ObjectStore, PutMetrics, RunStore } from "../domain/ports.ts";
import { renderReport } from "../domain/report.ts";
import type { RunCounts, RunItem, WaveItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import { buildMetricsSummary, buildSystemHealth, type MetricsSummary } from "../domain/summary.ts";
import type { TallyTotals } from "../domain/wave-metrics.ts";
import { allOf } from "./all-of.ts";
import { joinFiles } from "./join-files.ts";
import { readRun } from "./measure-wave.ts";
import { type RecordedWave, salvageRun } from "./salvage-run.ts";
import { readFigures } from "./record-sink.ts";

export interface WriteReportInput {
  readonly run_id: string;
  /** What broke the run off; absent where it came to its end. */
  readonly failed?: { readonly error: string };
}

export interface WriteReportPorts {
  readonly clock: Pick<Clock, "now">;
  readonly objects: ObjectStore;
  readonly fleet: Pick<FleetStore, "read" | "deleteLeases">;
  readonly runs: Pick<RunStore, "read" | "readWaves" | "finish">;
  readonly attempts: Pick<AttemptStore, "list">;
  readonly putMetrics: PutMetrics;
  readonly log: Log;
}

export interface WriteReportOutput {
  readonly run_id: string;
  readonly counts: RunCounts;
  readonly health: MetricsSummary["health"];
}

/**
 * Puts the files together that a person wants of a run (SPEC O1), and closes the run. One that broke off gets the same files: what had
 * not ended is ended first, so that every task has its record and the run can be redriven.
 */
export const writeReport = async (
  { run_id, failed }: WriteReportInput,
  ports: WriteReportPorts,
): Promise<WriteReportOutput> => {
  const run = await readRun(run_id, ports.runs);
  const waves = await ports.runs.readWaves(run_id);
  const recorded = await endAll(run, waves, failed, ports);
  const { totals, latencies, failures } = await sumUp(run_id, recorded, ports.objects);
  await joinFiles(run_id, { recorded, signalled: waves }, ports.objects);
  const { agents } = await ports.fleet.read(run.config.fleet, ports.clock.now());
  const finishedAt = ports.clock.now();
  const summary = buildMetricsSummary({
    run_id,
    config: run.config,
    totals,
    agents,
    waves: recorded.length,
    durationSeconds: Math.max(0, finishedAt - Date.parse(run.started_at)) / 1_000,
    latencies,
    signals: addSignals(waves),
    rejectedLines: run.rejected_lines,
  });
  const health = buildSystemHealth({ run_id, totals, agents, waves });
  const at = runKeys(run_id);
  const texts = [
    ["system_health.json", pretty(health)],
    ["metrics_summary.json", pretty(summary)],
    ["execution_report.md", renderReport({ summary, health, totals, agents, config: run.config, failures })],
  ] as const;
  await allOf(texts.map(([file, text]) => ports.objects.writeText(at.output(file), text)));
  const counts = countsOf(totals);
  await ports.runs.finish(run_id, {
    status: failed === undefined ? "FINISHED" : "FAILED",
    finished_at: new Date(finishedAt).toISOString(),
    counts,
    health: summary.health,
  });
  ports.putMetrics(runMetrics(summary), { strategy: run.config.strategy }, { run_id });
  ports.log.info("run finished", { run_id, ...counts, health: summary.health.score });
  return { run_id, counts, health: summary.health };
};

/** The waves with all of their records: those of a run that broke off are ended, and its agents freed. */
const endAll = async (
  run: RunItem,
  waves: readonly WaveItem[],
  failed: WriteReportInput["failed"],
  ports: WriteReportPorts,
): Promise<readonly RecordedWave[]> => {
  if (failed === undefined) return waves;
  await freeLeases(run, ports);
  return salvageRun(run.run_id, waves, `the run broke off: ${failed.error}`, ports);
};

const freeLeases = async ({ run_id, config }: RunItem, { fleet, clock }: WriteReportPorts): Promise<void> => {
  const { leases } = await fleet.read(config.fleet, clock.now());
  await fleet.deleteLeases(
    config.fleet,
    leases.filter(({ runId }) => runId === run_id),
  );
};

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const countsOf = ({ tasks, by_status }: TallyTotals): RunCounts => ({
  total: tasks,
  completed: by_status.COMPLETED,
  failed: by_status.FAILED,
  blocked: by_status.BLOCKED,
  skipped: by_status.SKIPPED,
});

const sumUp = async (runId: string, waves: readonly RecordedWave[], objects: ObjectStore) => {
  const at = runKeys(runId);
  const keys = [at.planFigures, ...waves.flatMap(({ wave, passes }) => at.waveFigures(wave, passes))];
  const figures = await readFigures(objects, keys);
  const latencies = createLatencies();
  for (const latency of figures.latencies) latencies.add(latency);
  return { totals: figures.totals, failures: figures.failures, latencies: latencies.quantiles() };
};

const addSignals = (waves: readonly WaveItem[]): WaveItem["signals"] => {
  const add = (parts: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const part of parts) for (const [name, count] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + count;
    return sums;
  };
  return {
    by_type: add(waves.map(({ signals }) => signals.by_type)),
    by_phase: add(waves.map(({ signals }) => signals.by_phase)),
  };
};
