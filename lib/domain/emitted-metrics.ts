import type { Metric } from "./ports.ts";
import type { WaveItem } from "./run-item.ts";
import type { MetricsSummary } from "./summary.ts";

/** The metrics of a scored wave, as CloudWatch gets them. */
export const waveMetrics = (wave: WaveItem): readonly Metric[] => [
  { name: "WaveHealth", unit: "None", value: wave.health_score },
  { name: "SuccessRate", unit: "None", value: wave.components.success_rate },
  { name: "Availability", unit: "None", value: wave.components.availability },
  { name: "Accuracy", unit: "None", value: wave.components.accuracy },
  { name: "LoadBalance", unit: "None", value: wave.components.load_balance },
  { name: "TasksCompleted", unit: "Count", value: wave.completed },
  { name: "TasksFailed", unit: "Count", value: wave.failed },
  { name: "TasksBlocked", unit: "Count", value: wave.blocked },
  { name: "TasksSkipped", unit: "Count", value: wave.skipped },
  { name: "Attempts", unit: "Count", value: wave.attempts },
  { name: "Retries", unit: "Count", value: wave.retries },
  { name: "Reassignments", unit: "Count", value: wave.reassignments },
  { name: "Anomalies", unit: "Count", value: wave.anomalies.length },
  { name: "SignalsSent", unit: "Count", value: Object.values(wave.signals.by_phase).reduce((sum, n) => sum + n, 0) },
];

/** The metrics of a finished run; latencies are left out where nothing was executed. */
export const runMetrics = (summary: MetricsSummary): readonly Metric[] => [
  { name: "RunHealth", unit: "None", value: summary.health.score },
  { name: "RunSuccessRate", unit: "None", value: summary.success_rate },
  { name: "RunDuration", unit: "Seconds", value: summary.duration_seconds },
  { name: "RejectedLines", unit: "Count", value: summary.rejected_lines },
  ...Object.entries(summary.latency_ms).flatMap(([quantile, value]): Metric[] =>
    value === null ? [] : [{ name: `TaskLatency${quantile.toUpperCase()}`, unit: "Milliseconds", value }],
  ),
];
