import { viewAgent, type AgentState, type AgentView } from "./agent.ts";
import type { Anomaly } from "./anomalies.ts";
import type { Cost } from "./bill.ts";
import { calibrate, type Calibration } from "./calibration.ts";
import { healthScore, healthStatus, type HealthComponents, type HealthStatus } from "./health.ts";
import type { Quantiles } from "./percentiles.ts";
import type { TerminalReason } from "./record.ts";
import { round } from "./round.ts";
import type { RetryStrategy, RunConfig, Strategy } from "./run-config.ts";
import type { WaveItem } from "./run-item.ts";
import { tallyMetrics, type TallyTotals } from "./wave-metrics.ts";

/** `metrics_summary.json` (SPEC O1): rates with four decimals. */
export interface MetricsSummary {
  readonly run_id: string;
  readonly strategy: Strategy;
  readonly retry_strategy: RetryStrategy;
  /** How many agents the fleet has. */
  readonly agents: number;
  /** How many waves the run had. */
  readonly waves: number;
  readonly tasks: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly blocked: number;
    /** Reasons that no task ended for are left out. */
    readonly by_reason: { readonly [reason in TerminalReason]?: number };
  };
  readonly success_rate: number;
  readonly attempts: number;
  readonly retries: number;
  readonly reassignments: number;
  /** Executed tasks ÷ duration; 0 where the run took no time. */
  readonly throughput_tasks_per_second: number;
  readonly duration_seconds: number;
  readonly latency_ms: Quantiles;
  readonly signals: SignalCounts;
  readonly health: { readonly score: number; readonly status: HealthStatus };
  readonly calibration: Calibration;
  readonly rejected_lines: number;
  /** Only of a run that the embedded cloud counted from its beginning: AWS tells no run's share of its bill. */
  readonly cost?: Cost;
}

/** How many signals a run sent, by type and by target phase. */
type SignalCounts = WaveItem["signals"];

/** A wave in `system_health.json`. */
interface WaveHealth {
  readonly wave: number;
  readonly health_score: number;
  readonly status: HealthStatus;
  readonly components: HealthComponents;
  readonly tasks: number;
  readonly completed: number;
  readonly anomalies: readonly Anomaly[];
}

/** `system_health.json` (SPEC O1): the run's score comes from its totals, not from a mean of its waves (SPEC H1). */
export interface SystemHealth {
  readonly run_id: string;
  readonly health_score: number;
  readonly status: HealthStatus;
  readonly components: HealthComponents;
  readonly waves: readonly WaveHealth[];
  /** Those of all waves. */
  readonly anomalies: readonly Anomaly[];
  readonly agents: Readonly<Record<string, AgentView>>;
}

/** What the summary of a run is built from. */
interface MetricsSummaryInput {
  readonly run_id: string;
  readonly config: Pick<RunConfig, "strategy" | "retry_strategy">;
  readonly totals: TallyTotals;
  readonly agents: readonly AgentState[];
  readonly waves: number;
  readonly durationSeconds: number;
  readonly latencies: Quantiles;
  readonly signals: SignalCounts;
  readonly rejectedLines: number;
}

/** What the health of a run is built from. */
interface SystemHealthInput {
  readonly run_id: string;
  readonly totals: TallyTotals;
  readonly agents: readonly AgentState[];
  readonly waves: readonly Pick<
    WaveItem,
    "wave" | "health_score" | "components" | "tasks" | "completed" | "anomalies"
  >[];
}

const roundComponents = (components: HealthComponents): HealthComponents => ({
  success_rate: round(components.success_rate, 4),
  availability: round(components.availability, 4),
  accuracy: round(components.accuracy, 4),
  load_balance: round(components.load_balance, 4),
});

const roundView = (view: AgentView): AgentView => ({
  ...view,
  current_load: round(view.current_load, 4),
  success_rate: view.success_rate === null ? null : round(view.success_rate, 4),
});

/** Builds `metrics_summary.json`. */
export const buildMetricsSummary = (input: MetricsSummaryInput): MetricsSummary => {
  const { totals, durationSeconds } = input;
  const components = tallyMetrics(totals, input.agents);
  const score = healthScore(components);
  return {
    run_id: input.run_id,
    strategy: input.config.strategy,
    retry_strategy: input.config.retry_strategy,
    agents: input.agents.length,
    waves: input.waves,
    tasks: {
      total: totals.tasks,
      completed: totals.by_status.COMPLETED,
      failed: totals.by_status.FAILED,
      skipped: totals.by_status.SKIPPED,
      blocked: totals.by_status.BLOCKED,
      by_reason: Object.fromEntries(Object.entries(totals.by_reason).filter(([, count]) => count > 0)),
    },
    success_rate: round(components.success_rate, 4),
    attempts: totals.attempts,
    retries: totals.retries,
    reassignments: totals.reassignments,
    throughput_tasks_per_second: durationSeconds > 0 ? round(totals.executed / durationSeconds, 4) : 0,
    duration_seconds: round(durationSeconds, 3),
    latency_ms: input.latencies,
    signals: input.signals,
    health: { score, status: healthStatus(score) },
    calibration: calibrate(totals.predictions),
    rejected_lines: input.rejectedLines,
  };
};

/** Builds `system_health.json`. */
export const buildSystemHealth = ({ run_id, totals, agents, waves }: SystemHealthInput): SystemHealth => {
  const components = tallyMetrics(totals, agents);
  const score = healthScore(components);
  return {
    run_id,
    health_score: score,
    status: healthStatus(score),
    components: roundComponents(components),
    waves: waves.map((wave) => ({
      wave: wave.wave,
      health_score: wave.health_score,
      status: healthStatus(wave.health_score),
      components: roundComponents(wave.components),
      tasks: wave.tasks,
      completed: wave.completed,
      anomalies: wave.anomalies,
    })),
    anomalies: waves.flatMap((wave) => wave.anomalies),
    agents: Object.fromEntries(agents.map((agent) => [agent.id, roundView(viewAgent(agent))])),
  };
};
