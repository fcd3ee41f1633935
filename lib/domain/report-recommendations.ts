import type { AgentState } from "./agent.ts";
import { predictionBias } from "./calibration.ts";
import { rankAgents, type AgentRank } from "./report-agents.ts";
import type { FailedTask } from "./report-failures.ts";
import { countOf, cutText, formatNumber, formatPercent, listNames } from "./report-figures.ts";
import { judgeBias } from "./report-predictions.ts";
import type { RunConfig } from "./run-config.ts";
import { tallyMetrics, type TallyTotals } from "./wave-metrics.ts";

/** What recommendations and observations are derived from: a wave or a whole run. */
export interface AdviceInput {
  readonly totals: TallyTotals;
  readonly agents: readonly AgentState[];
  readonly config: Pick<RunConfig, "strategy" | "retry_strategy" | "max_retries" | "task_timeout_seconds">;
  /** Examples of tasks that did not complete. */
  readonly failures: readonly FailedTask[];
  readonly rejectedLines: number;
}

/** Fewer executed tasks than this say too little about predictions: their rate alone is uncertain by 10 points. */
const fewestPredictions = 20;

/** Below this, uneven load costs the health score more than 2 of its 100 points (SPEC H1). */
const acceptedBalance = 0.9;

interface Advice extends AdviceInput {
  readonly ranks: readonly AgentRank[];
}
type Rule = (advice: Advice) => string | false;

/** Whether a reason stands behind at least half of the FAILED tasks. */
const dominates = (count: number, totals: TallyTotals): boolean => count > 0 && count * 2 >= totals.by_status.FAILED;

const ofFailed = (count: number, totals: TallyTotals): string =>
  `${formatNumber(count)} of ${countOf(totals.by_status.FAILED, "failed task")}`;

const adviseOffline: Rule = ({ ranks }) => {
  const offline = ranks.filter(({ status }) => status === "OFFLINE");
  if (offline.length === 0) return false;
  const names = offline.map(({ agent_id, offline_reason }) =>
    offline_reason === "" ? agent_id : `${agent_id} (${cutText(offline_reason)})`,
  );
  const it = offline.length === 1 ? "it" : "them";
  return `${countOf(offline.length, "agent")} OFFLINE: ${listNames(names)}. Check ${it}, then bring ${it} back with "agents online ID" or take ${it} out of the fleet`;
};

const adviseTimeouts: Rule = ({ totals, ranks, config }) => {
  const count = totals.by_reason.timed_out;
  if (!dominates(count, totals)) return false;
  const troubleOf = ({ tally }: AgentRank): number => tally.failed + tally.lost;
  const worst = ranks.toSorted((a, b) => troubleOf(b) - troubleOf(a))[0];
  const suspect = worst === undefined || troubleOf(worst) === 0 ? "the agents" : `agent ${worst.agent_id}`;
  return `${ofFailed(count, totals)} ended by the time limit: raise task_timeout_seconds (now ${config.task_timeout_seconds}) or check ${suspect}`;
};

const adviseRetries: Rule = ({ totals, config }) => {
  const count = totals.by_reason.retries_exhausted;
  if (!dominates(count, totals)) return false;
  const remedy =
    config.retry_strategy === "NO_RETRY"
      ? "choose EXPONENTIAL_BACKOFF instead of NO_RETRY"
      : config.max_retries < 5
        ? `raise max_retries (now ${config.max_retries}, at most 5)`
        : "max_retries is at its limit of 5, so find out why attempts keep failing";
  return `${ofFailed(count, totals)} used up every attempt: ${remedy}`;
};

const advisePermanent: Rule = ({ totals }) => {
  const count = totals.by_reason.permanent;
  return (
    dominates(count, totals) &&
    `${ofFailed(count, totals)} failed permanently, which no retry can mend: look at their errors`
  );
};

const adviseUnassignable: Rule = ({ totals, failures }) => {
  const count = totals.by_reason.unassignable;
  if (count === 0) return false;
  const errors = new Set(failures.filter(({ reason }) => reason === "unassignable").map(({ error }) => error));
  const why = [...errors].filter((error) => error !== "").slice(0, 3);
  const detail = why.length === 0 ? "" : ` (${why.join("; ")})`;
  return `${countOf(count, "task")} found no agent${detail}: add an agent with the capability, or loosen the constraints`;
};

const adviseInput: Rule = ({ totals: { by_reason } }) => {
  const faults = [
    by_reason.cycle > 0 && `break the cycles behind ${countOf(by_reason.cycle, "BLOCKED task")}`,
    by_reason.unknown_dependency > 0 &&
      `mend depends_on of ${countOf(by_reason.unknown_dependency, "task")}: no such task is in the file`,
  ].filter((fault) => fault !== false);
  return faults.length > 0 && `dependencies: ${faults.join(", and ")}`;
};

const adviseGates: Rule = ({ totals }) => {
  const count = totals.by_reason.blocked_by_gate;
  return count > 0 && `${countOf(count, "task")} refused by a safety gate: read the reasons in their errors`;
};

const adviseWeakAgents: Rule = ({ ranks }) => {
  const weak = ranks.filter((rank) => rank.weak);
  if (weak.length === 0) return false;
  const names = weak.map(({ agent_id, rate }) => `${agent_id} (${formatPercent(rate)})`);
  return `give less to the agents that complete least, by lower confidence or denied_agents: ${listNames(names)}`;
};

const adviseBalance: Rule = ({ totals, agents, config }) => {
  const balance = tallyMetrics(totals, agents).load_balance;
  if (!(balance < acceptedBalance)) return false;
  const remedy =
    config.strategy === "LOAD_BALANCED"
      ? "different capacities or weights explain it, else look for capabilities or constraints that tie tasks to few agents"
      : `use LOAD_BALANCED instead of ${config.strategy}`;
  return `load is uneven (load_balance ${formatNumber(balance, 2)}): ${remedy}`;
};

const advisePredictions: Rule = ({ totals }) => {
  const bias = predictionBias(totals.predictions);
  if (bias === null || bias.count < fewestPredictions) return false;
  const verdict = judgeBias(bias);
  if (verdict === "in line") return false;
  const figures = `${formatPercent(bias.mean_predicted)} predicted, ${formatPercent(bias.observed_rate)} completed`;
  return `predictions are ${verdict} (${figures}): recalibrate success_rate in Phase 20`;
};

const adviseRejected: Rule = ({ rejectedLines }) =>
  rejectedLines > 0 && `${countOf(rejectedLines, "line")} rejected: mend what rejected.jsonl lists and run it again`;

const rules: readonly Rule[] = [
  adviseOffline,
  adviseTimeouts,
  adviseRetries,
  advisePermanent,
  adviseUnassignable,
  adviseInput,
  adviseGates,
  adviseWeakAgents,
  adviseBalance,
  advisePredictions,
  adviseRejected,
];

/** What to change, as sentences in plain text, most urgent first; empty where no rule finds anything. */
export const recommend = (input: AdviceInput): string[] => {
  const advice = { ...input, ranks: rankAgents(input.totals, input.agents) };
  return rules.map((rule) => rule(advice)).filter((sentence) => sentence !== false);
};
