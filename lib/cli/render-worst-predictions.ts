import type { Calibration } from "../domain/calibration.ts";
import { formatPercent } from "../domain/report-figures.ts";

/** Bins that a summary names. */
const SHOWN_BINS = 2;

/** Gaps under this many percentage points are chance more often than error. */
const LEAST_GAP = 0.02;

/** How much a bin adds to the calibration error: a wide gap of one task says less than a smaller one of a thousand. */
const weightOf = ({ mean_predicted, observed_rate, count }: Calibration["bins"][number]): number =>
  count * Math.abs(mean_predicted - observed_rate);

/** Lines about how far the predictions were off, the worst tenths of the scale first. */
export const renderWorstPredictions = ({ brier, ece, bins }: Calibration): readonly string[] => {
  if (brier === null || ece === null) return ["nothing was executed"];
  const worst = bins
    .filter(({ mean_predicted, observed_rate }) => Math.abs(mean_predicted - observed_rate) >= LEAST_GAP)
    .toSorted((a, b) => weightOf(b) - weightOf(a));
  return [
    `Brier ${brier.toFixed(3)}, calibration error ${ece.toFixed(3)}${worst.length > 0 ? "; most off:" : ""}`,
    ...worst
      .slice(0, SHOWN_BINS)
      .map(
        ({ mean_predicted, observed_rate, count }) =>
          `predicted ${formatPercent(mean_predicted)}, came ${formatPercent(observed_rate)} (${count.toLocaleString("en-US")} ${count === 1 ? "task" : "tasks"})`,
      ),
  ];
};
