import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";

import { UnavailableError } from "../domain/errors.ts";

type Item = Record<string, unknown>;

/** Partition of everything that belongs to a fleet. */
export const fleetKey = (fleet: string): string => `FLEET#${fleet}`;

/** A time as the TTL attribute takes it: epoch seconds, rounded up. */
export const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/** Tries for an item that others change at the same moment, before the step itself is retried. */
export const MAX_CONFLICTS = 20;

/** DynamoDB takes 25 writes a request. */
const BATCH_SIZE = 25;

/** Rounds in which a batch may come back with unprocessed items before the step gives up and is retried whole. */
const MAX_BATCH_ROUNDS = 8;

/** Every item under a partition key whose sort key begins with a prefix, in order; pages are followed. */
export const queryItems = async (
  client: DynamoDBDocumentClient,
  table: string,
  key: { readonly pk: string; readonly skPrefix?: string; readonly consistent?: boolean },
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const input: QueryCommandInput = {
    TableName: table,
    ConsistentRead: key.consistent ?? false,
    KeyConditionExpression: key.skPrefix === undefined ? "pk = :pk" : "pk = :pk AND begins_with(sk, :sk)",
    ExpressionAttributeValues: { ":pk": key.pk, ...(key.skPrefix !== undefined && { ":sk": key.skPrefix }) },
  };
  let startKey: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({ ...input, ...(startKey !== undefined && { ExclusiveStartKey: startKey }) }),
    );
    items.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
};

/** A write of {@link batchWrite}. */
export type BatchRequest =
  | { readonly PutRequest: { readonly Item: Item } }
  | { readonly DeleteRequest: { readonly Key: Item } };

/**
 * Writes any number of items, 25 a request; what a throttled table gives back is sent again.
 *
 * @throws UnavailableError when items are still unprocessed after {@link MAX_BATCH_ROUNDS} rounds.
 */
export const batchWrite = async (
  client: DynamoDBDocumentClient,
  table: string,
  requests: readonly BatchRequest[],
  sleep: (ms: number) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < requests.length; start += BATCH_SIZE) {
    let batch: BatchRequest[] = requests.slice(start, start + BATCH_SIZE);
    for (let round = 0; batch.length > 0; round += 1) {
      if (round === MAX_BATCH_ROUNDS)
        throw new UnavailableError(`table ${table}: ${batch.length} writes were not taken`);
      if (round > 0) await sleep(50 * 2 ** round);
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: batch } }));
      batch = (UnprocessedItems?.[table] ?? []) as BatchRequest[];
    }
  }
};

/** Runs a conditional write and gives its answer; undefined when its condition did not hold. */
export const valueIfHeld = async <Value>(write: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
};

/** Runs a conditional write; false when its condition did not hold. */
export const holdsCondition = async (write: Promise<object>): Promise<boolean> =>
  (await valueIfHeld(write)) !== undefined;
