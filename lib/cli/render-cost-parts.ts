import type { Cost } from "../domain/bill.ts";
import { priceList } from "../domain/prices.ts";
import { formatNumber } from "../domain/report-figures.ts";
import { renderCost } from "./render-cost.ts";

/** Half of the last digit that is shown. */
const LEAST_SHOWN = 0.000_05;

/** A cost with its parts, the dearest service first, a line each; what would show as nothing is left out. */
export const renderCostParts = (cost: Cost): readonly string[] => [
  `${renderCost(cost)} (${priceList.region}, ${priceList.date})`,
  ...Object.entries(cost.by_service)
    .filter(([, usd]) => usd >= LEAST_SHOWN)
    .toSorted(([, a], [, b]) => b - a)
    .map(([service, usd]) => `${service.padEnd(16)} $${formatNumber(usd, usd < 1 ? 4 : 2)}`),
];
