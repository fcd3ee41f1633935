import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import { formatNumber } from "../domain/report-figures.ts";
import { createPaint, type Paint } from "./paint.ts";
import { renderCost } from "./render-cost.ts";
import { cutText, healthColour, renderBar } from "./render-bar.ts";
import { renderWeakestAgents } from "./render-weakest-agents.ts";
import { renderWorstPredictions } from "./render-worst-predictions.ts";
import type { Hint } from "./summary-hints.ts";

/** A label and the lines beside it; without lines nothing is shown. */
interface Section {
  readonly label: string;
  readonly lines: readonly string[];
}

const LABEL_WIDTH = 13;
const BAR_WIDTH = 10;

/** Health with its parts two by two: four in a row are too wide for 80 columns. */
const renderHealth = ({ health_score: score, status, components }: SystemHealth, paint: Paint): readonly string[] => {
  const part = (name: string, share: number): string =>
    `${name.padEnd(12)} ${paint(healthColour(100 * share), renderBar(share, BAR_WIDTH))} ${`${(100 * share).toFixed(1)} %`.padStart(7)}`;
  return [
    paint(healthColour(score), `${score.toFixed(2)} ${status}`),
    `${part("success", components.success_rate)}   ${part("availability", components.availability)}`,
    `${part("accuracy", components.accuracy)}   ${part("load balance", components.load_balance)}`,
  ];
};

const renderReasons = (reasons: MetricsSummary["tasks"]["by_reason"]): readonly string[] => {
  const entries = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  return entries.length === 0 ? [] : [entries.map(([reason, n]) => `${reason} ${formatNumber(n)}`).join(", ")];
};

/** Lines for anomalies; where they are too many, the last says how many more there are. */
const ANOMALY_LINES = 2;

const renderAnomalies = (anomalies: SystemHealth["anomalies"]): readonly string[] => {
  const shown = anomalies.length > ANOMALY_LINES ? ANOMALY_LINES - 1 : anomalies.length;
  const left = anomalies.length - shown;
  return [
    ...anomalies.slice(0, shown).map(({ wave, message }) => `wave ${wave}: ${message}`),
    ...(left > 0 ? [`and ${formatNumber(left)} more in system_health.json`] : []),
  ];
};

const renderTime = ({ duration_seconds, throughput_tasks_per_second, latency_ms: latency }: MetricsSummary): string => {
  const task =
    latency.p50 === null
      ? "nothing was executed"
      : `a task p50 ${latency.p50} ms, p95 ${latency.p95} ms, p99 ${latency.p99} ms`;
  return `${duration_seconds.toFixed(1)} s, ${formatNumber(Math.round(throughput_tasks_per_second))} tasks/s; ${task}`;
};

const sectionsOf = (summary: MetricsSummary, health: SystemHealth, out: string, paint: Paint): readonly Section[] => {
  const { tasks } = summary;
  const signals = Object.entries(summary.signals.by_phase).map(([phase, n]) => `${formatNumber(n)} to phase ${phase}`);
  return [
    { label: "Health", lines: renderHealth(health, paint) },
    {
      label: "Tasks",
      lines: [
        `${formatNumber(tasks.total)}: ${formatNumber(tasks.completed)} completed, ${formatNumber(tasks.failed)} failed, ${formatNumber(tasks.blocked)} blocked, ${formatNumber(tasks.skipped)} skipped`,
      ],
    },
    { label: "Reasons", lines: renderReasons(tasks.by_reason) },
    {
      label: "Attempts",
      lines: [
        `${formatNumber(summary.attempts)}, of these ${formatNumber(summary.retries)} retries; ${formatNumber(summary.reassignments)} reassigned to a backup`,
      ],
    },
    { label: "Time", lines: [renderTime(summary)] },
    { label: "Cost", lines: summary.cost === undefined ? [] : [renderCost(summary.cost)] },
    { label: "Agents", lines: renderWeakestAgents(health.agents, paint) },
    { label: "Predictions", lines: renderWorstPredictions(summary.calibration) },
    { label: "Signals", lines: [signals.length === 0 ? "none" : signals.join(", ")] },
    {
      label: "Rejected",
      lines:
        summary.rejected_lines > 0
          ? [`${formatNumber(summary.rejected_lines)} lines, each with its reason in ${out}/rejected.jsonl`]
          : [],
    },
    { label: "Anomalies", lines: renderAnomalies(health.anomalies) },
    { label: "Files", lines: [`${out}/`] },
  ];
};

const rowOf = (label: string, line: string, paint: Paint): string =>
  `  ${label === "" ? " ".repeat(LABEL_WIDTH) : paint("bold", label.padEnd(LABEL_WIDTH))}${line}`;

/** A line that is cut where it is plain text; what is coloured is short. */
const fit = (line: string, columns: number): string =>
  line.includes("\u001B") ? line : cutText(line, columns - LABEL_WIDTH - 2);

const renderHints = (hints: readonly Hint[], columns: number, paint: Paint): readonly string[] => {
  const width = Math.max(0, ...hints.map(({ what }) => what.length));
  const room = columns - LABEL_WIDTH - 2;
  // Commands are to be copied, so they are never cut; what they are for goes first, then the margin.
  const hasRoom = hints.every(({ why }) => width + 2 + why.length <= room);
  return hints.map(({ what, why }, index) => {
    if (index > 0 && what.length > room) return `  ${what}`;
    return rowOf(index === 0 ? "Next" : "", hasRoom ? `${what.padEnd(width)}  ${paint("dim", why)}` : what, paint);
  });
};

/**
 * The summary of a finished run, for the terminal behind `stream`: at 80×24 one screen, with the health's parts, what was weakest, and
 * what to try next. Where the stream is no terminal nothing is cut and nothing coloured.
 */
export const renderSummary = (
  summary: MetricsSummary,
  health: SystemHealth,
  out: string,
  {
    hints = [],
    stream = process.stderr,
  }: { readonly hints?: readonly Hint[]; readonly stream?: NodeJS.WriteStream } = {},
): string => {
  const paint = createPaint(stream);
  const columns = stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY;
  const sections = sectionsOf(summary, health, out, paint);
  return [
    ...sections.flatMap(({ label, lines }) =>
      lines.map((line, index) => rowOf(index === 0 ? label : "", label === "Files" ? line : fit(line, columns), paint)),
    ),
    ...renderHints(hints, columns, paint),
  ].join("\n");
};
