import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";

import { UnavailableError } from "../domain/errors.ts";
import type { SignalQueues } from "../domain/ports.ts";
import type { TargetPhase } from "../domain/signal.ts";

/** SQS takes ten messages a batch; ten of 64 KiB stay under its 1 MiB. */
const BATCH_SIZE = 10;

/** Rounds in which entries may come back failed before the step gives up and is retried whole. */
const MAX_ROUNDS = 6;

/** Batches on their way at the same time. */
const BATCHES_IN_FLIGHT = 4;

type Message = Parameters<SignalQueues["send"]>[1][number];

const toEntry = (message: Message, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: message.body,
  MessageAttributes: {
    run_id: { DataType: "String", StringValue: message.runId },
    wave: { DataType: "Number", StringValue: String(message.wave) },
    count: { DataType: "Number", StringValue: String(message.count) },
  },
});

function* batchesOf(messages: readonly Message[]): Generator<SendMessageBatchRequestEntry[]> {
  for (let start = 0; start < messages.length; start += BATCH_SIZE)
    yield messages.slice(start, start + BATCH_SIZE).map(toEntry);
}

/** The queues of the phases; entries that SQS did not take are sent again (SPEC F1). */
export const createSqsSignalQueues = (
  client: SQSClient,
  queueUrls: Readonly<Record<TargetPhase, string>>,
  sleep: (ms: number) => Promise<void>,
): SignalQueues => {
  const sendBatch = async (queueUrl: string, batch: SendMessageBatchRequestEntry[]): Promise<void> => {
    let entries = batch;
    for (let round = 0; entries.length > 0; round += 1) {
      if (round === MAX_ROUNDS)
        throw new UnavailableError(`queue ${queueUrl}: ${entries.length} messages were not taken`);
      if (round > 0) await sleep(100 * 2 ** round);
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
      const failed = new Set(Failed.map(({ Id }) => Id));
      entries = entries.filter(({ Id }) => failed.has(Id));
    }
  };
  return {
    send: async (phase, messages) => {
      const batches = Iterator.from(batchesOf(messages));
      const sendOn = async (): Promise<void> => {
        for (const batch of batches) await sendBatch(queueUrls[phase], batch);
      };
      await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, sendOn));
    },
  };
};
