import * as z from "zod";
import type { AgentView } from "./agent.ts";
import type { Anomaly } from "./anomalies.ts";
import { idText, instantText, numberBetween, oneOf } from "./field-schemas.ts";
import type { JsonValue } from "./json.ts";
import { amount, count, countsBy, fields, listOf, ordinal, share, text } from "./output-fields.ts";
import type { TaskRecord } from "./record.ts";
import { terminalReasons } from "./redrive.ts";
import { retryStrategies, strategies } from "./run-config.ts";
import type { MetricsSummary, SystemHealth } from "./summary.ts";

const attemptSchema = fields({
  pass: ordinal(),
  attempt: ordinal().describe("from 1 within the pass"),
  agent_id: idText(),
  started_at: instantText(),
  duration_ms: amount(),
  error: text().exactOptional(),
  cost_usd: amount().exactOptional(),
  tokens: amount().exactOptional(),
});

const decisionSchema = fields({
  strategy: oneOf(strategies),
  load: amount().describe("the agent's load relative to its capacity before this task was added"),
  eligible: count(),
  passed_over: z.partialRecord(oneOf(["offline", "capability", "constraint", "already_tried", "rate_limit"]), count()),
  probe: z.literal(true, "expected true").exactOptional(),
});

/** A line of `results.jsonl` (SPEC E7). */
export const resultSchema = fields({
  task_id: idText(),
  wave: ordinal().nullable(),
  status: oneOf(["COMPLETED", "FAILED", "BLOCKED", "SKIPPED"]),
  reason: oneOf(terminalReasons).nullable().describe("null for COMPLETED"),
  agent_id: idText().nullable().describe("the agent of the last attempt; null where nothing was executed"),
  passes: count(),
  attempts: count(),
  predicted_success_rate: share(),
  duration_ms: amount().describe("from the start of the first attempt to the end of the last"),
  output: z.custom<JsonValue>().exactOptional().describe("up to 2 KiB; a larger one stands in the object output_key"),
  output_key: text().exactOptional(),
  output_bytes: count().exactOptional(),
  error: text().exactOptional(),
  decision: decisionSchema.nullable().describe("null where the task was never assigned"),
  attempt_log: listOf(attemptSchema, "attempts"),
}) satisfies z.ZodType<TaskRecord>;

const score = () => numberBetween(0, 100);
const healthWord = () => oneOf(["EXCELLENT", "GOOD", "FAIR", "POOR"]);
const quantile = () => amount().nullable();

/** `metrics_summary.json` (SPEC O1). */
export const metricsSummarySchema = fields({
  run_id: idText(),
  strategy: oneOf(strategies),
  retry_strategy: oneOf(retryStrategies),
  agents: count(),
  waves: count(),
  tasks: fields({
    total: count(),
    completed: count(),
    failed: count(),
    skipped: count(),
    blocked: count(),
    by_reason: z.partialRecord(oneOf(terminalReasons), count()),
  }),
  success_rate: share(),
  attempts: count(),
  retries: count(),
  reassignments: count(),
  throughput_tasks_per_second: amount(),
  duration_seconds: amount(),
  latency_ms: fields({ p50: quantile(), p95: quantile(), p99: quantile() }),
  signals: fields({ by_type: countsBy("type"), by_phase: countsBy("phase") }),
  health: fields({ score: score(), status: healthWord() }),
  calibration: fields({
    brier: share().nullable(),
    ece: share().nullable(),
    bins: listOf(
      fields({ from: share(), to: share(), count: count(), mean_predicted: share(), observed_rate: share() }),
      "bins",
    ),
  }),
  rejected_lines: count(),
}) satisfies z.ZodType<MetricsSummary>;

const anomalySchema = fields({
  type: oneOf(["success_drop", "stuck_agent", "out_of_range", "count_mismatch", "budget"]),
  wave: ordinal(),
  agent_id: idText().exactOptional(),
  message: text(),
}) satisfies z.ZodType<Anomaly>;

const agentViewSchema = fields({
  status: oneOf(["IDLE", "BUSY", "OFFLINE"]),
  current_load: amount(),
  completed_tasks: count(),
  failed_tasks: count(),
  success_rate: share().nullable().describe("null before the first task ended"),
  confidence: share(),
}) satisfies z.ZodType<AgentView>;

const healthFields = {
  health_score: score(),
  status: healthWord(),
  components: fields({ success_rate: share(), availability: share(), accuracy: share(), load_balance: share() }),
};

/** `system_health.json` (SPEC O1). */
export const systemHealthSchema = fields({
  run_id: idText(),
  ...healthFields,
  waves: listOf(
    fields({
      wave: ordinal(),
      ...healthFields,
      tasks: count(),
      completed: count(),
      anomalies: listOf(anomalySchema, "anomalies"),
    }),
    "waves",
  ),
  anomalies: listOf(anomalySchema, "anomalies"),
  agents: z.record(text(), agentViewSchema, "expected an object of agents by id"),
}) satisfies z.ZodType<SystemHealth>;
