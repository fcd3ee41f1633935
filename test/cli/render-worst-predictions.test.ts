import { expect, test } from "vitest";

import { renderWorstPredictions } from "../../lib/cli/render-worst-predictions.ts";

const bin = (from: number, count: number, mean_predicted: number, observed_rate: number) => ({
  from,
  to: from + 0.1,
  count,
  mean_predicted,
  observed_rate,
});

test("the tenths of the scale that add most to the calibration error are named, near ones not", () => {
  const bins = [
    bin(0.1, 1, 0.15, 1),
    bin(0.5, 1_000, 0.55, 0.4),
    bin(0.8, 100, 0.85, 0.5),
    bin(0.9, 9_000, 0.95, 0.94),
  ];
  expect(renderWorstPredictions({ brier: 0.2, ece: 0.1, bins })).toEqual([
    "Brier 0.200, calibration error 0.100; most off:",
    "predicted 55.0 %, came 40.0 % (1,000 tasks)",
    "predicted 85.0 %, came 50.0 % (100 tasks)",
  ]);
});

test("one task is said in the singular", () => {
  expect(renderWorstPredictions({ brier: 0.2, ece: 0.1, bins: [bin(0.1, 1, 0.15, 1)] })[1]).toMatch(/\(1 task\)$/u);
});
