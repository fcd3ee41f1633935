import {
  findStuckAgents,
  type KeptLease,
  offlineAgents,
  type RunningRun,
  secondsSinceSign,
  type Stall,
  STUCK_RUN_SECONDS,
  watchMetrics,
} from "../domain/agent-watch.ts";
import type { Clock, FleetState, FleetStore, Lease, Log, PutMetrics, RunStore } from "../domain/ports.ts";
import type { RunItem } from "../domain/run-item.ts";

/** OFFLINE agents that a line of the log names; the count says how many there are. */
const MAX_NAMED = 50;

export interface WatchAgentsPorts {
  readonly clock: Pick<Clock, "now">;
  readonly running: {
    list(): Promise<readonly RunningRun[]>;
    remove(runId: string): Promise<void>;
  };
  readonly runs: Pick<RunStore, "read" | "readWaves" | "readControl">;
  readonly fleet: Pick<FleetStore, "read">;
  readonly leases: {
    list(fleet: string): Promise<readonly KeptLease[]>;
    /** Leaves a lease alone that was renewed since it was listed. */
    remove(fleet: string, lease: KeptLease): Promise<void>;
  };
  readonly stalls: { list(runId: string): Promise<readonly Stall[]> };
  readonly putMetrics: PutMetrics;
  readonly log: Log;
}

interface WatchAgentsOutput {
  /** Runs that are RUNNING. */
  readonly runs: number;
  readonly fleets: number;
  readonly expired_leases: number;
  readonly stuck_agents: number;
  readonly stuck_runs: number;
}

/**
 * Looks at every fleet that a running run uses: deletes leases whose owner is gone, and tells log and metrics which agents and runs
 * are stuck and who is OFFLINE. What it sees of an agent's progress are attempts that stay unanswered; that an agent answers nothing but
 * errors shows in the wave's figures, that its executor died in a lease that expires. Of a run it sees its waves and leases, so a run
 * that waits for hours for a task's `not_before` looks stuck; a paused one does not.
 */
export const watchAgents = async (ports: WatchAgentsPorts): Promise<WatchAgentsOutput> => {
  const now = ports.clock.now();
  const entries = await Promise.all(
    (await ports.running.list()).map(async (entry) => ({ entry, run: await ports.runs.read(entry.run_id) })),
  );
  const fleets = new Map<string, WatchedRun[]>();
  for (const { entry, run } of entries) fleets.set(entry.fleet, [...(fleets.get(entry.fleet) ?? []), { entry, run }]);
  const found = await Promise.all([...fleets].map(([fleet, runs]) => watchFleet({ fleet, runs, now }, ports)));
  const sum = (count: (fleet: FoundInFleet) => number): number => found.reduce((total, one) => total + count(one), 0);
  return {
    runs: sum(({ runs }) => runs),
    fleets: fleets.size,
    expired_leases: sum(({ expired }) => expired),
    stuck_agents: sum(({ stuckAgents }) => stuckAgents),
    stuck_runs: sum(({ stuckRuns }) => stuckRuns),
  };
};

interface WatchedRun {
  readonly entry: RunningRun;
  /** Undefined where the run never began. */
  readonly run: RunItem | undefined;
}

interface Watch {
  readonly fleet: string;
  readonly runs: readonly WatchedRun[];
  readonly now: number;
}

interface FoundInFleet {
  readonly runs: number;
  readonly expired: number;
  readonly stuckAgents: number;
  readonly stuckRuns: number;
}

const watchFleet = async ({ fleet, runs, now }: Watch, ports: WatchAgentsPorts): Promise<FoundInFleet> => {
  const running = runs.flatMap(({ run }) => (run?.status === "RUNNING" ? [run] : []));
  const ended = new Set(runs.map(({ entry }) => entry.run_id)).difference(new Set(running.map(({ run_id }) => run_id)));
  const [state, leases] = await Promise.all([ports.fleet.read(fleet, now), ports.leases.list(fleet)]);
  const orphans = leases.filter(({ runId, expiresAt }) => expiresAt <= now || ended.has(runId));
  await Promise.all(orphans.map((lease) => ports.leases.remove(fleet, lease)));
  for (const { agentId, runId, wave, pass } of orphans) {
    ports.log.warn("lease without an owner deleted", { fleet, agent_id: agentId, run_id: runId, wave, pass });
  }
  // Last, so that a watch that died before it freed the leases finds the run again.
  await Promise.all([...ended].map((runId) => ports.running.remove(runId)));

  const found = await Promise.all(running.map((run) => watchRun(run, { state, leases, orphans, now }, ports)));
  const offline = offlineAgents(state.agents, now);
  ports.log.info("fleet watched", {
    fleet,
    runs: running.length,
    agents: state.agents.length,
    busy: state.agents.filter(({ online, current_load }) => online && current_load > 0).length,
    offline: offline.length,
    offline_agents: offline.slice(0, MAX_NAMED),
    expired_leases: orphans.length,
  });
  return {
    runs: running.length,
    expired: orphans.length,
    stuckAgents: found.reduce((sum, { stuckAgents }) => sum + stuckAgents, 0),
    stuckRuns: found.filter(({ stuck }) => stuck).length,
  };
};

interface WatchedFleet {
  readonly state: FleetState;
  readonly leases: readonly Lease[];
  readonly orphans: readonly Lease[];
  readonly now: number;
}

const watchRun = async (
  run: RunItem,
  { state, leases, orphans, now }: WatchedFleet,
  ports: WatchAgentsPorts,
): Promise<{ readonly stuckAgents: number; readonly stuck: boolean }> => {
  const { run_id, config } = run;
  const isOwn = ({ runId }: Lease): boolean => runId === run_id;
  const stuckAgents = findStuckAgents(await ports.stalls.list(run_id), now, config.anomalies.stuck_seconds);
  for (const { type, wave, agent_id, message } of stuckAgents) {
    ports.log.warn("anomaly", { run_id, wave, type, agent_id, detail: message });
  }
  const silence = await silenceOf(run, leases.filter(isOwn), now, ports);
  const stuck = silence > STUCK_RUN_SECONDS;
  if (stuck) {
    const detail = `run ${run_id} shows no sign of life for ${Math.floor(silence)} seconds: its execution ended early, or it waits for a not_before`;
    ports.log.warn("anomaly", { run_id, type: "stuck_run", detail });
  }
  const figures = {
    stuckAgents: stuckAgents.length,
    offlineAgents: state.agents.filter(({ online }) => !online).length,
    expiredLeases: orphans.filter(isOwn).length,
    stuck,
  };
  ports.putMetrics(watchMetrics(figures), { strategy: config.strategy }, { run_id, fleet: config.fleet });
  return { stuckAgents: stuckAgents.length, stuck };
};

/** Seconds without a sign of life; the waves are read only where start and leases do not show one. A paused run shows none. */
const silenceOf = async (
  { run_id, started_at }: RunItem,
  leases: readonly Lease[],
  now: number,
  { runs }: WatchAgentsPorts,
): Promise<number> => {
  const sinceLease = secondsSinceSign(started_at, [], leases, now);
  if (sinceLease <= STUCK_RUN_SECONDS) return sinceLease;
  const [waves, control] = await Promise.all([runs.readWaves(run_id), runs.readControl(run_id)]);
  return control.state === "PAUSED" ? 0 : secondsSinceSign(started_at, waves, leases, now);
};
