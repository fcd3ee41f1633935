import { expect, test } from "vitest";

import { createLogHistogram } from "../../lib/domain/log-histogram.ts";

const histogramOf = (times: readonly number[]) => {
  const histogram = createLogHistogram();
  for (const time of times) histogram.add(time);
  return histogram.bins();
};

test("a histogram without times has no bins", () => {
  expect(histogramOf([])).toEqual([]);
});

test.each([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000])("%d ms begins a bin of its own", (time) => {
  const [bin, ...others] = histogramOf([time]);
  expect(bin?.from_ms).toBeCloseTo(time, 6);
  expect(others).toEqual([]);
});

test("bins between the first and the last are there also where they are empty", () => {
  expect(histogramOf([1, 1, 2]).map(({ count }) => count)).toEqual([2, 0, 0, 1]);
});

test("what took no time counts in the first bin, what took weeks in the last", () => {
  expect(histogramOf([0])[0]?.from_ms).toBe(1);
  expect(histogramOf([1e12, 1e13])).toEqual([expect.objectContaining({ count: 2 })]);
});
