import { round } from "./round.ts";

/** What a run may spend at the most; what is not named is not bounded. */
export interface Budget {
  readonly max_attempts?: number;
  /** By what the agents report. */
  readonly max_cost_usd?: number;
  /** By what the agents report. */
  readonly max_tokens?: number;
  /** From the start of the run. */
  readonly max_seconds?: number;
}

/** What a run has spent (pk `RUN#<id>`, sk `SPENT`): attempts count when they start, cost and tokens when the agent has answered. */
export interface Spent {
  readonly attempts: number;
  readonly cost_usd: number;
  readonly tokens: number;
}

/** Part of a limit from which on a warning is due. */
const WARN_FROM = 0.8;

interface Use {
  readonly name: keyof Budget;
  readonly used: number;
  readonly limit: number;
}

const usesOf = (budget: Budget, spent: Spent, elapsedSeconds: number): readonly Use[] => {
  const used: Readonly<Record<keyof Budget, number>> = {
    max_attempts: spent.attempts,
    max_cost_usd: spent.cost_usd,
    max_tokens: spent.tokens,
    max_seconds: elapsedSeconds,
  };
  return (Object.keys(used) as (keyof Budget)[]).flatMap((name) => {
    const limit = budget[name];
    return limit === undefined ? [] : [{ name, used: used[name], limit }];
  });
};

const show = ({ name, used, limit }: Use): string => `${name}: ${round(used, 4)} of ${limit} spent`;

/** Why nothing new may start, in one line; undefined while the budget holds. */
export const findExhausted = (budget: Budget, spent: Spent, elapsedSeconds: number): string | undefined => {
  const over = usesOf(budget, spent, elapsedSeconds).filter(({ used, limit }) => used >= limit);
  return over.length === 0 ? undefined : over.map(show).join("; ");
};

/** The limits of which four fifths are spent, a line each (SPEC H2 shows them as anomalies). */
export const budgetWarnings = (budget: Budget, spent: Spent, elapsedSeconds: number): readonly string[] =>
  usesOf(budget, spent, elapsedSeconds)
    .filter(({ used, limit }) => used >= limit * WARN_FROM)
    .map(show);

/** Why a task of a run whose budget is spent ended; `over` is what {@link findExhausted} said. */
export const explainExhausted = (over: string): string => `the run's budget: ${over}`;
