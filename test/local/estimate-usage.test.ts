import { beforeAll, expect, test } from "vitest";

import { stackOf } from "../../lib/cli/stack.ts";
import { billUsage } from "../../lib/domain/bill.ts";
import type { Workload } from "../../lib/domain/capacity.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";
import { estimateUsage } from "../../lib/domain/estimate-usage.ts";
import { type Usage, usageSince } from "../../lib/domain/usage.ts";
import { startCloud } from "../../lib/local/cloud.ts";
import { jsonLines, runToEnd } from "../e2e/run.ts";

const WAVES = [500, 500];
const agents = [1, 2, 3, 4].map((n) => ({
  id: `agent-${n}`,
  capacity: 1_000,
  endpoint: { kind: "simulated", transient_rate: 0.08 },
}));

let metered: Usage;
let estimated: Usage;

beforeAll(async () => {
  const config = parseRunConfig(JSON.stringify({ num_waves: WAVES.length, seed: 7 }));
  const cloud = await startCloud({ timeScale: 0.001, executorMs: 100, secret: () => undefined, onLog: () => {} });
  try {
    const before = cloud.usage();
    const tasks = Array.from({ length: 1_000 }, (_, n) => ({ task_id: `task-${n}`, success_rate: 0.9 }));
    const run = await runToEnd(stackOf(cloud), { predictions: jsonLines(tasks), agents: { agents }, config });
    metered = usageSince(before, cloud.usage());
    const workload: Workload = {
      agents: agents.length,
      capacity: 4_000,
      limited: 0,
      attemptSeconds: 0.1,
      longestAttemptSeconds: 0.1,
      // What really was tried again: the estimate is of the bill, not of the dice.
      retried: run.summary.retries / run.summary.attempts,
      taskBytes: 500,
      config,
    };
    // The embedded executor is one process, so that what one invocation has read the next one knows; the fleet has done nothing yet.
    estimated = estimateUsage({ waves: WAVES, workload, signalsPerTask: 2, executors: 1, marks: 0 });
  } finally {
    await cloud.stop();
  }
}, 60_000);

test.each<[keyof Usage, number]>([
  ["standardTransitions", 0.01],
  ["expressRequests", 0.01],
  ["expressGbSeconds", 0.3],
  // How many of those that are tried again fail twice is left to the dice.
  ["lambdaRequests", 0.03],
  ["dynamodbWriteUnits", 0.12],
  ["dynamodbReadUnits", 0.1],
  ["sqsRequests", 0.1],
  ["s3Puts", 0.05],
  ["s3Gets", 0.05],
  ["logBytes", 0.05],
  ["eventBridgeEvents", 0.05],
])("the estimate of %s differs from what was metered by a share of at most %d", (field, share) => {
  expect(Math.abs(estimated[field] / metered[field] - 1)).toBeLessThanOrEqual(share);
});

test("the estimated bill is that of the meter, to three hundredths", () => {
  // What the steps take here says nothing of AWS.
  const bills = [estimated, metered].map((usage) => billUsage({ ...usage, lambdaGbSeconds: 0 }).usd);
  expect(bills[0]! / bills[1]!).toBeGreaterThan(0.97);
  expect(bills[0]! / bills[1]!).toBeLessThan(1.03);
});
