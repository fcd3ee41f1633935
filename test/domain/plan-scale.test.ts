import { describe, expect, test } from "vitest";

import { planScale } from "../../lib/domain/plan-scale.ts";
import { smoothWorkload } from "./workloads.ts";

const retrying = { ...smoothWorkload, retried: 0.08 };
const million = planScale(1_000_000, retrying, 2);

describe("a million tasks", () => {
  test("are a run of four waves, bound by children that wait for their slowest task", () => {
    expect(million).toMatchObject({
      runs: 1,
      waves_per_run: 4,
      tasks_per_wave: 250_000,
      binding: { name: "children" },
    });
    expect(million.seconds).toBe(million.run.seconds);
  });

  test("cost what their usage is billed, and that for each million", () => {
    expect(million.usd_per_million_tasks).toBeCloseTo(million.bill.usd, 9);
  });
});

describe("more than a million tasks", () => {
  const ten = planScale(10_000_000, retrying, 2);

  test("are runs, which take and cost so many times what one does", () => {
    expect(ten.runs).toBe(10);
    expect(ten.seconds).toBeCloseTo(10 * million.seconds, 6);
    expect(ten.bill.usd).toBeCloseTo(10 * million.bill.usd, 6);
  });

  test("are faster side by side, up to what the executors take", () => {
    expect(ten.seconds_side_by_side).toBeLessThan(ten.seconds);
    expect(ten.seconds_side_by_side).toBeGreaterThanOrEqual(10_000_000 / 8_000);
  });

  test("that do not part evenly leave the last run with less", () => {
    const uneven = planScale(1_000_001, retrying, 2);
    expect(uneven.usage.lambdaRequests).toBeCloseTo(
      planScale(500_001, retrying, 2).usage.lambdaRequests + planScale(500_000, retrying, 2).usage.lambdaRequests,
      6,
    );
  });
});

test("a single task is a run of one wave, which takes no less side by side with nothing", () => {
  expect(planScale(1, smoothWorkload, 2)).toMatchObject({ runs: 1, waves_per_run: 1, tasks_per_wave: 1 });
});
