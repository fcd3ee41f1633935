import { describe, expect, onTestFinished, test } from "vitest";

import { serveOnLoopback } from "../agents/serve-on-loopback.ts";
import { type FaultKind, faultKinds, planFaults, planKills } from "./fault-plan.ts";
import { startFaultProxy } from "./fault-proxy.ts";

/** A service that knows what it was sent and answers with the same. */
const startEcho = async () => {
  const bodies: string[] = [];
  const { endpoint, stop } = await serveOnLoopback((incoming, response) => {
    incoming.setEncoding("utf8");
    let body = "";
    incoming.on("data", (text: string) => (body += text));
    incoming.on("end", () => {
      bodies.push(body);
      response.end(body);
    });
  });
  onTestFinished(stop);
  return { endpoint, bodies };
};

/** What a request through the proxy comes to, and what the service heard of it. */
const throughProxy = async (
  kind: FaultKind | undefined,
  { target = "none", value = { a: "text" } }: { target?: string; value?: unknown } = {},
) => {
  const { endpoint, bodies } = await startEcho();
  const happened: FaultKind[] = [];
  const service = target.startsWith("AmazonSQS") ? "sqs" : "dynamodb";
  const nextFault = () => kind && { kind, slowMs: 1 };
  const proxy = await startFaultProxy({ service, endpoint, nextFault, onFault: (fault) => happened.push(fault) });
  onTestFinished(() => proxy.stop());
  const options = { method: "POST", body: JSON.stringify(value), headers: { "x-amz-target": target } };
  const answer = await fetch(proxy.endpoint, options)
    .then(async (response) => ({ status: response.status, value: (await response.json()) as unknown }))
    .catch(() => "broken off" as const);
  return { answer, heard: bodies.map((body) => JSON.parse(body) as unknown), happened };
};

describe("a request through the proxy", () => {
  const value = { a: "text" };

  test.each<{ kind: FaultKind | undefined; answer: unknown; heard: readonly unknown[] }>([
    { kind: undefined, answer: { status: 200, value }, heard: [value] },
    { kind: "slow", answer: { status: 200, value }, heard: [value] },
    {
      kind: "throttled",
      answer: {
        status: 400,
        value: {
          __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
          message: "injected",
        },
      },
      heard: [],
    },
    {
      kind: "server_error",
      answer: {
        status: 500,
        value: { __type: "com.amazonaws.dynamodb.v20120810#InternalServerError", message: "injected" },
      },
      heard: [],
    },
    { kind: "reset_before", answer: "broken off", heard: [] },
    { kind: "reset_after", answer: "broken off", heard: [value] },
    { kind: "cut_answer", answer: "broken off", heard: [value] },
  ])("that is to be $kind is answered so, whether the work was done or not", async ({ kind, answer, heard }) => {
    const through = await throughProxy(kind);
    expect(through.answer).toEqual(answer);
    expect(through.heard).toEqual(heard);
    expect(through.happened).toEqual(kind === undefined ? [] : [kind]);
  });

  test("a batch of messages is taken in part, and the rest comes back as failed", async () => {
    const Entries = ["0", "1", "2"].map((Id) => ({ Id, MessageBody: Id }));
    const { answer, heard } = await throughProxy("partial_batch", {
      target: "AmazonSQS.SendMessageBatch",
      value: { QueueUrl: "q", Entries },
    });
    expect(heard).toEqual([{ QueueUrl: "q", Entries: [Entries[1]] }]);
    expect(answer).toMatchObject({ status: 200, value: { Failed: [{ Id: "0" }, { Id: "2" }] } });
  });

  test("a batch of items is taken in part, and the rest comes back as unprocessed", async () => {
    const { answer, heard } = await throughProxy("partial_batch", {
      target: "DynamoDB_20120810.BatchWriteItem",
      value: { RequestItems: { table: [1, 2, 3] } },
    });
    expect(heard).toEqual([{ RequestItems: { table: [2] } }]);
    expect(answer).toMatchObject({ value: { UnprocessedItems: { table: [1, 3] } } });
  });

  test("what is no batch is taken whole, and no fault is counted", async () => {
    const { answer, happened } = await throughProxy("partial_batch", { target: "DynamoDB_20120810.GetItem" });
    expect(answer).toEqual({ status: 200, value });
    expect(happened).toEqual([]);
  });
});

describe("a plan", () => {
  const numbers = Array.from({ length: 2_000 }, (_, index) => index + 1);

  test("gives the same faults to the same seed, every kind among them, at its rate", () => {
    const planned = () => numbers.map((n) => planFaults(7, 0.2)("s3", n));
    const faults = planned().filter((fault) => fault !== undefined);
    expect(planned()).toEqual(planned());
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
    expect(faults.length / numbers.length).toBeCloseTo(0.2, 1);
  });

  test("gives other faults to another seed, and none at the rate 0", () => {
    const at = (seed: number, rate: number) => numbers.map((n) => planFaults(seed, rate)("s3", n)?.kind);
    expect(at(1, 0.2)).not.toEqual(at(2, 0.2));
    expect(at(1, 0).every((kind) => kind === undefined)).toBe(true);
  });

  test("kills a function before, during and after its invocations", () => {
    const kills = numbers.map((n) => planKills(7, () => 0.1)("PlanWaves", n)).filter((kill) => kill !== undefined);
    const kinds = kills.map((kill) => (typeof kill === "object" ? "during" : kill));
    expect(new Set(kinds)).toEqual(new Set(["before", "during", "after"]));
  });
});
