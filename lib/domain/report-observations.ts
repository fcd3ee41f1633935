import { predictionBias } from "./calibration.ts";
import { fleetRate, rankAgents } from "./report-agents.ts";
import { countOf, formatNumber, formatPercent } from "./report-figures.ts";
import { judgeBias } from "./report-predictions.ts";
import type { AdviceInput } from "./report-recommendations.ts";
import type { TallyTotals } from "./wave-metrics.ts";

const observeOutcomes = ({ tasks, by_status, by_reason }: TallyTotals): string[] => {
  const missed = tasks - by_status.COMPLETED;
  const outcome = `${formatNumber(by_status.COMPLETED)} of ${countOf(tasks, "task")} completed`;
  if (missed === 0) return [outcome];
  const [[reason, count] = ["unknown", 0]] = Object.entries(by_reason).toSorted(([, a], [, b]) => b - a);
  return [
    outcome,
    `the most frequent reason among ${formatNumber(missed)} not completed is ${reason} (${formatNumber(count)})`,
  ];
};

const observeEffort = ({ executed, attempts, retries, reassignments }: TallyTotals): string =>
  `${countOf(executed, "executed task")} took ${countOf(attempts, "attempt")}: ${countOf(retries, "retry", "retries")}, ${countOf(reassignments, "reassignment")}`;

const observeAgents = ({ totals, agents }: AdviceInput): string[] => {
  const tried = rankAgents(totals, agents).filter(({ rate }) => rate !== null);
  const [weakest, strongest] = [tried[0], tried.at(-1)];
  if (weakest === undefined || strongest === undefined || weakest.rate === strongest.rate) return [];
  return [
    `agent ${strongest.agent_id} completed most of what it tried (${formatPercent(strongest.rate)}), agent ${weakest.agent_id} least (${formatPercent(weakest.rate)}), all together ${formatPercent(fleetRate(totals))}`,
  ];
};

const observePredictions = ({ predictions }: TallyTotals): string[] => {
  const bias = predictionBias(predictions);
  if (bias === null) return [];
  return [
    `predictions are ${judgeBias(bias)}: ${formatPercent(bias.mean_predicted)} predicted, ${formatPercent(bias.observed_rate)} of executed tasks completed`,
  ];
};

/** What a wave or a run shows, as sentences in plain text: outcomes, effort, strongest and weakest agent, predictions. */
export const observePatterns = (input: AdviceInput): string[] => [
  ...observeOutcomes(input.totals),
  observeEffort(input.totals),
  ...observeAgents(input),
  ...observePredictions(input.totals),
];
