import { expect, test } from "vitest";
import { FailureTally } from "../../../lib/local/states/failure-tally.ts";

const tallyOf = (count?: number, percentage?: number): FailureTally => new FailureTally({ count, percentage });

test("a percentage is not judged before the number of items is known", () => {
  const tally = tallyOf(undefined, 10);
  tally.add(5);
  expect(() => tally.setTotal(49)).toThrow("States.ExceedToleratedFailureThreshold");
  const enough = tallyOf(undefined, 10);
  enough.add(5);
  expect(() => enough.setTotal(50)).not.toThrow();
  expect(() => enough.add(1)).toThrow("States.ExceedToleratedFailureThreshold");
});

test("0 % is judged at once", () => {
  expect(() => tallyOf(undefined, 0).add(1)).toThrow("States.ExceedToleratedFailureThreshold");
});

test("a count is judged at once", () => {
  const tally = tallyOf(2);
  tally.add(2);
  expect(() => tally.add(1)).toThrow("States.ExceedToleratedFailureThreshold");
});
