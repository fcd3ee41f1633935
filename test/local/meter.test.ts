import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import {
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListMapRunsCommand,
} from "@aws-sdk/client-sfn";
import { beforeAll, describe, expect, test } from "vitest";

import type { Stack } from "../../lib/cli/stack.ts";
import { executionArnOf } from "../../lib/cli/execution-status.ts";
import { billUsage } from "../../lib/domain/bill.ts";
import { type Usage, usageSince } from "../../lib/domain/usage.ts";
import { lineBytes } from "../../lib/local/meter-logs.ts";
import { createMeter } from "../../lib/local/meter.ts";
import { type FinishedRun, jsonLines, runToEnd } from "../e2e/run.ts";
import type { SentRequest } from "../permissions/recording-proxy.ts";
import { EXECUTOR_MS, type Seen, withWatchedCloud } from "./watched-cloud.ts";

const executor = /^ExecuteTask/u;

const agents = (endpoint: object) => ({
  agents: [1, 2, 3, 4].map((n) => ({
    id: `agent-${n}`,
    capacity: 1_000,
    endpoint: { kind: "simulated", ...endpoint },
  })),
});

const predictions = (tasks: number) =>
  jsonLines(Array.from({ length: tasks }, (_, n) => ({ task_id: `task-${n}`, success_rate: 0.9 })));

/** Entries into states, attempts after the first, and the start. */
const countTransitions = (events: readonly HistoryEvent[]): number => {
  const count = (type: RegExp) => events.filter((event) => type.test(event.type ?? "")).length;
  return 1 + count(/StateEntered$/u) + count(/^TaskScheduled$/u) - count(/^TaskStateEntered$/u);
};

const readMapRuns = async ({ clients }: Stack, executionArn: string): Promise<number> => {
  const { mapRuns = [] } = await clients.sfn.send(new ListMapRunsCommand({ executionArn }));
  const described = await Promise.all(
    mapRuns.map(({ mapRunArn }) => clients.sfn.send(new DescribeMapRunCommand({ mapRunArn }))),
  );
  return described.reduce((sum, { executionCounts }) => sum + (executionCounts?.total ?? 0), 0);
};

/** How often a task was tried again in a pass. */
const retriesOf = ({ records }: FinishedRun, taskId: string, pass: number): number => {
  const log = records.find(({ task_id }) => task_id === taskId)?.attempt_log ?? [];
  return log.filter((attempt) => attempt.pass === pass).length - 1;
};

/** Milliseconds on AWS of what a task takes once it goes on alone: its failure thrown again, its retries, and the waits between them. */
const aloneMs = (retries: number): number =>
  retries === 0 ? 0 : (1 + retries) * EXECUTOR_MS + 1_000 * (2 ** retries - 1);

interface Child {
  /** Tenths of a second that it took. */
  readonly tenths: number;
  /** Invocations of the executor. */
  readonly invocations: number;
}

/** The children of a run, which have 40 lines of the assignments each. */
const readChildren = async (stack: Stack, run: FinishedRun): Promise<readonly Child[]> => {
  const keys = await stack.objects.list(`runs/${run.runId}/waves/`);
  const children: Child[] = [];
  for (const key of keys.filter((name) => name.endsWith("/assignments.jsonl"))) {
    const pass = Number(/pass-(\d+)/u.exec(key)?.[1]);
    const lines = ((await stack.objects.readText(key)) ?? "").split("\n").filter((line) => line !== "");
    const ids = lines.map((line) => (JSON.parse(line) as { task: { task_id: string } }).task.task_id);
    for (let from = 0; from < ids.length; from += 40) {
      const retries = ids.slice(from, from + 40).map((id) => retriesOf(run, id, pass));
      children.push({
        tenths: Math.ceil((EXECUTOR_MS + Math.max(...retries.map(aloneMs))) / 100),
        invocations: retries.reduce((sum, count) => sum + (count === 0 ? 0 : 1 + count), 1),
      });
    }
  }
  return children;
};

const countChunks = (request: SentRequest): number => {
  const { Entries } = JSON.parse(request.body) as { readonly Entries: readonly { readonly MessageBody: string }[] };
  return Math.ceil(Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0) / 65_536);
};

