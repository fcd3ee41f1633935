import { predictionBias, type Calibration, type PredictionBias } from "./calibration.ts";
import { formatNumber, formatPercent } from "./report-figures.ts";
import { markdownTable } from "./report-markdown.ts";
import type { TallyTotals } from "./wave-metrics.ts";

/** Which way predictions err; less than 5 percentage points on average is in line with what happened. */
export const judgeBias = (bias: PredictionBias): "over-confident" | "under-confident" | "in line" => {
  const error = bias.mean_predicted - bias.observed_rate;
  return error > 0.05 ? "over-confident" : error < -0.05 ? "under-confident" : "in line";
};

const renderBias = (bias: PredictionBias): string => {
  const verdict = judgeBias(bias);
  const figures = `they promised ${formatPercent(bias.mean_predicted)} on average, ${formatPercent(bias.observed_rate)} of the executed tasks completed`;
  return `The predictions were ${verdict === "in line" ? "in line with what happened" : verdict}: ${figures}.`;
};

const renderScores = (calibration: Calibration, bias: PredictionBias): string =>
  [
    `Brier score ${formatNumber(calibration.brier, 4)} (0 is best;`,
    `the constant base rate of ${formatPercent(bias.observed_rate)} would have had ${formatNumber(bias.base_rate_brier, 4)}),`,
    `expected calibration error ${formatNumber(calibration.ece, 4)}.`,
  ].join(" ");

/** The section "How good were the predictions": which way they erred, Brier score and calibration, the reliability table. */
export const renderPredictions = (totals: TallyTotals, calibration: Calibration): string => {
  const bias = predictionBias(totals.predictions);
  if (bias === null) return "No task was executed, so there is nothing to compare them with.";
  return [
    renderBias(bias),
    renderScores(calibration, bias),
    markdownTable(
      ["predicted", "tasks", "mean predicted", "completed"],
      calibration.bins.map((bin) => [
        `${formatNumber(bin.from, 1)} to ${formatNumber(bin.to, 1)}`,
        formatNumber(bin.count),
        formatPercent(bin.mean_predicted),
        formatPercent(bin.observed_rate),
      ]),
    ),
  ].join("\n\n");
};
