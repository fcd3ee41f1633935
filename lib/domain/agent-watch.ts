import type { AgentState } from "./agent.ts";
import type { Anomaly } from "./anomalies.ts";
import { limits } from "./function-environment.ts";
import type { Lease, Metric } from "./ports.ts";
import { countOf } from "./report-figures.ts";

/** An attempt that an agent has not answered for long (pk `STALLS#<run_id>`, sk `<agent_id>#<task_id>`). */
export interface Stall {
  readonly run_id: string;
  readonly wave: number;
  readonly agent_id: string;
  readonly task_id: string;
  /** Epoch ms at which the attempt started. */
  readonly since: number;
  /** Epoch ms of the attempt's time limit; a stall that outlives it lost its executor and says nothing any more. */
  readonly until: number;
}

/** A lease as it stands in the table, live or not. */
export interface KeptLease extends Lease {
  /** Its sort key there. */
  readonly key: string;
}

/** A run that has begun and not ended (pk `RUNS`, sk `RUNNING#<run_id>`). */
export interface RunningRun {
  readonly run_id: string;
  readonly fleet: string;
  /** ISO 8601. */
  readonly started_at: string;
}

/** Two steps in a row may take their whole time limit without a sign in the table; a run that is silent for longer is stuck. */
export const STUCK_RUN_SECONDS = 2 * limits.stepTimeoutSeconds;

const compareIds = (a: Stall, b: Stall): number => (a.agent_id < b.agent_id ? -1 : 1);

/**
 * The agents of a run that are BUSY without progress (SPEC H2), by id: at least one attempt is unanswered for `stuckSeconds` and its
 * time limit is not over. The oldest such attempt counts.
 */
export const findStuckAgents = (stalls: readonly Stall[], now: number, stuckSeconds: number): readonly Anomaly[] => {
  const stuck = stalls.filter(({ since, until }) => now < until && now - since >= stuckSeconds * 1_000);
  const oldest = new Map<string, Stall>();
  for (const stall of stuck) {
    if (stall.since < (oldest.get(stall.agent_id)?.since ?? Number.POSITIVE_INFINITY))
      oldest.set(stall.agent_id, stall);
  }
  return [...oldest.values()].toSorted(compareIds).map(({ agent_id, task_id, wave, since }) => {
    const silence = countOf(Math.floor((now - since) / 1_000), "second");
    return {
      type: "stuck_agent",
      wave,
      agent_id,
      message: `agent ${agent_id} is BUSY without progress for ${silence} on task ${task_id}, accepted are ${stuckSeconds}`,
    };
  });
};

/**
 * Seconds since a run last showed a sign of life: its start, the end of a wave, or the time until which its youngest pass may run (the
 * run's leases). Below 0 while a pass may run.
 */
export const secondsSinceSign = (
  startedAt: string,
  waves: readonly { readonly finished_at: string }[],
  leases: readonly Pick<Lease, "expiresAt">[],
  now: number,
): number => {
  const times = [startedAt, ...waves.map(({ finished_at }) => finished_at)].map((at) => Date.parse(at));
  const expiries = leases.map(({ expiresAt }) => expiresAt);
  return (now - [...times, ...expiries].reduce((a, b) => Math.max(a, b))) / 1_000;
};

/** An OFFLINE agent as the log shows it. */
export interface OfflineAgent {
  readonly agent_id: string;
  readonly offline_seconds: number;
  readonly reason: string;
}

/** The agents that are OFFLINE, those that have been for the longest time first. */
export const offlineAgents = (agents: readonly AgentState[], now: number): readonly OfflineAgent[] =>
  agents
    .flatMap(({ id, offline_since, offline_reason }): OfflineAgent[] => {
      if (offline_since === undefined) return [];
      const offline_seconds = Math.max(0, Math.floor((now - Date.parse(offline_since)) / 1_000));
      return [{ agent_id: id, offline_seconds, reason: offline_reason ?? "unknown" }];
    })
    .toSorted((a, b) => b.offline_seconds - a.offline_seconds);

/** What watching a run found, as numbers. */
export interface WatchFigures {
  readonly stuckAgents: number;
  readonly offlineAgents: number;
  readonly expiredLeases: number;
  readonly stuck: boolean;
}

/** The metrics of a running run, once a minute. */
export const watchMetrics = (figures: WatchFigures): readonly Metric[] => [
  { name: "StuckAgents", unit: "Count", value: figures.stuckAgents },
  { name: "OfflineAgents", unit: "Count", value: figures.offlineAgents },
  { name: "ExpiredLeases", unit: "Count", value: figures.expiredLeases },
  { name: "StuckRuns", unit: "Count", value: figures.stuck ? 1 : 0 },
];