describe("what the meter counts of a run is what is seen of it from outside:", () => {
  let seen: Seen;
  let usage: Usage;
  let run: FinishedRun;
  let uploads: number;
  let events: readonly HistoryEvent[];
  let mapRunChildren: number;
  let children: readonly Child[];

  beforeAll(async () => {
    await withWatchedCloud(async (stack, readUsage, watched) => {
      const fleet = agents({ transient_rate: 0.2 });
      run = await runToEnd(stack, { predictions: predictions(200), agents: fleet, config: { num_waves: 2 } });
      usage = readUsage();
      seen = { ...watched, s3: [...watched.s3], sqs: [...watched.sqs], dynamodb: [...watched.dynamodb] };
      const inbox = { Bucket: stack.outputs["BucketName"], Prefix: "inbox/" };
      uploads = (await stack.clients.s3.send(new ListObjectsV2Command(inbox))).KeyCount ?? 0;
      const executionArn = executionArnOf(stack.outputs, run.runId);
      events = (await stack.clients.sfn.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
      mapRunChildren = await readMapRuns(stack, executionArn);
      children = await readChildren(stack, run);
    });
  }, 120_000);

  test("the run had failures and retries", () => {
    expect(run.summary.tasks.failed).toBeGreaterThan(0);
    expect(run.summary.retries).toBeGreaterThan(20);
  });

  test("state transitions are the history's, and the children of Map Runs", () => {
    expect(usage.standardTransitions).toBe(countTransitions(events) + mapRunChildren);
  });

  test("Express requests are the children of Map Runs", () => {
    expect(usage.expressRequests).toBe(mapRunChildren);
    expect(children).toHaveLength(mapRunChildren);
  });

  test("each child lasts as long as its batch and the slowest task after it, with the waits as they are on AWS", () => {
    const gigabytes = 64 / 1_024;
    const tenths = children.reduce((sum, child) => sum + child.tenths, 0);
    expect(usage.expressGbSeconds).toBeCloseTo((tenths / 10) * gigabytes, 9);
  });

  const executions = () => seen.invoked.filter((name) => executor.test(name)).length;

  test("Lambda requests are the invocations, of the executor one a batch and, of a task that failed, one more than retries", () => {
    expect(usage.lambdaRequests).toBe(seen.invoked.length);
    expect(executions()).toBe(children.reduce((sum, { invocations }) => sum + invocations, 0));
    expect(executions()).toBeLessThan(run.summary.attempts);
  });

  test("the executor's GB-seconds are the time that was assumed, on its 256 MB", () => {
    const steps = seen.invoked.length - executions();
    const ofExecutor = executions() * (EXECUTOR_MS / 1_000) * 0.25;
    // A millisecond of 256 MB is the least that an invocation of a step may have.
    expect(usage.lambdaGbSeconds).toBeGreaterThanOrEqual(ofExecutor + steps * 0.001 * 0.25);
  });

  test("DynamoDB's units are those that it answers", () => {
    const unitsOf = (writes: boolean) =>
      seen.dynamodb.filter((used) => used.writes === writes).reduce((sum, { units }) => sum + units, 0);
    expect(usage).toMatchObject({ dynamodbWriteUnits: unitsOf(true), dynamodbReadUnits: unitsOf(false) });
  });

  test("requests to queues are those sent, by 64 KB", () => {
    expect(usage.sqsRequests).toBe(seen.sqs.reduce((sum, request) => sum + countChunks(request), 0));
  });

  test("requests to S3 are those sent, and the run's own upload", () => {
    const isObject = ({ url }: SentRequest) => /^\/[^/]+\/./u.test(url.pathname);
    const gets = seen.s3.filter((request) => /^(GET|HEAD)$/u.test(request.method) && isObject(request)).length;
    const deletes = seen.s3.filter(({ method }) => method === "DELETE").length;
    expect(usage.s3Gets).toBe(gets);
    expect(usage.s3Puts).toBe(seen.s3.length - gets - deletes + uploads);
  });

  test("there is an event for each object that was stored", () => {
    const stored = seen.s3.filter(({ method, url }) =>
      url.searchParams.has("uploadId") ? method === "POST" : method === "PUT",
    );
    expect(usage.eventBridgeEvents).toBe(stored.length + uploads);
  });

  test("logs are the lines that functions wrote, and those that Lambda writes of every function but the executor", () => {
    const written = seen.lines.reduce((sum, line) => sum + lineBytes(line), 0);
    expect(usage.logBytes - written).toBeGreaterThanOrEqual((seen.invoked.length - executions()) * 732);
  });
});

describe("the bill for a million tasks, 8 % of them tried again, on an executor of 100 ms and 256 MB,", () => {
  test("is at most $1.50, by two metered runs and the line through them", async () => {
    const bills: number[] = [];
    await withWatchedCloud(async (stack, readUsage) => {
      const fleet = agents({ transient_rate: 0.08, bias: 0.1 });
      for (const tasks of [1_000, 2_000]) {
        const before = readUsage();
        const config = { num_waves: 1, seed: 7 };
        const { summary } = await runToEnd(stack, { predictions: predictions(tasks), agents: fleet, config });
        expect(summary.retries / tasks).toBeGreaterThanOrEqual(0.08);
        // As if each attempt were billed for itself, although a batch makes its first ones together. What the steps take depends on how
        // busy this machine is: twenty times what they take on an idle one.
        const lambdaGbSeconds = summary.attempts * 0.1 * 0.25 + tasks * 0.001;
        bills.push(billUsage({ ...usageSince(before, readUsage()), lambdaGbSeconds }).usd);
      }
    });
    const [small = 0, large = 0] = bills;
    const aTask = (large - small) / 1_000;
    const theRest = small - 1_000 * aTask;
    expect(theRest).toBeLessThan(0.01);
    expect(theRest + 1_000_000 * aTask).toBeLessThanOrEqual(1.5);
  }, 120_000);
});

describe("an invocation is billed", () => {
  const fn = { memorySize: 512, systemLogLevel: "WARN", bundleDirectory: "/bundles/a", calledPerItem: false } as const;

  test("by whole milliseconds, each begun one counted", () => {
    const meter = createMeter();
    meter.meterFunction(fn).invoked(1.2, undefined);
    expect(meter.usage()).toMatchObject({ lambdaRequests: 1, lambdaGbSeconds: 0.001 });
  });

  test("with the time that is assumed where it is for an item of a Distributed Map", () => {
    const meter = createMeter(100);
    meter.meterFunction({ ...fn, calledPerItem: true }).invoked(3_000, undefined);
    expect(meter.usage().lambdaGbSeconds).toBe(0.05);
  });

  test("with the time that it took where it is not, whatever is assumed of items", () => {
    const meter = createMeter(100);
    meter.meterFunction(fn).invoked(3_000, undefined);
    expect(meter.usage().lambdaGbSeconds).toBe(1.5);
  });
});

test("an Express child is billed by begun tenths of a second", () => {
  const meter = createMeter();
  meter.executions.child(101);
  expect(meter.usage()).toMatchObject({ expressRequests: 1, standardTransitions: 1, expressGbSeconds: 0.0125 });
});
