import { readCron } from "./aws-cron.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Node's timers fire at once when asked for more, about 24.8 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Gives the time (epoch ms) at which a schedule is due next after another one; undefined when it never is again. */
export type NextDue = (after: number) => number | undefined;

/**
 * Reads a schedule's expression, `rate(...)` or `cron(...)`; `where` names it in the error.
 *
 * @throws UnsupportedLocallyError for `at`, for rates that a timer cannot wait for, and for what is neither
 */
export const readScheduleExpression = (expression: string, where: string): NextDue => {
  const [, fields] = /^cron\((.*)\)$/u.exec(expression) ?? [];
  const next = fields === undefined ? readRate(expression) : readCron(fields);
  if (next !== undefined) return next;
  throw new UnsupportedLocallyError(
    `${where}: expected a schedule such as rate(5 minutes) of at most 24 days, or cron(0 6 ? * MON-FRI *), received ${expression}`,
  );
};

const readRate = (expression: string): NextDue | undefined => {
  const [, count, unit] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/u.exec(expression) ?? [];
  const intervalMs = Number(count) * unitMs[unit as keyof typeof unitMs];
  return intervalMs <= LONGEST_TIMER_MS ? (after) => after + intervalMs : undefined;
};
