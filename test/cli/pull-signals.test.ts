import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { type PullOptions, pullSignals } from "../../lib/cli/pull-signals.ts";
import { type Services, startServices } from "../aws/emulated-services.ts";
import { bodyOf, createMemo, never, signalOf } from "./pulled-signals.ts";

const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

describe("signals pull", () => {
  let services: Services;
  let queues = 0;

  beforeAll(async () => {
    services = await startServices();
  });

  afterAll(() => services.stop());

  /** A queue with these messages, and ways to look at it. */
  const createQueue = async (
    bodies: readonly string[],
    Attributes: Partial<Record<QueueAttributeName, string>> = {},
  ) => {
    queues += 1;
    const QueueName = `pull-${queues}`;
    await services.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    const QueueUrl = `${services.emulators.sqsEndpoint}/000000000000/${QueueName}`;
    for (const MessageBody of bodies) await services.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const stack = { clients: { sqs: services.sqs }, outputs: { Phase18QueueUrl: QueueUrl } };
    const attribute = async (name: QueueAttributeName) => {
      const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
      return (await services.sqs.send(request)).Attributes?.[name];
    };
    return {
      QueueUrl,
      pull: (memo: ReturnType<typeof createMemo>, options: Partial<PullOptions> = {}) =>
        pullSignals(stack, { phase: 18, wait: 0, ...options }, memo.terminal, never),
      visible: async () => Number(await attribute("ApproximateNumberOfMessages")),
      inFlight: async () => Number(await attribute("ApproximateNumberOfMessagesNotVisible")),
      arn: () => attribute("QueueArn"),
    };
  };

  test("prints every signal of the queue, takes the messages off it, and says how many they were", async () => {
    const bodies = Array.from({ length: 25 }, (_, n) => bodyOf(2 * n, 2 * n + 1));
    const queue = await createQueue(bodies);
    const memo = createMemo();
    await queue.pull(memo);
    expect(inOrder(memo.printed)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(memo.said).toEqual(["phase 18: 50 signals in 25 messages, 25 deleted"]);
    expect([await queue.visible(), await queue.inFlight()]).toEqual([0, 0]);
  });

  test("prints a signal as it came, a line each", async () => {
    const signal = { ...signalOf(1), later: "kept" };
    const queue = await createQueue([JSON.stringify([signal, signalOf(2)])]);
    const print = vi.fn<(text: string) => Promise<boolean>>(async () => true);
    await queue.pull(createMemo(print));
    expect(print.mock.calls).toEqual([[`${JSON.stringify(signal)}\n${JSON.stringify(signalOf(2))}\n`]]);
  });

  test("deletes a message only after its lines have been written", async () => {
    const queue = await createQueue([bodyOf(1)]);
    let whilePrinting = -1;
    await queue.pull(
      createMemo(async () => {
        whilePrinting = await queue.inFlight();
        return true;
      }),
    );
    expect(whilePrinting).toBe(1);
    expect(await queue.inFlight()).toBe(0);
  });

  test("with keep prints each message once and leaves all of them, to be received again at once", async () => {
    const queue = await createQueue(Array.from({ length: 12 }, (_, n) => bodyOf(n)));
    const [first, second] = [createMemo(), createMemo()];
    await queue.pull(first, { keep: true });
    await queue.pull(second, { keep: true });
    expect(inOrder(first.printed)).toEqual(Array.from({ length: 12 }, (_, n) => n));
    expect(inOrder(second.printed)).toEqual(inOrder(first.printed));
    expect(first.said).toEqual(["phase 18: 12 signals in 12 messages, kept"]);
    expect(await queue.visible()).toBe(12);
  });

  test("stops after the message that brings the signals to the maximum, and hides no other message", async () => {
    const queue = await createQueue([bodyOf(1, 2), bodyOf(3, 4), bodyOf(5, 6), bodyOf(7, 8)]);
    const memo = createMemo();
    await queue.pull(memo, { max: 3 });
    expect(memo.said).toEqual(["phase 18: 4 signals in 2 messages, 2 deleted"]);
    expect([await queue.visible(), await queue.inFlight()]).toEqual([2, 0]);
  });

  test("names what is no message of signals, prints the others, and lets it become a dead letter", async () => {
    const dead = await createQueue([]);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await dead.arn(), maxReceiveCount: 5 });
    const attributes = { VisibilityTimeout: "0", RedrivePolicy };
    const spoiled = JSON.stringify([{ ...signalOf(1), confidence: 2 }]);
    const queue = await createQueue(["no JSON", spoiled, bodyOf(3)], attributes);
    const memo = createMemo();
    await queue.pull(memo);
    expect(memo.printed).toEqual([3]);
    const ids = /(?<=message )\S{36}(?=:)/u;
    expect(memo.said.map((line) => line.replace(ids, "<id>")).toSorted()).toEqual([
      "phase 18: 1 signal in 1 message, 1 deleted",
      "phase 18: message <id>: [0].confidence: expected a number from 0 to 1, received 2",
      "phase 18: message <id>: body: expected an array of 1 to 100 signals as JSON, received no JSON",
    ]);
    const { Messages = [] } = await services.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: dead.QueueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(new Set(Messages.map(({ Body }) => Body))).toEqual(new Set([spoiled, "no JSON"]));
  });

  test("ends when nobody reads on: what was not read is in the queue, visible at once", async () => {
    const queue = await createQueue([bodyOf(1), bodyOf(2), bodyOf(3)]);
    let prints = 0;
    const memo = createMemo(async () => {
      prints += 1;
      return prints < 2;
    });
    await queue.pull(memo);
    expect(prints).toBe(2);
    expect(memo.said).toEqual(["phase 18: 1 signal in 1 message, 0 deleted"]);
    expect(await queue.visible()).toBe(3);
  });

  test("that cannot write passes the error on and loses nothing", async () => {
    const queue = await createQueue([bodyOf(1), bodyOf(2)]);
    const memo = createMemo(() => Promise.reject(new Error("ENOSPC")));
    await expect(queue.pull(memo)).rejects.toThrow("ENOSPC");
    expect(await queue.visible()).toBe(2);
  });

  test("on a stack without the queue says which outputs there are", async () => {
    const stack = { clients: { sqs: services.sqs }, outputs: { BucketName: "b" } };
    await expect(pullSignals(stack, { phase: 16, wait: 0 }, createMemo().terminal, never)).rejects.toThrow(
      "stack: expected the output Phase16QueueUrl, it has: BucketName",
    );
  });
});
