import type { Cost } from "../domain/bill.ts";
import { formatNumber } from "../domain/report-figures.ts";

/** Dollars with two decimals, or with four where two would show nothing. */
const dollars = (usd: number): string => `$${formatNumber(usd, usd < 1 ? 4 : 2)}`;

/** A run's cost in one line for the terminal. */
export const renderCost = ({ usd, usd_per_million_tasks: perMillion }: Cost): string =>
  `${dollars(usd)} by list prices${perMillion === null ? "" : `, $${formatNumber(perMillion, 2)} a million tasks`}`;
