import * as z from "zod/mini";
import type { AgentView } from "./agent.ts";
import type { Cost } from "./bill.ts";
import type { Anomaly } from "./anomalies.ts";
import { idText, instantText, numberBetween, oneOf } from "./field-schemas.ts";
import type { JsonValue } from "./json.ts";
import { amount, count, countsBy, fields, listOf, ordinal, share, text } from "./output-fields.ts";
import { type BilledService, billedServices } from "./prices.ts";
import type { TaskRecord } from "./record.ts";
import { terminalReasons } from "./redrive.ts";
import { retryStrategies, strategies } from "./run-config.ts";
import type { MetricsSummary, SystemHealth } from "./summary.ts";

const attemptSchema = fields({
  pass: ordinal(),
  attempt: ordinal().check(z.describe("from 1 within the pass")),
  agent_id: idText(),
  started_at: instantText(),
  duration_ms: amount(),
  error: z.exactOptional(text()),
  cost_usd: z.exactOptional(amount()),
  tokens: z.exactOptional(amount()),
});

const decisionSchema = fields({
  strategy: oneOf(strategies),
  load: amount().check(z.describe("the agent's load relative to its capacity before this task was added")),
  eligible: count(),
  passed_over: z.partialRecord(oneOf(["offline", "capability", "constraint", "already_tried", "rate_limit"]), count()),
  probe: z.exactOptional(z.literal(true, "expected true")),
});

/** A line of `results.jsonl` (SPEC E7). */
export const resultSchema = fields({
  task_id: idText(),
  wave: z.nullable(ordinal()),
  status: oneOf(["COMPLETED", "FAILED", "BLOCKED", "SKIPPED"]),
  reason: z.nullable(oneOf(terminalReasons)).check(z.describe("null for COMPLETED")),
  agent_id: z.nullable(idText()).check(z.describe("the agent of the last attempt; null where nothing was executed")),
  passes: count(),
  attempts: count(),
  predicted_success_rate: share(),
  duration_ms: amount().check(z.describe("from the start of the first attempt to the end of the last")),
  output: z
    .exactOptional(z.custom<JsonValue>())
    .check(z.describe("up to 2 KiB; a larger one stands in the object output_key")),
  output_key: z.exactOptional(text()),
  output_bytes: z.exactOptional(count()),
  error: z.exactOptional(text()),
  decision: z.nullable(decisionSchema).check(z.describe("null where the task was never assigned")),
  attempt_log: listOf(attemptSchema, "attempts"),
}) satisfies z.ZodMiniType<TaskRecord>;

const score = () => numberBetween(0, 100);
const healthWord = () => oneOf(["EXCELLENT", "GOOD", "FAIR", "POOR"]);
const quantile = () => z.nullable(amount());

const costSchema = fields({
  usd: amount(),
  usd_per_million_tasks: z.nullable(amount()).check(z.describe("null where the run had no task")),
  by_service: fields(
    Object.fromEntries(billedServices.map((service) => [service, amount()])) as Record<
      BilledService,
      ReturnType<typeof amount>
    >,
  ),
}) satisfies z.ZodMiniType<Cost>;

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
    brier: z.nullable(share()),
    ece: z.nullable(share()),
    bins: listOf(
      fields({ from: share(), to: share(), count: count(), mean_predicted: share(), observed_rate: share() }),
      "bins",
    ),
  }),
  rejected_lines: count(),
  cost: z.exactOptional(costSchema).check(z.describe("US dollars by AWS's list prices; absent where AWS itself bills")),
}) satisfies z.ZodMiniType<MetricsSummary>;

const anomalySchema = fields({
  type: oneOf(["success_drop", "stuck_agent", "out_of_range", "count_mismatch", "budget"]),
  wave: ordinal(),
  agent_id: z.exactOptional(idText()),
  message: text(),
}) satisfies z.ZodMiniType<Anomaly>;

const agentViewSchema = fields({
  status: oneOf(["IDLE", "BUSY", "OFFLINE"]),
  current_load: amount(),
  completed_tasks: count(),
  failed_tasks: count(),
  success_rate: z.nullable(share()).check(z.describe("null before the first task ended")),
  confidence: share(),
}) satisfies z.ZodMiniType<AgentView>;

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
}) satisfies z.ZodMiniType<SystemHealth>;
