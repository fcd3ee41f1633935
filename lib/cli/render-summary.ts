import { styleText } from "node:util";

import type { AgentView } from "../domain/agent.ts";
import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
const number = (n: number): string => n.toLocaleString("en-US");

type Style = "bold" | "green" | "yellow" | "red";

/** Colours where the summary goes to: stderr, whatever stdout is. */
const style = (format: Style, text: string): string => styleText(format, text, { stream: process.stderr });
const row = (label: string, text: string): string => `  ${style("bold", label.padEnd(13))}${text}`;

const healthColour = (score: number): Style => (score >= 90 ? "green" : score >= 50 ? "yellow" : "red");

/** Agents that a summary names: the ones that lost most, since those are what a person must look at. */
const SHOWN_AGENTS = 5;

const weakestFirst = ([idA, a]: readonly [string, AgentView], [idB, b]: readonly [string, AgentView]): number =>
  Number(b.status === "OFFLINE") - Number(a.status === "OFFLINE") ||
  (a.success_rate ?? 1) - (b.success_rate ?? 1) ||
  (idA < idB ? -1 : 1);

const renderAgents = (agents: SystemHealth["agents"]): readonly string[] => {
  const ranked = Object.entries(agents).toSorted(weakestFirst);
  const width = Math.max(...ranked.slice(0, SHOWN_AGENTS).map(([id]) => id.length), 0);
  const lines = ranked.slice(0, SHOWN_AGENTS).map(([id, agent], index) => {
    const rate =
      agent.success_rate === null
        ? "nothing done"
        : `${percent(agent.success_rate)} of ${number(agent.completed_tasks + agent.failed_tasks)}`;
    const status = agent.status === "OFFLINE" ? style("red", agent.status) : agent.status;
    return row(index === 0 ? "Agents" : "", `${id.padEnd(width)}  ${rate}  ${status}`);
  });
  const left = ranked.length - SHOWN_AGENTS;
  return left > 0 ? [...lines, row("", `and ${left} more in system_health.json`)] : lines;
};

const renderReasons = (reasons: MetricsSummary["tasks"]["by_reason"]): readonly string[] => {
  const entries = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  return entries.length === 0
    ? []
    : [row("Reasons", entries.map(([reason, n]) => `${reason} ${number(n)}`).join(", "))];
};

const calibrationText = ({ brier, ece }: MetricsSummary["calibration"]): string =>
  brier === null || ece === null
    ? "nothing was executed"
    : `Brier ${brier.toFixed(3)}, calibration error ${ece.toFixed(3)}`;

/** The summary of a finished run: one screen, for a terminal. */
export const renderSummary = (summary: MetricsSummary, health: SystemHealth, out: string): string => {
  const { tasks, latency_ms: latency } = summary;
  const { components } = health;
  const score = style(healthColour(health.health_score), `${health.health_score.toFixed(2)} ${health.status}`);
  const signals = Object.entries(summary.signals.by_phase).map(([phase, n]) => `${number(n)} to phase ${phase}`);
  return [
    "",
    row("Health", score),
    row(
      "",
      `success ${percent(components.success_rate)}, availability ${percent(components.availability)}, accuracy ${percent(components.accuracy)}, load balance ${percent(components.load_balance)}`,
    ),
    row(
      "Tasks",
      `${number(tasks.total)}: ${number(tasks.completed)} completed, ${number(tasks.failed)} failed, ${number(tasks.blocked)} blocked, ${number(tasks.skipped)} skipped`,
    ),
    ...renderReasons(tasks.by_reason),
    row(
      "Attempts",
      `${number(summary.attempts)}, of these ${number(summary.retries)} retries; ${number(summary.reassignments)} reassigned to a backup`,
    ),
    row(
      "Time",
      `${summary.duration_seconds.toFixed(1)} s; a task took ${latency.p50 ?? "–"} ms (median), ${latency.p95 ?? "–"} ms (95 %), ${latency.p99 ?? "–"} ms (99 %)`,
    ),
    ...renderAgents(health.agents),
    row("Predictions", calibrationText(summary.calibration)),
    row("Signals", signals.length === 0 ? "none" : signals.join(", ")),
    ...(summary.rejected_lines > 0
      ? [row("Rejected", `${number(summary.rejected_lines)} lines, each with its reason in ${out}/rejected.jsonl`)]
      : []),
    ...health.anomalies
      .slice(0, 3)
      .map(({ wave, message }, index) => row(index === 0 ? "Anomalies" : "", `wave ${wave}: ${message}`)),
    row("Files", `${out}/`),
    row("Next", `read ${out}/execution_report.md`),
  ].join("\n");
};
