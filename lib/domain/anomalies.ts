import type { HealthComponents } from "./health.ts";
import { countOf, formatPercent } from "./report-figures.ts";
import { round } from "./round.ts";
import { meanDelta, type TallyTotals } from "./wave-metrics.ts";

/** Something about a wave that a person should look at (SPEC H2). */
export interface Anomaly {
  readonly type: "success_drop" | "stuck_agent" | "out_of_range" | "count_mismatch" | "budget";
  readonly wave: number;
  readonly agent_id?: string;
  /** One sentence with the figures. */
  readonly message: string;
}

/** What anomalies of a wave are looked for in. */
interface AnomalyInput {
  readonly wave: number;
  readonly totals: TallyTotals;
  readonly metrics: HealthComponents;
  /** The wave before, absent for the first. */
  readonly previous?: { readonly wave: number; readonly success_rate: number };
  /** Tasks that planning put into the wave; not checked where absent. */
  readonly expectedTasks?: number;
  /** BUSY agents with the time since they last got anything done. */
  readonly busyAgents: readonly { readonly agent_id: string; readonly idle_seconds: number }[];
  /** Relative loss of success that is still accepted, 0..1. */
  readonly drop: number;
  readonly stuckSeconds: number;
  /** Limits of the run's budget that are nearly spent, a line each. */
  readonly budget?: readonly string[];
}

const findSuccessDrop = ({ wave, totals, metrics, previous, drop }: AnomalyInput): Anomaly[] => {
  if (previous === undefined || previous.success_rate <= 0) return [];
  const { cancelled, budget_exhausted } = totals.by_reason;
  // A wave that was stopped before anything ran says nothing of success.
  if (totals.executed === 0 && (totals.tasks === 0 || cancelled + budget_exhausted > 0)) return [];
  // Rounded, so that a loss of exactly `drop` is not one through the last bit of a division.
  const loss = round((previous.success_rate - metrics.success_rate) / previous.success_rate, 9);
  if (!(loss > drop)) return [];
  const fall = `from ${formatPercent(previous.success_rate)} in wave ${previous.wave} to ${formatPercent(metrics.success_rate)}`;
  const message = `success fell ${fall}: a loss of ${formatPercent(loss)}, accepted are ${formatPercent(drop)}`;
  return [{ type: "success_drop", wave, message }];
};

const findStuckAgents = ({ wave, busyAgents, stuckSeconds }: AnomalyInput): Anomaly[] =>
  busyAgents
    .filter(({ idle_seconds }) => idle_seconds >= stuckSeconds)
    .map(({ agent_id, idle_seconds }) => ({
      type: "stuck_agent",
      wave,
      agent_id,
      message: `agent ${agent_id} is BUSY without progress for ${countOf(Math.floor(idle_seconds), "second")}, accepted are ${stuckSeconds}`,
    }));

const findOutOfRange = ({ wave, totals, metrics }: AnomalyInput): Anomaly[] => {
  const ranges: readonly (readonly [string, number, number])[] = [
    ["success_rate", metrics.success_rate, 1],
    ["availability", metrics.availability, 1],
    ["accuracy", metrics.accuracy, 1],
    ["load_balance", metrics.load_balance, 1],
    ["mean delta", meanDelta(totals), 1],
    ["executed tasks", totals.executed, totals.tasks],
    ["retries", totals.retries, totals.attempts],
    ["reassignments", totals.reassignments, Infinity],
    ["cost_usd", totals.cost_usd, Infinity],
    ["tokens", totals.tokens, Infinity],
  ];
  return ranges
    .filter(([, value, max]) => !(Number.isFinite(value) && value >= 0 && value <= max))
    .map(([name, value, max]) => {
      const expected = max === Infinity ? "a finite number from 0" : `a number from 0 to ${max}`;
      return { type: "out_of_range", wave, message: `${name}: expected ${expected}, received ${value}` };
    });
};

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

const findCountMismatches = ({ wave, totals, expectedTasks = totals.tasks }: AnomalyInput): Anomaly[] => {
  const pairs: readonly (readonly [string, number, string, number])[] = [
    ["tasks planned", expectedTasks, "ended", totals.tasks],
    ["tasks ended", totals.tasks, "have a status", sum(Object.values(totals.by_status))],
    [
      "tasks not completed",
      totals.tasks - totals.by_status.COMPLETED,
      "have a reason",
      sum(Object.values(totals.by_reason)),
    ],
    ["tasks executed", totals.executed, "belong to an agent", sum(totals.agents.map((agent) => agent.assigned))],
  ];
  return pairs
    .filter(([, expected, , actual]) => expected !== actual)
    .map(([what, expected, which, actual]) => ({
      type: "count_mismatch",
      wave,
      message: `${what}: ${expected}, of these ${which}: ${actual}`,
    }));
};

/** The anomalies of a wave, in the order: lost success, stuck agents, figures out of range, counts that do not add up, budget (SPEC H2). */
export const findAnomalies = (input: AnomalyInput): Anomaly[] => [
  ...findSuccessDrop(input),
  ...findStuckAgents(input),
  ...findOutOfRange(input),
  ...findCountMismatches(input),
  ...(input.budget ?? []).map((message): Anomaly => ({ type: "budget", wave: input.wave, message })),
];
