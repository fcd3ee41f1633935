import { describe, expect, test } from "vitest";

import { billUsage } from "../../lib/domain/bill.ts";
import { estimateUsage, multiplyUsage } from "../../lib/domain/estimate-usage.ts";
import { emptyUsage } from "../../lib/domain/usage.ts";
import { smoothWorkload } from "./workloads.ts";

const input = { waves: [400, 400], workload: smoothWorkload, signalsPerTask: 2 };

describe("a run of two waves of 400 tasks, ten children each, is billed", () => {
  const usage = estimateUsage(input);

  test("for its states: six of the run, seven of each wave, and a transition for each child", () => {
    expect(usage.standardTransitions).toBe(6 + 2 * 7 + 20);
  });

  test("for its children, by begun tenths of a second of 64 MB", () => {
    expect(usage.expressRequests).toBe(20);
    expect(usage.expressGbSeconds).toBeCloseTo(20 * 0.3 * 0.0625, 12);
  });

  test("for an invocation a child, four steps a wave and three a run", () => {
    expect(usage.lambdaRequests).toBeCloseTo(20 + 2 * 4 + 3, 9);
  });

  test("for its agents' leases and totals, and for nothing that was retried", () => {
    // Agents of a fleet in use are larger than one write unit.
    expect(usage.dynamodbWriteUnits).toBe(4 + 2 * ((2 + 2) * 4 + 1));
  });

  test("for an event of each object", () => {
    expect(usage.eventBridgeEvents).toBe(12 + 2 * 16);
  });
});

test("a run without waves is billed for nothing", () => {
  expect(estimateUsage({ ...input, waves: [] })).toEqual(emptyUsage());
});

test("what is retried is billed again: two invocations at first, then one, with a write and a read where executors share nothing", () => {
  const config = { ...smoothWorkload.config, max_passes: 1 };
  const retrying = { ...input, workload: { ...smoothWorkload, retried: 0.08, config } };
  const [smooth, alone, many] = [{ ...input, executors: 1 }, { ...retrying, executors: 1 }, retrying].map(
    estimateUsage,
  );
  const retries = 800 * ((1 - 0.08 ** 6) / 0.92 - 1);
  const later = retries - 800 * 0.08;
  expect(alone!.dynamodbWriteUnits - smooth!.dynamodbWriteUnits).toBeCloseTo(later, 6);
  expect(alone!.lambdaRequests - smooth!.lambdaRequests).toBeCloseTo(retries + 800 * 0.08, 2);
  expect(alone!.dynamodbReadUnits).toBeCloseTo(smooth!.dynamodbReadUnits, 2);
  expect(many!.dynamodbReadUnits).toBeGreaterThan(alone!.dynamodbReadUnits + later * 0.9);
});

test("what is left to a backup is billed again: an invocation and a share of a child, and no retry's write", () => {
  const config = { ...smoothWorkload.config, retry_strategy: "NO_RETRY" as const, max_passes: 2 };
  const usageOf = (retried: number) =>
    estimateUsage({ ...input, workload: { ...smoothWorkload, retried, config }, executors: 1 });
  const [smooth, failing] = [usageOf(0), usageOf(0.5)];
  expect(failing.lambdaRequests - smooth.lambdaRequests).toBeCloseTo(10 + 2, 6);
  expect(failing.expressRequests - smooth.expressRequests).toBeCloseTo(2 * 5, 6);
  expect(failing.expressGbSeconds / smooth.expressGbSeconds).toBeCloseTo(1.5, 6);
  expect(failing.dynamodbWriteUnits).toBe(smooth.dynamodbWriteUnits);
});

test("a place in the rate of an agent is billed as a write", () => {
  const limited = estimateUsage({ ...input, workload: { ...smoothWorkload, limited: 0.5 } });
  expect(limited.dynamodbWriteUnits - estimateUsage(input).dynamodbWriteUnits).toBe(400);
});

test("more tasks cost more", () => {
  const cost = (waves: readonly number[]) => billUsage(estimateUsage({ ...input, waves })).usd;
  const growing = [cost([1]), cost([400]), cost([400, 1]), cost([400, 400]), cost([250_000, 250_000])];
  expect(growing).toEqual(growing.toSorted((a, b) => a - b));
});

test("the same run so many times is billed so many times", () => {
  const usage = estimateUsage(input);
  expect(billUsage(multiplyUsage(usage, 3)).usd).toBeCloseTo(3 * billUsage(usage).usd, 9);
});
