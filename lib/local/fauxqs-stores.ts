import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { buildApp } from "fauxqs";

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type Files = NonNullable<Stores["sqsStore"]["persistence"]>;

/** Buckets and queues that are kept in a folder, for `buildApp`. */
export interface FauxqsStores {
  readonly stores: Stores;
  close(): void;
}

/**
 * Buckets and queues that stay in memory. An object's ETag is drawn from a SHA-256, which takes half as long as the MD5 that fauxqs takes
 * of each body, and of a copy once more; here as there, the same bytes have the same one.
 */
export const createFauxqsStores = async (): Promise<Stores> => {
  const { SqsStore, SnsStore, S3Store } = await loadParts();
  const s3Store = new S3Store();
  const putObject = s3Store.putObject.bind(s3Store);
  s3Store.putObject = (bucket, key, body, ...rest) =>
    Object.assign(putObject(bucket, key, digestOf(body), ...rest), { body, contentLength: body.length });
  return { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store };
};

/** Copies share their body, whose digest is taken once. */
const digests = new WeakMap<Buffer, Buffer>();

const digestOf = (body: Buffer): Buffer => {
  const digest = digests.get(body) ?? hash("sha256", body, "buffer");
  digests.set(body, digest);
  return digest;
};

/**
 * Opens the buckets and queues of a folder, with what is in them: one SQLite file, so that each write is there whole or not at all.
 * Whoever was told that a write is done finds it after the process was killed; a machine that loses its power may lose the last ones.
 * Parts of an upload stay in memory until it is complete: what was cut off has lost its client with the address that it called.
 */
export const openFauxqsStores = async (directory: string): Promise<FauxqsStores> => {
  const { PersistenceManager, SqsStore, SnsStore, S3Store } = await loadParts();
  const files = new PersistenceManager(directory);
  const database = Reflect.get(files, "db") as DatabaseSync;
  // Waiting for the disk at each write guards against a loss of power only, and makes a message three times as dear.
  database.exec("PRAGMA synchronous = NORMAL");
  keepReturnedMessages(files, database);
  keepPartsInMemory(files);
  const sqsStore = new SqsStore();
  const snsStore = new SnsStore();
  const s3Store = new S3Store();
  moveMessagesWhole(sqsStore, database);
  // Loaded before the stores know where to write, or each queue would be written again, without its messages.
  files.load(sqsStore, snsStore, s3Store);
  sqsStore.persistence = files;
  for (const queue of sqsStore.allQueues()) queue.persistence = files;
  s3Store.persistence = files;
  return { stores: { sqsStore, snsStore, s3Store }, close: () => files.close() };
};

/** SQLite's codes of a file that cannot be written or read any more: READONLY, IOERR, CORRUPT, FULL, NOTADB. */
const storageFaults: ReadonlySet<number> = new Set([8, 10, 11, 13, 26]);

/** Tells of a request that failed because its folder did: its client hears of an internal error only, and would try again for nothing. */
export const watchStorageFaults = (
  fauxqs: Pick<ReturnType<typeof buildApp>, "addHook">,
  onFault: (error: Error) => void,
): void => {
  fauxqs.addHook("onError", async (_request, _reply, error: Error & { readonly errcode?: number }) => {
    // The lowest byte is the code, the others say more of it.
    if (error.errcode !== undefined && storageFaults.has(error.errcode % 256)) onFault(error);
  });
};

interface Parts {
  readonly PersistenceManager: new (directory: string) => Files;
  readonly SqsStore: new () => Stores["sqsStore"];
  readonly SnsStore: new () => Stores["snsStore"];
  readonly S3Store: new () => Stores["s3Store"];
}

/** fauxqs exports none of them: it opens a folder only in a server of its own, which listens on every address and takes no hooks. */
const loadParts = async (): Promise<Parts> => {
  const files = ["persistence.js", "sqs/sqsStore.js", "sns/snsStore.js", "s3/s3Store.js"];
  const main = import.meta.resolve("fauxqs");
  const modules = await Promise.all(files.map((file) => import(new URL(file, main).href) as Promise<object>));
  return Object.assign({}, ...modules) as Parts;
};

/** When a client gives a message back, fauxqs sets its receive count to null, which its own schema refuses: the message would be gone. */
const keepReturnedMessages = (files: Files, database: DatabaseSync): void => {
  const giveBack = database.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  files.updateMessageReady = (messageId) => void giveBack.run(messageId);
};

const keepPartsInMemory = (files: Files): void => {
  files.insertMultipartUpload = () => {};
  files.upsertMultipartPart = () => {};
};

/** A message that moves to its dead-letter queue is deleted in one queue and written to the other: both, or neither. */
const moveMessagesWhole = (sqsStore: Stores["sqsStore"], database: DatabaseSync): void => {
  const createQueue = sqsStore.createQueue.bind(sqsStore);
  sqsStore.createQueue = (...properties) => {
    const queue = createQueue(...properties);
    const dequeue = queue.dequeue.bind(queue);
    queue.dequeue = (...request) => atomically(database, () => dequeue(...request));
    return queue;
  };
};

const atomically = <Result>(database: DatabaseSync, work: () => Result): Result => {
  database.exec("BEGIN");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
};
