import { expect, test } from "vitest";
import { calibrate } from "../../lib/domain/calibration.ts";
import { judgeBias, renderPredictions } from "../../lib/domain/report-predictions.ts";
import { completed, failed, tallyOf, times, unassignable } from "./report-builders.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";

const render = (records: readonly TaskRecord[]) => {
  const totals = tallyOf(records);
  return renderPredictions(totals, calibrate(totals.predictions));
};

test.each([
  [0.9, 0.8, "over-confident"],
  [0.8, 0.9, "under-confident"],
  [0.84, 0.8, "in line"],
] as const)("a promise of %d where %d came is %s", (mean_predicted, observed_rate, verdict) => {
  expect(judgeBias({ count: 10, mean_predicted, observed_rate, base_rate_brier: 0.1 })).toBe(verdict);
});

test("over-confident predictions are called so, with Brier score, base rate and calibration error", () => {
  const text = render([...times(3, () => completed()), failed()]);
  expect(text).toContain(
    "The predictions were over-confident: they promised 90.0 % on average, 75.0 % of the executed tasks completed.",
  );
  expect(text).toContain(
    "Brier score 0.2100 (0 is best; the constant base rate of 75.0 % would have had 0.1875), expected calibration error 0.1500.",
  );
  expect(text).toContain("| 0.9 to 1.0 | 4 | 90.0 % | 75.0 % |");
});

test("good predictions are in line with what happened", () => {
  expect(render([...times(9, () => completed()), failed()])).toContain(
    "The predictions were in line with what happened:",
  );
});

test("without executed tasks there is nothing to compare", () => {
  expect(render([unassignable()])).toBe("No task was executed, so there is nothing to compare them with.");
});
