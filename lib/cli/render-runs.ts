import Table from "cli-table3";

import { formatNumber, formatPercent } from "../domain/report-figures.ts";
import { printable } from "./printable.ts";

/** A run as `runs` lists it; null where that is not known. */
export interface RunRow {
  readonly run_id: string;
  /** ISO 8601: when it started, or when its files were written where only they are known. */
  readonly at: string | null;
  readonly tasks: number | null;
  /** Share of the tasks, 0..1. */
  readonly completed: number | null;
  readonly health: { readonly score: number; readonly status: string } | null;
  readonly strategy: string | null;
  /** As the table has it; `ENDED` where only files are known, `NO REPORT` where the run broke off before them. */
  readonly status: string;
}

/** No lines around cells: a table of runs is read by people and cut by scripts. */
const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

const RIGHT = "right";
const LEFT = "left";

/** Rows under a head, columns aligned, without colours; the first column is cut so that a row fits the width. */
export const renderTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly numeric: readonly number[]; readonly width?: number },
): string => {
  const widths = head.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length)),
  );
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const [first = 0] = widths;
  const room = Math.max(8, (options.width ?? Infinity) - rest);
  const table = new Table({
    chars: bare,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, column) => (options.numeric.includes(column) ? RIGHT : LEFT)),
    colWidths: [Math.min(first, room)],
  });
  table.push([...head], ...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
};

const minutes = (at: string | null): string => (at === null ? "–" : `${at.slice(0, 10)} ${at.slice(11, 16)}Z`);

/** A table of runs, a line each, as wide as the terminal at the most. */
export const renderRuns = (runs: readonly RunRow[], width: number | undefined): string =>
  renderTable(
    ["run", "when", "tasks", "completed", "health", "strategy", "status"],
    runs.map(({ run_id, at, tasks, completed, health, strategy, status }) => [
      printable(run_id),
      minutes(at),
      formatNumber(tasks),
      formatPercent(completed),
      health === null ? "–" : `${health.score.toFixed(1)} ${health.status}`,
      strategy ?? "–",
      status,
    ]),
    { numeric: [2, 3], ...(width !== undefined && { width }) },
  );
