import { describe, expect, test } from "vitest";

import { runMetrics, waveMetrics } from "../../lib/domain/emitted-metrics.ts";
import type { Metric } from "../../lib/domain/ports.ts";
import { buildMetricsSummary, type MetricsSummary } from "../../lib/domain/summary.ts";
import { waveItem } from "../steps/builders.ts";
import { agent, completed, config, tallyOf } from "./report-builders.ts";

const summary: MetricsSummary = buildMetricsSummary({
  run_id: "run-1",
  config,
  totals: tallyOf([completed()]),
  agents: [agent("agent_0")],
  waves: 1,
  durationSeconds: 2,
  latencies: { p50: 10, p95: 20, p99: 30 },
  signals: { by_type: {}, by_phase: {} },
  rejectedLines: 4,
});

const valueOf = (metrics: readonly Metric[], name: string): number | undefined =>
  metrics.find((metric) => metric.name === name)?.value;

describe("the metrics of a wave", () => {
  const metrics = waveMetrics(
    waveItem(1, {
      failed: 3,
      attempts: 7,
      signals: { by_type: { agent_performance: 2 }, by_phase: { 18: 3, 20: 2 } },
      anomalies: [{ type: "stuck_agent", wave: 1, message: "stuck" }],
    }),
  );

  test.each([
    ["WaveHealth", 98],
    ["Accuracy", 0.9],
    ["TasksCompleted", 2],
    ["TasksFailed", 3],
    ["Attempts", 7],
    ["Anomalies", 1],
    ["SignalsSent", 5],
  ])("hold %s", (name, value) => {
    expect(valueOf(metrics, name)).toBe(value);
  });

  test("have each name once", () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  });

  test("count no signal where none was sent", () => {
    expect(valueOf(waveMetrics(waveItem(1)), "SignalsSent")).toBe(0);
  });
});

describe("the metrics of a run", () => {
  test("hold health, success, duration, rejected lines and latencies", () => {
    expect(runMetrics(summary).map(({ name, value }) => [name, value])).toEqual([
      ["RunHealth", 98],
      ["RunSuccessRate", 1],
      ["RunDuration", 2],
      ["RejectedLines", 4],
      ["TaskLatencyP50", 10],
      ["TaskLatencyP95", 20],
      ["TaskLatencyP99", 30],
    ]);
  });

  test("hold no latency where nothing was executed", () => {
    const names = runMetrics({ ...summary, latency_ms: { p50: null, p95: null, p99: null } }).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("TaskLatency"))).toEqual([]);
  });
});
