import { healthScore, healthStatus } from "../domain/health.ts";
import type { FleetStore, Log, PutMetrics, RunStore } from "../domain/ports.ts";
import type { WaveItem } from "../domain/run-item.ts";
import { waveMetrics } from "../domain/emitted-metrics.ts";
import { findWeakAgents, WEAK_AGENT } from "../domain/weak-agents.ts";
import { allOf } from "./all-of.ts";
import { type EndedWave, measureWave, type MeasureWavePorts, workingAgents } from "./measure-wave.ts";

export interface ScoreWavePorts extends MeasureWavePorts {
  readonly fleet: Pick<FleetStore, "read" | "addTotals" | "deleteLeases">;
  readonly runs: Pick<RunStore, "read" | "readWaves" | "readSpent" | "putWave">;
  readonly putMetrics: PutMetrics;
  readonly log: Log;
}

export type ScoreWaveInput = EndedWave & Pick<WaveItem, "signals">;

/**
 * Scores a finished wave, so that the next one starts only after its health is on record: adds to the agents' totals once, frees
 * their leases, and puts the wave's figures into the table and into CloudWatch. Which agents were weak stands in the log only: an id as
 * a dimension would be a billed metric for every agent.
 */
export const scoreWave = async (
  input: ScoreWaveInput,
  ports: ScoreWavePorts,
): Promise<{ readonly wave: number; readonly health_score: number }> => {
  const { run_id, wave, pass, signals } = input;
  const { run, totals, fleet, components, anomalies } = await measureWave(input, ports);
  await allOf(
    workingAgents(fleet.agents, totals).map(({ agent_id, completed, failed }) =>
      ports.fleet.addTotals(run.config.fleet, agent_id, `${run_id}#${wave}`, { completed, failed }),
    ),
  );
  const own = fleet.leases.filter((lease) => lease.runId === run_id && lease.wave === wave);
  await ports.fleet.deleteLeases(run.config.fleet, own);

  const health_score = healthScore(components);
  const item: WaveItem = {
    wave,
    passes: pass,
    tasks: totals.tasks,
    completed: totals.by_status.COMPLETED,
    failed: totals.by_status.FAILED,
    blocked: totals.by_status.BLOCKED,
    skipped: totals.by_status.SKIPPED,
    attempts: totals.attempts,
    retries: totals.retries,
    reassignments: totals.reassignments,
    success_rate: components.success_rate,
    health_score,
    health_status: healthStatus(health_score),
    components,
    anomalies,
    online_agents: fleet.agents.filter(({ online }) => online).length,
    agents: fleet.agents.length,
    signals,
    finished_at: new Date(ports.clock.now()).toISOString(),
  };
  await ports.runs.putWave(run_id, item);
  ports.putMetrics(waveMetrics(item), { strategy: run.config.strategy }, { run_id, wave });
  // A field called `message` would be dropped: the line has one.
  for (const { type, message } of anomalies) ports.log.warn("anomaly", { run_id, wave, type, detail: message });
  for (const weak of findWeakAgents(totals.agents)) ports.log.info(WEAK_AGENT, { run_id, wave, ...weak });
  return { wave, health_score };
};
