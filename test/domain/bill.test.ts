import { describe, expect, test } from "vitest";

import { billUsage, costOf } from "../../lib/domain/bill.ts";
import { emptyUsage, type Usage } from "../../lib/domain/usage.ts";

const used = (changes: Partial<Usage>): Usage => ({ ...emptyUsage(), ...changes });

describe("the bill", () => {
  test.each<[string, Partial<Usage>, number]>([
    ["a thousand transitions cost 2.5 cents", { standardTransitions: 1_000 }, 0.025],
    ["a million Express requests cost a dollar", { expressRequests: 1_000_000 }, 1],
    ["an hour of an Express gigabyte costs 6 cents", { expressGbSeconds: 3_600 }, 0.060_012],
    ["a million Lambda requests cost 20 cents", { lambdaRequests: 1_000_000 }, 0.2],
    ["a day of a Lambda gigabyte costs $1.15", { lambdaGbSeconds: 86_400 }, 1.152_005_76],
    ["a million write units cost 62.5 cents", { dynamodbWriteUnits: 1_000_000 }, 0.625],
    ["a million read units cost 12.5 cents", { dynamodbReadUnits: 1_000_000 }, 0.125],
    ["a million requests to queues cost 40 cents", { sqsRequests: 1_000_000 }, 0.4],
    ["a thousand writes to S3 cost half a cent", { s3Puts: 1_000 }, 0.005],
    ["a thousand reads from S3 cost 0.04 cents", { s3Gets: 1_000 }, 0.000_4],
    ["a gigabyte of logs costs 50 cents", { logBytes: 1024 ** 3 }, 0.5],
    ["a million events cost a dollar", { eventBridgeEvents: 1_000_000 }, 1],
  ])("%s", (_title, usage, usd) => {
    expect(billUsage(used(usage)).usd).toBeCloseTo(usd, 9);
  });

  test("adds up the parts of a service", () => {
    const { usd, by_service } = billUsage(used({ s3Puts: 1_000, s3Gets: 1_000, sqsRequests: 1_000_000 }));
    expect(by_service).toMatchObject({ s3: 0.0054, sqs: 0.4, lambda: 0 });
    expect(usd).toBeCloseTo(0.4054, 9);
  });
});

describe("the cost of a run", () => {
  test("tells what a million such tasks cost", () => {
    expect(costOf(used({ lambdaRequests: 2_200 }), 2_000)).toMatchObject({
      usd: 0.000_44,
      usd_per_million_tasks: 0.22,
    });
  });

  test("is told in millionths of a dollar", () => {
    expect(costOf(used({ standardTransitions: 1, s3Gets: 1 }), 1)).toMatchObject({
      usd: 0.000_025,
      by_service: { step_functions: 0.000_025, s3: 0 },
    });
  });

  test("tells nothing of a million tasks where the run had none", () => {
    expect(costOf(used({ s3Puts: 1 }), 0).usd_per_million_tasks).toBeNull();
  });
});
