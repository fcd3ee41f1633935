import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";

/** SQS takes ten entries a batch. */
export const BATCH_SIZE = 10;

/** How often an entry that SQS did not take is sent at the most. */
const MAX_ROUNDS = 4;

interface ReceiptEntry {
  readonly Id: string;
  readonly ReceiptHandle: string;
}

type SendBatch = (entries: ReceiptEntry[]) => Promise<{ readonly Failed?: BatchResultErrorEntry[] | undefined }>;

const sendBatch = async (
  handles: readonly string[],
  send: SendBatch,
  sleep: (ms: number) => Promise<void>,
): Promise<number> => {
  let entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
  for (let round = 0; round < MAX_ROUNDS && entries.length > 0; round += 1) {
    if (round > 0) await sleep(100 * 2 ** round);
    const { Failed = [] } = await send(entries);
    const failed = new Set(Failed.map(({ Id }) => Id));
    entries = entries.filter(({ Id }) => failed.has(Id));
  }
  return entries.length;
};

/** Sends receipt handles in batches, those that SQS did not take again and again, and gives how many it never took. */
export const sendReceipts = async (
  handles: readonly string[],
  send: SendBatch,
  sleep: (ms: number) => Promise<void>,
): Promise<number> => {
  let untaken = 0;
  for (let start = 0; start < handles.length; start += BATCH_SIZE) {
    untaken += await sendBatch(handles.slice(start, start + BATCH_SIZE), send, sleep);
  }
  return untaken;
};
