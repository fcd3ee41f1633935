import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import type { AttemptStore, Clock } from "../domain/ports.ts";
import type { AttemptLogEntry } from "../domain/record.ts";
import { batchWrite, queryItems } from "./dynamo-table.ts";

/** A day: the record of the task holds the attempts as soon as its wave has ended. */
const KEEP_SECONDS = 24 * 3_600;

/** Tasks whose attempts a process remembers, so that a retry that comes back to it need not ask the table. */
const MAX_REMEMBERED = 20_000;

const partition = (runId: string, taskId: string) => `TASK#${runId}#${taskId}`;
const sortKey = ({ pass, attempt }: AttemptLogEntry) => `ATTEMPT#${String(pass).padStart(3, "0")}#${attempt}`;

type Item = Record<string, unknown>;

/** Writes an item at once; those that come while a write is under way go together after it. Each caller waits for its own. */
const gatherWrites = (write: (items: readonly Item[]) => Promise<void>) => {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: { readonly items: Map<string, Item>; readonly written: Promise<void> } | undefined;
  return (key: string, item: Item): Promise<void> => {
    if (next === undefined) {
      const items = new Map<string, Item>();
      const written = underWay.then(() => {
        next = undefined;
        return write([...items.values()]);
      });
      next = { items, written };
      underWay = written.catch(() => {});
    }
    next.items.set(key, item);
    return next.written;
  };
};

/** Attempts in the table, a partition for each task, so that a run of a million tasks heats none. */
export const createDynamoAttemptStore = (
  client: DynamoDBDocumentClient,
  table: string,
  { now, sleep }: Clock,
): AttemptStore => {
  const remembered = new Map<string, readonly AttemptLogEntry[]>();
  const remember = (pk: string, entry: AttemptLogEntry): void => {
    const known = (remembered.get(pk) ?? []).filter((other) => sortKey(other) !== sortKey(entry));
    remembered.delete(pk);
    remembered.set(pk, [...known, entry]);
    const oldest = remembered.keys().next();
    if (remembered.size > MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
  };
  const gather = gatherWrites((items) =>
    batchWrite(
      client,
      table,
      items.map((Item) => ({ PutRequest: { Item } })),
      sleep,
    ),
  );
  return {
    put: async (runId, taskId, entry) => {
      const pk = partition(runId, taskId);
      const sk = sortKey(entry);
      // As text, because nobody asks for a field of it, and marshalling each costs more than the attempt.
      await gather(`${pk}/${sk}`, {
        pk,
        sk,
        entry: JSON.stringify(entry),
        expires_at: Math.ceil(now() / 1_000) + KEEP_SECONDS,
      });
      remember(pk, entry);
    },
    list: async (runId, taskId, known) => {
      const pk = partition(runId, taskId);
      const own = remembered.get(pk)?.filter(({ pass }) => pass === known?.pass) ?? [];
      if (known !== undefined && own.length >= known.count) return own;
      const items = await queryItems(client, table, { pk, skPrefix: "ATTEMPT#", consistent: true });
      return items.map(({ entry }) => JSON.parse(String(entry)) as AttemptLogEntry);
    },
  };
};
