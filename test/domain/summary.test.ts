import { expect, test } from "vitest";
import { buildMetricsSummary, buildSystemHealth } from "../../lib/domain/summary.ts";
import { agent, completed, config, failed, tallyOf, times, unassignable } from "./report-builders.ts";

const totals = tallyOf([...times(5, () => completed()), failed(), unassignable()]);
const agents = [agent("agent_0", { completed_tasks: 2, failed_tasks: 1, current_load: 0.1 + 0.2 }), agent("agent_1")];
const input = {
  run_id: "run-1",
  config,
  totals,
  agents,
  waves: 3,
  durationSeconds: 1.23456,
  latencies: { p50: 10, p95: 20, p99: 30 },
  signals: { by_type: { agent_performance: 6 }, by_phase: { "18": 6 } },
  rejectedLines: 2,
};
const anomaly = { type: "success_drop", wave: 2, message: "success fell" } as const;
const wave = {
  wave: 2,
  health_score: 89.99,
  components: { success_rate: 2 / 3, availability: 1, accuracy: 0.123456, load_balance: 1 },
  tasks: 3,
  completed: 2,
  anomalies: [anomaly],
};

test("the summary has the shape and the roundings of SPEC O1", () => {
  expect(buildMetricsSummary(input)).toEqual({
    run_id: "run-1",
    strategy: "LOAD_BALANCED",
    retry_strategy: "EXPONENTIAL_BACKOFF",
    agents: 2,
    waves: 3,
    tasks: { total: 7, completed: 5, failed: 2, skipped: 0, blocked: 0, by_reason: { permanent: 1, unassignable: 1 } },
    success_rate: 0.7143,
    attempts: 6,
    retries: 0,
    reassignments: 0,
    throughput_tasks_per_second: 4.86,
    duration_seconds: 1.235,
    latency_ms: { p50: 10, p95: 20, p99: 30 },
    signals: { by_type: { agent_performance: 6 }, by_phase: { "18": 6 } },
    health: { score: 63.9, status: "FAIR" },
    calibration: {
      brier: 0.1433,
      ece: 0.0667,
      bins: [{ from: 0.9, to: 1, count: 6, mean_predicted: 0.9, observed_rate: 0.8333 }],
    },
    rejected_lines: 2,
  });
});

test("a run that took no time has a throughput of 0", () => {
  expect(buildMetricsSummary({ ...input, durationSeconds: 0 }).throughput_tasks_per_second).toBe(0);
});

test("the health of a run comes from its totals, not from a mean of its waves", () => {
  const health = buildSystemHealth({ run_id: "run-1", totals, agents, waves: [wave] });
  expect(health).toMatchObject({
    run_id: "run-1",
    health_score: buildMetricsSummary(input).health.score,
    status: "FAIR",
    components: { success_rate: 0.7143, availability: 1, accuracy: 0.7667, load_balance: 0 },
  });
});

test("each wave keeps its score, has its word, and its anomalies stand with those of the run", () => {
  const health = buildSystemHealth({
    run_id: "run-1",
    totals,
    agents,
    waves: [{ ...wave, wave: 1, anomalies: [] }, wave],
  });
  expect(health.waves[1]).toEqual({
    ...wave,
    status: "GOOD",
    components: { success_rate: 0.6667, availability: 1, accuracy: 0.1235, load_balance: 1 },
  });
  expect(health.anomalies).toEqual([anomaly]);
});

test("agents are shown as SPEC H3 asks, null before their first task", () => {
  expect(buildSystemHealth({ run_id: "run-1", totals, agents, waves: [] }).agents).toEqual({
    agent_0: {
      status: "BUSY",
      current_load: 0.3,
      completed_tasks: 2,
      failed_tasks: 1,
      success_rate: 0.6667,
      confidence: 0.85,
    },
    agent_1: {
      status: "IDLE",
      current_load: 0,
      completed_tasks: 0,
      failed_tasks: 0,
      success_rate: null,
      confidence: 0.85,
    },
  });
});
