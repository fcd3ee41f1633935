import type { ComparedFigure, RunComparison } from "../domain/compare-runs.ts";
import { formatNumber, formatPercent } from "../domain/report-figures.ts";
import { createPaint } from "./paint.ts";
import { printable } from "./printable.ts";
import { renderTable } from "./render-runs.ts";

const heading = (text: string): string => createPaint(process.stdout)("bold", text);

const digits = (value: number): number => (Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 4 : 2);

const figure = (value: number | null): string => formatNumber(value, value === null ? 0 : digits(value));

const signed = (value: number | null): string => {
  if (value === 0) return "=";
  return `${value !== null && value > 0 ? "+" : ""}${figure(value)}`;
};

const renderFigures = ({ a, b, figures }: RunComparison, width: number | undefined): string =>
  renderTable(
    ["figure", "A", "B", "B − A"],
    figures.map(({ figure: name, a: left, b: right, difference }: ComparedFigure) => [
      name,
      figure(left),
      figure(right),
      signed(difference),
    ]),
    { numeric: [1, 2, 3], ...(width !== undefined && { width }) },
  ).replace(/^/u, `${heading("A")}  ${printable(a)}\n${heading("B")}  ${printable(b)}\n\n`);

const share = ({ assigned, completed }: { readonly assigned: number; readonly completed: number }): string =>
  `${formatPercent(completed / assigned)} of ${formatNumber(assigned)}`;

const points = (difference: number): string => `${difference > 0 ? "+" : ""}${(100 * difference).toFixed(1)} points`;

const renderAgents = ({ agents }: RunComparison, width: number | undefined): string =>
  agents.length === 0
    ? "no agent of both runs completed another share of its tasks\n"
    : renderTable(
        ["agent", "A", "B", "B − A"],
        agents.map(({ agent_id, a, b, difference }) => [printable(agent_id), share(a), share(b), points(difference)]),
        { numeric: [1, 2, 3], ...(width !== undefined && { width }) },
      );

const renderEndings = ({ endings }: RunComparison): string => {
  const { in_both, only_in_a, only_in_b, changes, examples } = endings;
  if (in_both === 0) return "the runs have no task ids in common\n";
  const lines = [
    `${formatNumber(in_both)} tasks are in both runs, ${formatNumber(only_in_a)} only in A, ${formatNumber(only_in_b)} only in B`,
    ...(changes.length === 0 ? ["all of those in both ended the same"] : []),
    ...changes.map(({ from, to, tasks }) => `${formatNumber(tasks).padStart(9)}  ${from} → ${to}`),
    ...(examples.length === 0 ? [] : ["for example:"]),
    ...examples.map(({ task_id, from, to }) => `  ${printable(task_id)}: ${from} → ${to}`),
  ];
  return `${lines.join("\n")}\n`;
};

const renderSettings = ({ settings, all_settings_known }: RunComparison): string => {
  const lines = settings.map(
    ({ setting, a, b }) => `${printable(setting)}: ${printable(a ?? "–")} → ${printable(b ?? "–")}`,
  );
  const known = all_settings_known
    ? ""
    : "only what the summaries name is known; --data or --stack names a cloud that knows all\n";
  return `${lines.length === 0 ? "no difference" : lines.join("\n")}\n${known}`;
};

/** Two runs side by side, in plain words and tables as wide as the terminal at the most. */
export const renderComparison = (comparison: RunComparison, width: number | undefined): string =>
  [
    renderFigures(comparison, width),
    `${heading("Agents whose success changed most")}\n${renderAgents(comparison, width)}`,
    `${heading("Tasks that ended differently")}\n${renderEndings(comparison)}`,
    `${heading("Settings")}\n${renderSettings(comparison)}`,
  ].join("\n");
