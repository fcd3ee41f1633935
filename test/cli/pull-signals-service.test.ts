import { createHash } from "node:crypto";

import { SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { type PullOptions, pullSignals } from "../../lib/cli/pull-signals.ts";
import { account, noWait } from "../aws/emulated-services.ts";
import { startJsonService } from "../aws/json-service.ts";
import { bodyOf, createMemo, never } from "./pulled-signals.ts";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

describe("signals pull from a service that", () => {
  /** A pull from a service that answers as the test says; its requests are on record. */
  const pullFrom = async (
    answer: (operation: string, body: Record<string, unknown>, calls: number) => unknown,
    options: Partial<PullOptions> = {},
    signal: AbortSignal = never,
    now: () => number = () => 0,
  ) => {
    const requests: [string, Record<string, unknown>][] = [];
    const endpoint = await startJsonService((operation, body) => {
      requests.push([operation, body]);
      return answer(operation, body, requests.filter(([name]) => name === operation).length);
    });
    const sqs = new SQSClient({ ...account, endpoint });
    onTestFinished(() => sqs.destroy());
    const stack = { clients: { sqs }, outputs: { Phase18QueueUrl: `${endpoint}/000000000000/queue` } };
    const memo = createMemo();
    const sleep = vi.fn<typeof noWait>(noWait);
    const ended = pullSignals(stack, { phase: 18, wait: 0, ...options }, memo.terminal, signal, { now, sleep });
    return { ended, requests, sleep, ...memo };
  };

  /** Three messages at the first question, none after it. */
  const messages = (calls: number) =>
    calls > 1
      ? {}
      : {
          Messages: [1, 2, 3].map((n) => ({
            MessageId: `m${n}`,
            ReceiptHandle: `r${n}`,
            Body: bodyOf(n),
            MD5OfBody: md5(bodyOf(n)),
          })),
        };

  const handlesOf = ({ Entries }: Record<string, unknown>): string[] =>
    (Entries as { ReceiptHandle: string }[]).map(({ ReceiptHandle }) => ReceiptHandle);

  const failing = (entries: unknown) => ({
    Successful: [],
    Failed: (entries as { Id: string }[]).map(({ Id }) => ({ Id, Code: "InternalError", SenderFault: false })),
  });

  test("has more messages than can be read in time is left before what is kept comes round again", async () => {
    let time = 0;
    const { ended, requests, said } = await pullFrom(
      (operation, { Entries }) => {
        time += 19_000;
        return operation === "ReceiveMessage" ? {} : { Successful: Entries, Failed: [] };
      },
      { wait: 3_600, keep: true },
      never,
      () => time,
    );
    await ended;
    expect(requests.filter(([name]) => name === "ReceiveMessage")).toHaveLength(14);
    expect(time).toBeLessThan(300_000);
    expect(said[0]).toBe("phase 18: ended after 260 s, before what is kept comes again");
  });

  test("stays empty is asked in polls of at most 20 seconds for as long as it was told to wait", async () => {
    const { ended, requests } = await pullFrom(() => ({}), { wait: 45 });
    await ended;
    expect(requests.map(([, { WaitTimeSeconds }]) => WaitTimeSeconds)).toEqual([20, 20, 5]);
  });

  test("has something after a while is waited for anew", async () => {
    const { ended, requests, printed } = await pullFrom(
      (operation, _, calls) => (operation === "ReceiveMessage" && calls === 2 ? messages(1) : {}),
      { wait: 25 },
    );
    await ended;
    expect(printed).toEqual([1, 2, 3]);
    const polls = requests.filter(([operation]) => operation === "ReceiveMessage");
    expect(polls.map(([, { WaitTimeSeconds }]) => WaitTimeSeconds)).toEqual([20, 5, 20, 5]);
  });

  test("is asked for no more messages than signals are wanted", async () => {
    const { ended, requests } = await pullFrom(() => ({}), { max: 4 });
    await ended;
    expect(requests[0]?.[1]).toMatchObject({ MaxNumberOfMessages: 4 });
  });

  test("deletes in part is asked again for the rest, after waits that double", async () => {
    const { ended, requests, sleep, said } = await pullFrom((operation, { Entries }, calls) => {
      if (operation === "ReceiveMessage") return messages(calls);
      return { ...failing((Entries as unknown[]).slice(1)) };
    });
    await ended;
    const deletes = requests.filter(([operation]) => operation === "DeleteMessageBatch");
    expect(deletes.map(([, body]) => handlesOf(body))).toEqual([["r1", "r2", "r3"], ["r2", "r3"], ["r3"]]);
    expect(sleep.mock.calls).toEqual([[200], [400]]);
    expect(said).toEqual(["phase 18: 3 signals in 3 messages, 3 deleted"]);
  });

  test("will not delete a message is told about, and does not show it twice", async () => {
    const { ended, printed, said } = await pullFrom((operation, { Entries }, calls) => {
      if (operation === "ReceiveMessage") return calls < 3 ? messages(1) : {};
      return failing((Entries as { Id: string }[]).filter(({ Id }) => Id === "1"));
    });
    await ended;
    expect(printed).toEqual([1, 2, 3]);
    expect(said).toEqual([
      "phase 18: 3 signals in 3 messages, 2 deleted",
      "warning: 1 message could not be deleted and will come again",
    ]);
  });

  test("will not show a kept message again is told about", async () => {
    const { ended, requests, said } = await pullFrom(
      (operation, { Entries }, calls) => (operation === "ReceiveMessage" ? messages(calls) : failing(Entries)),
      { keep: true },
    );
    await ended;
    expect(requests.find(([operation]) => operation === "ChangeMessageVisibilityBatch")?.[1]).toMatchObject({
      Entries: [{ VisibilityTimeout: 0 }, { VisibilityTimeout: 0 }, { VisibilityTimeout: 0 }],
    });
    expect(said).toEqual([
      "phase 18: 3 signals in 3 messages, kept",
      "warning: 3 messages could not be made visible again before the timeout ends",
    ]);
  });

  test("is waited for when the command is interrupted ends in order", async () => {
    const interrupt = new AbortController();
    const { ended, requests, said } = await pullFrom(
      (_operation, _body, calls) => {
        if (calls === 1) return messages(1);
        interrupt.abort();
        return {};
      },
      { wait: 600, keep: true },
      interrupt.signal,
    );
    await ended;
    expect(requests.map(([operation]) => operation)).toEqual([
      "ReceiveMessage",
      "ReceiveMessage",
      "ChangeMessageVisibilityBatch",
    ]);
    expect(said).toEqual(["phase 18: 3 signals in 3 messages, kept"]);
  });

  test("refuses ends the command with its error", async () => {
    const { ended } = await pullFrom(() => Object.assign(new Error("not yours"), { name: "AccessDenied" }));
    await expect(ended).rejects.toThrow("not yours");
  });
});
