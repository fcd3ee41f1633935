import type { AgentState } from "./agent.ts";
import { renderAgents } from "./report-agents.ts";
import { renderFailures, type FailedTask } from "./report-failures.ts";
import { countOf, formatNumber, formatPercent } from "./report-figures.ts";
import { escapeMarkdown, markdownList, markdownTable } from "./report-markdown.ts";
import { renderPredictions } from "./report-predictions.ts";
import { recommend } from "./report-recommendations.ts";
import type { RunConfig } from "./run-config.ts";
import type { MetricsSummary, SystemHealth } from "./summary.ts";
import type { TallyTotals } from "./wave-metrics.ts";

const shownAnomalies = 50;

/** A finished run, as its report is written from it. */
interface ReportInput {
  readonly summary: MetricsSummary;
  readonly health: SystemHealth;
  readonly totals: TallyTotals;
  readonly agents: readonly AgentState[];
  readonly config: RunConfig;
  /** From `createFailureSample`. */
  readonly failures: readonly FailedTask[];
}

const renderVerdict = ({ summary: { tasks, success_rate, health, rejected_lines } }: ReportInput): string => {
  const answer =
    tasks.completed === tasks.total ? "Yes" : success_rate >= 0.9 ? "Mostly" : success_rate >= 0.5 ? "In part" : "No";
  const share = `${formatNumber(tasks.completed)} of ${countOf(tasks.total, "task")} completed (${formatPercent(success_rate)})`;
  const outcome = tasks.total === 0 ? "There was nothing to do: no task was accepted" : `${answer}: ${share}`;
  const rejected = rejected_lines === 0 ? "" : `, ${countOf(rejected_lines, "input line")} rejected`;
  return `${outcome}${rejected}; the health score is ${formatNumber(health.score, 2)} of 100 (${health.status}).`;
};

const renderFacts = ({ summary, totals, config }: ReportInput): string => {
  const { latency_ms: latency } = summary;
  const retries = config.retry_strategy === "NO_RETRY" ? 0 : config.max_retries;
  const cost = totals.cost_usd > 0 || totals.tokens > 0;
  return markdownList([
    `${countOf(summary.agents, "agent")}, ${countOf(summary.waves, "wave")}; ${config.strategy}, ${config.retry_strategy}, ${countOf(retries, "retry", "retries")} and ${countOf(config.max_passes, "pass", "passes")} at most, seed ${config.seed}`,
    `${formatNumber(summary.duration_seconds, 1)} s, ${formatNumber(summary.throughput_tasks_per_second, 1)} executed tasks a second`,
    `${countOf(summary.attempts, "attempt")}, of these ${countOf(summary.retries, "retry", "retries")}; ${countOf(summary.reassignments, "reassignment")} to another pass`,
    `time a task took, with waits between attempts: median ${formatNumber(latency.p50)} ms, 95 % within ${formatNumber(latency.p95)} ms, 99 % within ${formatNumber(latency.p99)} ms`,
    ...(cost
      ? [`reported by agents: ${formatNumber(totals.cost_usd, 4)} USD, ${countOf(totals.tokens, "token")}`]
      : []),
  ]);
};

const renderParts = ({ health: { components } }: ReportInput): string =>
  [
    `Health is made of success ${formatPercent(components.success_rate)} (weight 0.4),`,
    `availability ${formatPercent(components.availability)}, accuracy ${formatPercent(components.accuracy)}`,
    `and load balance ${formatPercent(components.load_balance)} (0.2 each).`,
  ].join(" ");

const renderWaves = ({ health: { waves, anomalies } }: ReportInput): string => {
  if (waves.length === 0) return "There was no wave.";
  const rows = waves.map((wave) => [
    formatNumber(wave.wave),
    `${formatNumber(wave.health_score, 2)} ${wave.status}`,
    formatNumber(wave.tasks),
    formatNumber(wave.completed),
    formatNumber(wave.anomalies.length),
  ]);
  const shown = anomalies.slice(0, shownAnomalies).map(({ wave, message }) => `wave ${wave}: ${message}`);
  const left = anomalies.length - shown.length;
  return [
    markdownTable(["wave", "health", "tasks", "completed", "anomalies"], rows),
    anomalies.length === 0 ? "No anomalies." : markdownList(shown),
    ...(left > 0 ? [`${countOf(left, "more anomaly", "more anomalies")} in system_health.json.`] : []),
  ].join("\n\n");
};

const renderAdvice = ({ totals, agents, config, failures, summary }: ReportInput): string => {
  const advice = recommend({ totals, agents, config, failures, rejectedLines: summary.rejected_lines });
  return advice.length === 0 ? "Nothing that the rules look for was found." : markdownList(advice);
};

/** Writes `execution_report.md` (SPEC O1): plain words and figures; everything that comes from input is escaped and cut. */
export const renderReport = (input: ReportInput): string =>
  [
    `# Run ${escapeMarkdown(input.summary.run_id)}`,
    "## Did it go well?",
    renderVerdict(input),
    renderFacts(input),
    renderParts(input),
    "## What failed, and why",
    renderFailures(input.totals, input.failures),
    "## Which agents are weak",
    renderAgents(input.totals, input.agents),
    "## How good were the predictions",
    renderPredictions(input.totals, input.summary.calibration),
    "## Waves",
    renderWaves(input),
    "## What to change",
    renderAdvice(input),
  ].join("\n\n") + "\n";
