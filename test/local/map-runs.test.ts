import { describe, expect, test } from "vitest";

import { MapRuns } from "../../lib/local/map-runs.ts";
import { MapRun } from "../../lib/local/states/map-run.ts";

const executionArn = "arn:aws:states:us-east-1:000000000000:execution:Run:run-1";
const started = new Date(1_000);
const ended = new Date(2_000);

const create = (...arns: readonly string[]) => {
  const mapRuns = new MapRuns();
  const added = arns.map((arn) => new MapRun(arn, started, 40));
  for (const mapRun of added) mapRuns.add(executionArn, mapRun);
  return { mapRuns, added };
};

describe("ListMapRuns", () => {
  test("names those of an execution, the latest first, with the ends of those that have ended", () => {
    const { mapRuns, added } = create("a", "b");
    added[0]?.finish("SUCCEEDED", ended);
    expect(mapRuns.list(executionArn, "machine")).toEqual({
      mapRuns: [
        { executionArn, mapRunArn: "b", stateMachineArn: "machine", startDate: started },
        { executionArn, mapRunArn: "a", stateMachineArn: "machine", startDate: started, stopDate: ended },
      ],
    });
  });

  test("is empty for an execution that has none, or whose are forgotten", () => {
    const { mapRuns } = create("a");
    mapRuns.forget(executionArn);
    expect(mapRuns.list(executionArn, "machine")).toEqual({ mapRuns: [] });
  });
});

describe("DescribeMapRun", () => {
  test("counts items and children by what became of them", async () => {
    const { mapRuns, added } = create("z", "a");
    const mapRun = added[1] as MapRun;
    await mapRun.watch(40, Promise.resolve({ status: "SUCCEEDED" }));
    await mapRun.watch(7, Promise.resolve({ status: "TIMED_OUT" }));
    const { promise, resolve } = Promise.withResolvers<{ status: "FAILED" }>();
    const last = mapRun.watch(3, promise);
    expect(mapRuns.describe({ mapRunArn: "a" })).toMatchObject({
      mapRunArn: "a",
      executionArn,
      status: "RUNNING",
      maxConcurrency: 40,
      itemCounts: { total: 50, running: 3, succeeded: 40, failed: 0, timedOut: 7, resultsWritten: 0 },
      executionCounts: { total: 3, running: 1, succeeded: 1, timedOut: 1 },
    });
    resolve({ status: "FAILED" });
    await last;
    mapRun.finish("SUCCEEDED", ended);
    expect(mapRuns.describe({ mapRunArn: "a" })).toMatchObject({
      status: "SUCCEEDED",
      stopDate: ended,
      itemCounts: { total: 50, running: 0, failed: 3, resultsWritten: 50 },
    });
  });

  test("of one that there is not is refused as by Step Functions", () => {
    expect(() => create("a").mapRuns.describe({ mapRunArn: "b" })).toThrow("Resource not found: 'b'");
  });
});
