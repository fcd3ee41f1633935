import { type BilledService, billedServices, prices } from "./prices.ts";
import { round } from "./round.ts";
import type { Usage } from "./usage.ts";

/** What usage costs by the price list: US dollars, in all and by service. */
export interface Bill {
  readonly usd: number;
  readonly by_service: Readonly<Record<BilledService, number>>;
}

/** What a run costs by the price list, as `metrics_summary.json` says it: US dollars. */
export interface Cost extends Bill {
  /** The same run's price for a million of its tasks; null where it had none. */
  readonly usd_per_million_tasks: number | null;
}

/** Small runs cost parts of a cent: a millionth of a dollar shows one Lambda request in five. */
const dollarDigits = 6;

/** Adds up what usage costs, not rounded. */
export const billUsage = (usage: Usage): Bill => {
  const byService = Object.fromEntries(billedServices.map((service) => [service, 0])) as Record<BilledService, number>;
  for (const [field, { service, usd, per }] of Object.entries(prices)) {
    byService[service] += (usage[field as keyof Usage] * usd) / per;
  }
  return { usd: Object.values(byService).reduce((sum, usd) => sum + usd, 0), by_service: byService };
};

/** The cost of a run that had so many tasks: millionths of a dollar for the run, cents for a million tasks. */
export const costOf = (usage: Usage, tasks: number): Cost => {
  const { usd, by_service } = billUsage(usage);
  return {
    usd: round(usd, dollarDigits),
    usd_per_million_tasks: tasks > 0 ? round((usd / tasks) * 1_000_000, 2) : null,
    by_service: Object.fromEntries(
      Object.entries(by_service).map(([service, part]) => [service, round(part, dollarDigits)]),
    ) as Record<BilledService, number>,
  };
};
