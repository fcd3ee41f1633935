import { expect, test } from "vitest";
import { createLatencies } from "../../lib/domain/percentiles.ts";

const quantilesOf = (values: readonly number[]) => {
  const latencies = createLatencies();
  for (const value of values) latencies.add(value);
  return latencies.quantiles();
};

test("percentiles are values of the set, by nearest rank", () => {
  expect(quantilesOf([50, 10, 40, 20, 30])).toEqual({ p50: 30, p95: 50, p99: 50 });
});

test("percentiles of 1 to 10,000 are exact after the store has grown", () => {
  const values = Array.from({ length: 10_000 }, (_, index) => 10_000 - index);
  expect(quantilesOf(values)).toEqual({ p50: 5000, p95: 9500, p99: 9900 });
});

test("latencies sort as numbers", () => {
  expect(quantilesOf([9, 10, 100]).p50).toBe(10);
});

test("no latencies have no percentiles", () => {
  expect(quantilesOf([])).toEqual({ p50: null, p95: null, p99: null });
});

test("values may be added after percentiles were read", () => {
  const latencies = createLatencies();
  latencies.add(1);
  latencies.quantiles();
  latencies.add(2);
  latencies.add(3);
  expect(latencies.quantiles().p50).toBe(2);
});
