import { round } from "./round.ts";

const binIndexes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
type BinIndex = (typeof binIndexes)[number];

interface BinTally {
  count: number;
  predicted_sum: number;
  succeeded: number;
}

/** Predictions and their outcomes in ten equal bins of predicted success: numbers only, so it survives JSON. */
export interface PredictionTally {
  squared_error_sum: number;
  readonly bins: Readonly<Record<BinIndex, BinTally>>;
}

/** One row of the reliability table: predictions from `from` up to `to`; the last bin holds 1 as well. */
interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly mean_predicted: number;
  readonly observed_rate: number;
}

/** How far predictions can be trusted; brier and ece are null where nothing was executed, empty bins are left out. */
export interface Calibration {
  /** Mean squared error between prediction and outcome, 0..1, less is better. */
  readonly brier: number | null;
  /** Expected calibration error: |mean predicted − observed rate| of the bins, weighted by their counts. */
  readonly ece: number | null;
  readonly bins: readonly CalibrationBin[];
}

/** Predictions against what happened, over all bins. */
export interface PredictionBias {
  readonly count: number;
  readonly mean_predicted: number;
  readonly observed_rate: number;
  /** The Brier score of always predicting the observed rate; predictions above it tell nothing about single tasks. */
  readonly base_rate_brier: number;
}

/** An empty tally for `addPrediction`. */
export const createPredictionTally = (): PredictionTally => {
  const empty = (): BinTally => ({ count: 0, predicted_sum: 0, succeeded: 0 });
  return {
    squared_error_sum: 0,
    bins: {
      0: empty(),
      1: empty(),
      2: empty(),
      3: empty(),
      4: empty(),
      5: empty(),
      6: empty(),
      7: empty(),
      8: empty(),
      9: empty(),
    },
  };
};

/** Adds one prediction, 0..1, and its outcome to the tally. */
export const addPrediction = (tally: PredictionTally, predicted: number, succeeded: boolean): void => {
  const actual = succeeded ? 1 : 0;
  const bin = tally.bins[binIndexes.findLast((index) => predicted >= index / 10) ?? 0];
  bin.count += 1;
  bin.predicted_sum += predicted;
  bin.succeeded += actual;
  tally.squared_error_sum += (predicted - actual) ** 2;
};

/** Adds all of `other` to the tally. */
export const mergePredictions = (tally: PredictionTally, other: PredictionTally): void => {
  for (const index of binIndexes) {
    const bin = tally.bins[index];
    const added = other.bins[index];
    bin.count += added.count;
    bin.predicted_sum += added.predicted_sum;
    bin.succeeded += added.succeeded;
  }
  tally.squared_error_sum += other.squared_error_sum;
};

const totalOf = (tally: PredictionTally): BinTally => {
  const total: BinTally = { count: 0, predicted_sum: 0, succeeded: 0 };
  for (const index of binIndexes) {
    total.count += tally.bins[index].count;
    total.predicted_sum += tally.bins[index].predicted_sum;
    total.succeeded += tally.bins[index].succeeded;
  }
  return total;
};

/** Brier score, expected calibration error and the reliability table, rounded to four decimals. */
export const calibrate = (tally: PredictionTally): Calibration => {
  const { count } = totalOf(tally);
  if (count === 0) return { brier: null, ece: null, bins: [] };
  const bins = binIndexes.filter((index) => tally.bins[index].count > 0);
  const gaps = bins.map((index) => Math.abs(tally.bins[index].predicted_sum - tally.bins[index].succeeded));
  return {
    brier: round(tally.squared_error_sum / count, 4),
    ece: round(gaps.reduce((sum, gap) => sum + gap, 0) / count, 4),
    bins: bins.map((index) => {
      const bin = tally.bins[index];
      return {
        from: index / 10,
        to: (index + 1) / 10,
        count: bin.count,
        mean_predicted: round(bin.predicted_sum / bin.count, 4),
        observed_rate: round(bin.succeeded / bin.count, 4),
      };
    }),
  };
};

/** What the predictions promised on average against what came, with the base rate's own Brier score; null without any. */
export const predictionBias = (tally: PredictionTally): PredictionBias | null => {
  const { count, predicted_sum, succeeded } = totalOf(tally);
  if (count === 0) return null;
  const rate = succeeded / count;
  return { count, mean_predicted: predicted_sum / count, observed_rate: rate, base_rate_brier: rate * (1 - rate) };
};
