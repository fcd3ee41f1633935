import Table from "cli-table3";

import type { Measured } from "./benchmark.ts";

const plain = { head: [], border: [], compact: true };

/** The quotient of a figure and an earlier one, such as "1.25 x". */
const ratio = (now: number | undefined, before: number | undefined): string =>
  now === undefined || before === undefined || before === 0 ? "" : `${(now / before).toFixed(2)} x`;

const show = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 3 });

/** All figures as a table; with earlier ones beside them, and how they changed. */
export const renderTable = (measured: readonly Measured[], earlier: readonly Measured[]): string => {
  const before = new Map(earlier.map(({ name, figures }) => [name, figures]));
  const compared = earlier.length > 0 ? ["before", "now ÷ before"] : [];
  const table = new Table({
    head: ["benchmark", "figure", "median", ...compared],
    style: plain,
    colAligns: ["left", "left", "right", "right", "right"],
  });
  for (const { name, figures } of measured) {
    for (const [figure, value] of Object.entries(figures)) {
      const then = before.get(name)?.[figure];
      const change = earlier.length > 0 ? [then === undefined ? "" : show(then), ratio(value, then)] : [];
      table.push([name, figure, show(value), ...change]);
    }
  }
  return table.toString();
};
