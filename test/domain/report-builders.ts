import type { AgentState } from "../../lib/domain/agent.ts";
import type { AttemptLogEntry, TaskRecord } from "../../lib/domain/record.ts";
import type { RunConfig } from "../../lib/domain/run-config.ts";
import { createTally, type WaveTally } from "../../lib/domain/wave-metrics.ts";

/** An attempt of one second that succeeded at noon. */
export const attempt = (changes: Partial<AttemptLogEntry> = {}): AttemptLogEntry => ({
  pass: 1,
  attempt: 1,
  agent_id: "agent_0",
  started_at: "2026-01-01T12:00:00.000Z",
  duration_ms: 1000,
  ...changes,
});

/** A task that agent_0 completed at the first attempt; predicted at 0.9. */
export const completed = (changes: Partial<TaskRecord> = {}): TaskRecord => ({
  task_id: "task_1",
  wave: 1,
  status: "COMPLETED",
  reason: null,
  agent_id: "agent_0",
  passes: 1,
  attempts: 1,
  predicted_success_rate: 0.9,
  duration_ms: 1000,
  decision: null,
  attempt_log: [attempt({ agent_id: changes.agent_id ?? "agent_0" })],
  ...changes,
});

/** A task that agent_0 failed permanently. */
export const failed = (changes: Partial<TaskRecord> = {}): TaskRecord =>
  completed({ status: "FAILED", reason: "permanent", error: "bad request", ...changes });

/** A task that no agent could take. */
export const unassignable = (changes: Partial<TaskRecord> = {}): TaskRecord =>
  failed({
    reason: "unassignable",
    agent_id: null,
    passes: 0,
    attempts: 0,
    attempt_log: [],
    error: "no agent covers capabilities gpu",
    ...changes,
  });

/** So many records, numbered from 1. */
export const times = (count: number, build: (n: number) => TaskRecord): TaskRecord[] =>
  Array.from({ length: count }, (_, index) => build(index + 1));

export const tallyOf = (records: readonly TaskRecord[]): WaveTally => {
  const tally = createTally();
  for (const record of records) tally.add(record);
  return tally;
};

/** An idle agent that is online. */
export const agent = (id: string, changes: Partial<AgentState> = {}): AgentState => ({
  id,
  capabilities: [],
  capacity: 10,
  confidence: 0.85,
  endpoint: { kind: "simulated", bias: 0, transient_rate: 0, latency_ms: 0, hang_rate: 0, crash_rate: 0 },
  online: true,
  completed_tasks: 0,
  failed_tasks: 0,
  current_load: 0,
  ...changes,
});

export const config: RunConfig = {
  strategy: "LOAD_BALANCED",
  retry_strategy: "EXPONENTIAL_BACKOFF",
  max_retries: 5,
  num_waves: 3,
  wave_concurrency: 1,
  dispatch_concurrency: 20,
  max_passes: 2,
  task_timeout_seconds: 30,
  cooldown_seconds: 60,
  seed: 21,
  strict: false,
  fleet: "default",
  feedback: { phase_16: true, phase_18: true, phase_20: true, signals_per_message: 100 },
  anomalies: { drop: 0.1, stuck_seconds: 30 },
};
