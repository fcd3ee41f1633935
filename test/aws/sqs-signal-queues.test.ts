import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";

import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { createSqsSignalQueues } from "../../lib/aws/sqs-signal-queues.ts";
import type { TargetPhase } from "../../lib/domain/signal.ts";
import { account, noWait, type Services, startServices } from "./emulated-services.ts";
import { startJsonService } from "./json-service.ts";

const message = (n: number, phase: TargetPhase = 18) => ({
  phase,
  body: `[{"n":${n}}]`,
  runId: "run-1",
  wave: 2,
  count: 1,
});
/** What SQS says of an entry that it took. */
const taken = ({ Id, MessageBody }: { readonly Id: string; readonly MessageBody: string }) => ({
  Id,
  MessageId: Id,
  MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
});

const messages = (count: number) => Array.from({ length: count }, (_, n) => message(n));

describe("the queues of the phases", () => {
  let services: Services;

  beforeAll(async () => {
    services = await startServices();
  });

  afterAll(() => services.stop());

  const createQueues = async (name: string) => {
    const urls = {
      16: await services.createQueue(`${name}-16`),
      18: await services.createQueue(`${name}-18`),
      20: await services.createQueue(`${name}-20`),
    };
    return { urls, queues: createSqsSignalQueues(services.sqs, urls, noWait) };
  };

  const receiveAll = async (QueueUrl: string) => {
    const received = [];
    for (;;) {
      const { Messages = [] } = await services.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
      );
      if (Messages.length === 0) return received;
      received.push(...Messages);
    }
  };

  test("carry run, wave and number of signals beside the body", async () => {
    const { urls, queues } = await createQueues("attributes");
    await queues.send([{ phase: 18, body: "[1,2,3]", runId: "run-1", wave: 2, count: 3 }]);
    expect(await receiveAll(urls[18])).toMatchObject([
      {
        Body: "[1,2,3]",
        MessageAttributes: {
          run_id: { DataType: "String", StringValue: "run-1" },
          wave: { DataType: "Number", StringValue: "2" },
          count: { DataType: "Number", StringValue: "3" },
        },
      },
    ]);
  });

  test("get what is meant for their phase only", async () => {
    const { urls, queues } = await createQueues("phases");
    await queues.send([message(0, 20)]);
    const counts = [urls[16], urls[18], urls[20]].map(async (url) => (await receiveAll(url)).length);
    expect(await Promise.all(counts)).toEqual([0, 0, 1]);
  });

  test("take any number of messages, each once", async () => {
    const { urls, queues } = await createQueues("many");
    await queues.send(messages(57));
    const bodies = (await receiveAll(urls[18])).map(({ Body }) => Body ?? "");
    expect(bodies.toSorted()).toEqual(
      messages(57)
        .map(({ body }) => body)
        .toSorted(),
    );
  });

  test("are not asked when there is nothing to send", async () => {
    const nowhere = "http://127.0.0.1:1/000000000000/nowhere";
    const queues = createSqsSignalQueues(services.sqs, { 16: nowhere, 18: nowhere, 20: nowhere }, noWait);
    await expect(queues.send([])).resolves.toBeUndefined();
  });
});

describe("a queue that does not take every entry", () => {
  interface Entry {
    readonly Id: string;
    readonly MessageBody: string;
  }

  /** Queues that take an entry when `takes` says so; each request's bodies are on record. */
  const createFailingQueues = async (takes: (entry: Entry, round: number) => boolean) => {
    const rounds: string[][] = [];
    const endpoint = await startJsonService((_, { Entries }) => {
      const entries = Entries as Entry[];
      const round = rounds.push(entries.map(({ MessageBody }) => MessageBody));
      return {
        Successful: entries.filter((entry) => takes(entry, round)).map(taken),
        Failed: entries
          .filter((entry) => !takes(entry, round))
          .map(({ Id }) => ({ Id, Code: "InternalError", SenderFault: false })),
      };
    });
    const client = new SQSClient({ ...account, endpoint });
    onTestFinished(() => client.destroy());
    const url = `${endpoint}/000000000000/queue`;
    const sleep = vi.fn<typeof noWait>(noWait);
    return { rounds, sleep, url, queues: createSqsSignalQueues(client, { 16: url, 18: url, 20: url }, sleep) };
  };

  test("gets the failed ones again, and only those, after waits that double", async () => {
    const { queues, rounds, sleep } = await createFailingQueues(({ Id }, round) => Number(Id) < round);
    await queues.send(messages(3));
    expect(rounds.map((bodies) => bodies.length)).toEqual([3, 2, 1]);
    expect(rounds[2]).toEqual([message(2).body]);
    expect(sleep.mock.calls).toEqual([[200], [400]]);
  });

  test("is given up after six rounds, with an error that lets the step run again", async () => {
    const { queues, rounds, url } = await createFailingQueues(({ Id }) => Id !== "1");
    await expect(queues.send(messages(3))).rejects.toMatchObject({
      name: "Phase21.Unavailable",
      retryable: true,
      message: `queue ${url}: 1 messages were not taken`,
    });
    expect(rounds).toHaveLength(6);
  });

  test("is given up when the batches that were on their way have ended, and no further one is begun", async () => {
    let begun = 0;
    let ended = 0;
    const allBegun = Promise.withResolvers<void>();
    const endpoint = await startJsonService(async (_operation, request) => {
      const { Entries: entries } = request as { Entries: { Id: string; MessageBody: string }[] };
      begun += 1;
      if (begun === 4) allBegun.resolve();
      if (begun === 1) {
        await allBegun.promise;
        return Object.assign(new Error("no such queue"), { name: "QueueDoesNotExist" });
      }
      await setTimeout(50);
      ended += 1;
      return { Successful: entries.map(taken) };
    });
    const client = new SQSClient({ ...account, endpoint });
    onTestFinished(() => client.destroy());
    const url = `${endpoint}/000000000000/queue`;
    const queues = createSqsSignalQueues(client, { 16: url, 18: url, 20: url }, noWait);
    const sending = async function* () {
      yield* messages(40);
      // The others wait for it when the first has failed.
      await setTimeout(100);
      yield* messages(160);
    };
    await expect(queues.send(sending())).rejects.toThrow("no such queue");
    expect([begun, ended]).toEqual([4, 3]);
  });
});
