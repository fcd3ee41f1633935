import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addPrediction,
  calibrate,
  createPredictionTally,
  mergePredictions,
  predictionBias,
} from "../../lib/domain/calibration.ts";

const tallyOf = (predictions: readonly (readonly [number, boolean])[]) => {
  const tally = createPredictionTally();
  for (const [predicted, succeeded] of predictions) addPrediction(tally, predicted, succeeded);
  return tally;
};

test("the Brier score is the mean squared error", () => {
  expect(
    calibrate(
      tallyOf([
        [0.9, true],
        [0.6, false],
      ]),
    ).brier,
  ).toBe(0.185);
});

test("the calibration error weighs each bin by its count", () => {
  const tally = tallyOf([
    [0.9, true],
    [0.9, true],
    [0.9, false],
    [0.2, false],
  ]);
  expect(calibrate(tally).ece).toBe(0.225);
});

test("opposite errors within one bin cancel out, across bins they do not", () => {
  expect(
    calibrate(
      tallyOf([
        [0.5, true],
        [0.5, false],
      ]),
    ).ece,
  ).toBe(0);
  expect(
    calibrate(
      tallyOf([
        [0.4, true],
        [0.6, false],
      ]),
    ).ece,
  ).toBe(0.6);
});

test("the reliability table leaves empty bins out", () => {
  expect(
    calibrate(
      tallyOf([
        [0.95, true],
        [0.91, false],
        [0.05, false],
      ]),
    ).bins,
  ).toEqual([
    { from: 0, to: 0.1, count: 1, mean_predicted: 0.05, observed_rate: 0 },
    { from: 0.9, to: 1, count: 2, mean_predicted: 0.93, observed_rate: 0.5 },
  ]);
});

test.each([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])("a prediction of exactly %d opens its bin", (predicted) => {
  expect(calibrate(tallyOf([[predicted, true]])).bins[0]?.from).toBe(predicted);
});

test("a certain prediction stands in the last bin", () => {
  expect(calibrate(tallyOf([[1, true]])).bins[0]?.from).toBe(0.9);
});

test("a prediction below 0 stands in the first bin", () => {
  expect(calibrate(tallyOf([[-0.1, true]])).bins[0]?.from).toBe(0);
});

test("without predictions there is no score", () => {
  expect(calibrate(createPredictionTally())).toEqual({ brier: null, ece: null, bins: [] });
  expect(predictionBias(createPredictionTally())).toBeNull();
});

test("the bias compares the promise with what came and with the base rate", () => {
  const bias = predictionBias(
    tallyOf([
      [0.9, true],
      [0.7, true],
      [0.8, true],
      [0.8, false],
    ]),
  );
  expect(bias).toEqual({
    count: 4,
    mean_predicted: expect.closeTo(0.8),
    observed_rate: 0.75,
    base_rate_brier: 0.1875,
  });
});

test("merged halves score as the whole does", () => {
  const prediction = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
  fc.assert(
    fc.property(fc.array(prediction), fc.array(prediction), (first, second) => {
      const merged = tallyOf(first);
      mergePredictions(merged, tallyOf(second));
      const whole = tallyOf([...first, ...second]);
      for (const key of ["brier", "ece"] as const) {
        expect(calibrate(merged)[key] ?? -1).toBeCloseTo(calibrate(whole)[key] ?? -1, 3);
      }
      expect(calibrate(merged).bins.map((bin) => bin.count)).toEqual(calibrate(whole).bins.map((bin) => bin.count));
    }),
  );
});
