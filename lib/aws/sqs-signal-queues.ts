import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";

import { UnavailableError } from "../domain/errors.ts";
import type { OutgoingSignals, SignalQueues } from "../domain/ports.ts";
import type { TargetPhase } from "../domain/signal.ts";

/** SQS takes ten messages a batch; ten of 64 KiB stay under its 1 MiB. */
const BATCH_SIZE = 10;

/** Rounds in which entries may come back failed before the step gives up and is retried whole. */
const MAX_ROUNDS = 6;

/** Batches on their way at the same time. */
const BATCHES_IN_FLIGHT = 4;

interface Batch {
  readonly phase: TargetPhase;
  readonly messages: readonly OutgoingSignals[];
}

const toEntry = (message: OutgoingSignals, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: message.body,
  MessageAttributes: {
    run_id: { DataType: "String", StringValue: message.runId },
    wave: { DataType: "Number", StringValue: String(message.wave) },
    count: { DataType: "Number", StringValue: String(message.count) },
  },
});

/** Batches of messages to one phase each, in the order in which they fill. */
async function* batchesOf(messages: Parameters<SignalQueues["send"]>[0]): AsyncGenerator<Batch> {
  const gathered = new Map<TargetPhase, OutgoingSignals[]>();
  for await (const message of messages) {
    const { phase } = message;
    const batch = gathered.get(phase) ?? [];
    batch.push(message);
    gathered.set(phase, batch);
    if (batch.length < BATCH_SIZE) continue;
    gathered.delete(phase);
    yield { phase, messages: batch };
  }
  for (const [phase, batch] of gathered) yield { phase, messages: batch };
}

/** The queues of the phases; entries that SQS did not take are sent again (SPEC F1). */
export const createSqsSignalQueues = (
  client: SQSClient,
  queueUrls: Readonly<Record<TargetPhase, string>>,
  sleep: (ms: number) => Promise<void>,
): SignalQueues => {
  const sendBatch = async ({ phase, messages }: Batch): Promise<void> => {
    const queueUrl = queueUrls[phase];
    let entries = messages.map(toEntry);
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
    send: async (messages) => {
      const batches = batchesOf(messages);
      let hasFailed = false;
      const sendOn = async (): Promise<void> => {
        for await (const batch of batches) {
          if (hasFailed) return;
          await sendBatch(batch).catch((error: unknown) => {
            hasFailed = true;
            throw error;
          });
        }
      };
      const sending = Array.from({ length: BATCHES_IN_FLIGHT }, sendOn);
      // After a batch that failed for good none is begun, and those on their way are waited for: the step is tried again.
      await Promise.allSettled(sending);
      await Promise.all(sending);
    },
  };
};
