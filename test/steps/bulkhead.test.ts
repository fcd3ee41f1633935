import { describe, expect, test } from "vitest";

import { type Bulkhead, createBulkhead, UNPROVEN_LIMIT } from "../../lib/steps/bulkhead.ts";

/** Lets everything run that has nothing left to wait for. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** So many calls that want in; gives how many were let in so far. */
const knock = (bulkhead: Bulkhead, calls: number, capacity: number, agentId = "agent_0"): (() => number) => {
  let inside = 0;
  const enter = async (): Promise<void> => {
    await bulkhead.enter(agentId, capacity);
    inside += 1;
  };
  void Promise.all(Array.from({ length: calls }, enter));
  return () => inside;
};

/** A bulkhead whose agent_0 has answered once. */
const createProven = async (): Promise<Bulkhead> => {
  const bulkhead = createBulkhead();
  await bulkhead.enter("agent_0", 10);
  bulkhead.leave("agent_0", true);
  return bulkhead;
};

describe("an agent that has not answered yet", () => {
  test("gets four calls at a time, whatever its capacity", async () => {
    const inside = knock(createBulkhead(), 20, 10);
    await settled();
    expect([inside(), UNPROVEN_LIMIT]).toEqual([4, 4]);
  });

  test("gets no more than its capacity where that is smaller", async () => {
    const inside = knock(createBulkhead(), 20, 2);
    await settled();
    expect(inside()).toBe(2);
  });

  test("that does not answer gets one call for each that gave up", async () => {
    const bulkhead = createBulkhead();
    const inside = knock(bulkhead, 20, 10);
    await settled();
    bulkhead.leave("agent_0", false);
    await settled();
    expect(inside()).toBe(5);
  });
});

describe("an agent that has answered", () => {
  test("gets as many calls as it has capacity", async () => {
    const bulkhead = createBulkhead();
    const inside = knock(bulkhead, 20, 10);
    await settled();
    bulkhead.leave("agent_0", true);
    await settled();
    expect(inside()).toBe(11);
  });

  test("gets four at a time again after a call without an answer", async () => {
    const bulkhead = await createProven();
    await bulkhead.enter("agent_0", 10);
    bulkhead.leave("agent_0", false);
    const inside = knock(bulkhead, 20, 10);
    await settled();
    expect(inside()).toBe(4);
  });

  test("stays proven when a task leaves that never called it", async () => {
    const bulkhead = await createProven();
    await bulkhead.enter("agent_0", 10);
    bulkhead.leave("agent_0", undefined);
    const inside = knock(bulkhead, 20, 10);
    await settled();
    expect(inside()).toBe(10);
  });
});

test("agents do not wait for each other", async () => {
  const bulkhead = createBulkhead();
  knock(bulkhead, 20, 10, "agent_0");
  const inside = knock(bulkhead, 1, 10, "agent_1");
  await settled();
  expect(inside()).toBe(1);
});

test.each([
  { capacity: 0.5, calls: 1 },
  { capacity: 2.9, calls: 2 },
])("a capacity of $capacity lets whole calls through, one at the least", async ({ capacity, calls }) => {
  const inside = knock(createBulkhead(), 20, capacity);
  await settled();
  expect(inside()).toBe(calls);
});

test("calls are let in one after the other until all were served", async () => {
  const bulkhead = createBulkhead();
  let [open, most, served] = [0, 0, 0];
  const call = async (): Promise<void> => {
    await bulkhead.enter("agent_0", 6);
    open += 1;
    most = Math.max(most, open);
    await settled();
    open -= 1;
    served += 1;
    bulkhead.leave("agent_0", true);
  };
  await Promise.all(Array.from({ length: 50 }, call));
  expect([most, served]).toEqual([6, 50]);
});

test("leaving an agent that nobody entered does nothing", async () => {
  const bulkhead = createBulkhead();
  bulkhead.leave("agent_0", true);
  const inside = knock(bulkhead, 20, 10);
  await settled();
  expect(inside()).toBe(4);
});
