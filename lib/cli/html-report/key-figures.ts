import type { HealthComponents } from "../../domain/health.ts";
import { countOf, formatNumber, formatPercent } from "../../domain/report-figures.ts";
import type { MetricsSummary, SystemHealth } from "../../domain/summary.ts";
import { formatDuration } from "./format-duration.ts";
import { escapeHtml } from "./html.ts";

const parts: readonly (readonly [keyof HealthComponents, string, string])[] = [
  ["success_rate", "success", "40 %"],
  ["availability", "availability", "20 %"],
  ["accuracy", "accuracy", "20 %"],
  ["load_balance", "load balance", "20 %"],
];

const tile = (label: string, value: string, note: string): string =>
  `<div class="tile"><dt>${escapeHtml(label)}</dt><dd><strong>${escapeHtml(value)}</strong><span>${escapeHtml(note)}</span></dd></div>`;

const renderPart =
  (components: HealthComponents) =>
  ([key, name, weight]: (typeof parts)[number]): string => {
    const share = components[key];
    return `<li><span>${name} <small>weighs ${weight}</small></span><b>${formatPercent(share)}</b><i class="track"><i style="width:${(share * 100).toFixed(1)}%"></i></i></li>`;
  };

const renderHealth = ({ health_score, status, components }: SystemHealth): string =>
  `<div class="tile health ${status.toLowerCase()}"><dt>Health</dt><dd><strong>${formatNumber(health_score, 1)}</strong><span>of 100 · ${escapeHtml(status)}</span><ul class="parts">${parts.map(renderPart(components)).join("")}</ul></dd></div>`;

/** The figures that a reader asks for first: health with its parts, outcomes, effort, time. */
export const keyFigures = (summary: MetricsSummary, health: SystemHealth): string => {
  const { tasks, latency_ms: latency } = summary;
  const missed = tasks.total - tasks.completed;
  const time = latency.p50 === null ? "–" : formatDuration(latency.p50);
  const slow = latency.p95 === null ? "nothing was executed" : `median; 95 % within ${formatDuration(latency.p95)}`;
  const tiles = [
    tile(
      "Completed",
      tasks.total === 0 ? "–" : formatPercent(tasks.completed / tasks.total),
      `${formatNumber(tasks.completed)} of ${countOf(tasks.total, "task")}`,
    ),
    tile(
      "Not completed",
      formatNumber(missed),
      `${formatNumber(tasks.failed)} failed, ${formatNumber(tasks.blocked)} blocked, ${formatNumber(tasks.skipped)} skipped`,
    ),
    tile(
      "Attempts",
      formatNumber(summary.attempts),
      `${countOf(summary.retries, "retry", "retries")}, ${countOf(summary.reassignments, "backup")}`,
    ),
    tile("Time a task took", time, slow),
    tile(
      "Duration",
      formatDuration(summary.duration_seconds * 1_000),
      `${formatNumber(summary.throughput_tasks_per_second, 1)} tasks a second`,
    ),
    tile(
      "Rejected lines",
      formatNumber(summary.rejected_lines),
      summary.rejected_lines === 0 ? "every line was accepted" : "see rejected.jsonl",
    ),
  ];
  return `<dl class="tiles">${renderHealth(health)}${tiles.join("")}</dl>`;
};
