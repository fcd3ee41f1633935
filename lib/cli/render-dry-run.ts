import { countOf, formatNumber, formatPercent } from "../domain/report-figures.ts";
import type { DryRun } from "./dry-run.ts";
import { formatDuration } from "./html-report/format-duration.ts";
import { printable } from "./printable.ts";
import { renderCostParts } from "./render-cost-parts.ts";
import { renderTable } from "./render-runs.ts";
import { renderSections } from "./render-sections.ts";

/** Rows of a table of waves or agents; the JSON has them all. */
const MAX_ROWS = 20;

const weightOf = (weight: number): string => formatNumber(weight, Number.isInteger(weight) ? 0 : 1);

const more = (rows: number): readonly string[] =>
  rows > MAX_ROWS ? [`and ${formatNumber(rows - MAX_ROWS)} more, all of them with --json`] : [];

const tableLines = (...table: Parameters<typeof renderTable>): readonly string[] =>
  renderTable(...table)
    .trimEnd()
    .split("\n");

const renderLines = ({ lines }: DryRun): readonly string[] => [
  `${formatNumber(lines.accepted)} accepted, ${formatNumber(lines.rejected)} rejected`,
  ...lines.first_rejected.map(({ file, reason }) => printable(`${file} ${reason}`)),
];

const renderSetAside = ({ set_aside: { tasks, by_reason, examples } }: DryRun): readonly string[] => {
  if (tasks === 0) return [];
  const reasons = Object.entries(by_reason).map(([reason, count]) => `${reason} ${formatNumber(count)}`);
  return [
    `${countOf(tasks, "task")} that can never run: ${reasons.join(", ")}`,
    ...examples.map(({ task_id, error }) => printable(`${task_id}: ${error}`)),
  ];
};

const renderUnassigned = ({ unassigned: { tasks, examples } }: DryRun): readonly string[] =>
  tasks === 0
    ? []
    : [
        `${countOf(tasks, "task")} that no agent may take`,
        ...examples.map(({ task_id, detail }) => printable(`${task_id}: ${detail}`)),
      ];

const renderWaves = ({ waves, groups, config }: DryRun, width: number | undefined): readonly string[] => {
  if (waves.length === 0) return ["none"];
  const rows = waves
    .slice(0, MAX_ROWS)
    .map(({ wave, tasks, weight, depends_on_waves: before, busiest }) => [
      String(wave),
      formatNumber(tasks),
      weightOf(weight),
      busiest === null ? "–" : `${printable(busiest.agent_id)} (${weightOf(busiest.weight)})`,
      before.length === 0 ? "–" : before.join(" "),
    ]);
  return [
    config.wave_concurrency === 1
      ? `${countOf(waves.length, "wave")}, one after the other`
      : `${countOf(waves.length, "wave")} in ${countOf(groups.length, "group")} of waves that may run side by side`,
    ...tableLines(["wave", "tasks", "weight", "busiest agent", "needs waves"], rows, {
      numeric: [1, 2],
      ...(width !== undefined && { width }),
    }),
    ...more(waves.length),
  ];
};

const renderAgents = ({ agents, fleet }: DryRun, width: number | undefined): readonly string[] => {
  const rows = agents
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MAX_ROWS)
    .map(({ agent_id, online, tasks, weight, tasks_by_wave }) => [
      printable(agent_id),
      formatNumber(tasks),
      weightOf(weight),
      online ? tasks_by_wave.slice(0, 7).map(String).join(" ") + (tasks_by_wave.length > 7 ? " …" : "") : "offline",
    ]);
  return [
    `${countOf(agents.length, "agent")} of fleet ${printable(fleet)}`,
    ...tableLines(["agent", "tasks", "weight", "tasks of each wave"], rows, {
      numeric: [1, 2],
      ...(width !== undefined && { width }),
    }),
    ...more(agents.length),
  ];
};

const renderSuccess = ({ expected }: DryRun): readonly string[] =>
  expected.success_rate === null
    ? []
    : [
        `${formatPercent(expected.success_rate)} of all tasks expected to complete; the mean prediction is ${formatPercent(expected.predicted_success_rate)}`,
        `${countOf(Math.round(expected.attempts), "attempt")}, those included that fail in passing and are made again; one that runs to its end succeeds as predicted`,
      ];

const renderHealth = ({ expected: { health } }: DryRun): readonly string[] =>
  health === null
    ? []
    : [
        `${health.score.toFixed(2)} ${health.status} expected`,
        Object.entries(health.components)
          .map(([part, share]) => `${part} ${formatPercent(share)}`)
          .join(", "),
      ];

const renderDuration = ({ expected: { duration, bound } }: DryRun): readonly string[] =>
  duration === null || bound === null
    ? []
    : [
        `about ${formatDuration(1_000 * duration.seconds)} on AWS: tasks ${formatDuration(1_000 * duration.dispatch_seconds)}, steps around them ${formatDuration(1_000 * duration.step_seconds)}`,
        `bound by ${bound.name}: ${bound.limit}`,
      ];

const renderWarning = ({ expected: { attempts_limited: limited } }: DryRun): readonly string[] =>
  limited === 0
    ? []
    : [
        `${countOf(Math.round(limited), "attempt")} on agents with a rate limit: the time that executors wait for a place, up to 60 s each, is not in the cost`,
      ];

/** A dry run for a terminal as wide as that, every figure with its name. */
export const renderDryRun = (dry: DryRun, width: number | undefined): string =>
  renderSections([
    { label: "Lines", lines: renderLines(dry) },
    { label: "Set aside", lines: renderSetAside(dry) },
    { label: "Unassigned", lines: renderUnassigned(dry) },
    { label: "Waves", lines: renderWaves(dry, width) },
    { label: "Agents", lines: renderAgents(dry, width) },
    { label: "Success", lines: renderSuccess(dry) },
    { label: "Health", lines: renderHealth(dry) },
    { label: "Duration", lines: renderDuration(dry) },
    { label: "Cost", lines: renderCostParts(dry.expected.cost) },
    { label: "Warning", lines: renderWarning(dry) },
    { label: "Dry run", lines: ["nothing was started or written"] },
  ]);
