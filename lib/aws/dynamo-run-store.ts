import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

import type { RunStore } from "../domain/ports.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { queryItems } from "./dynamo-table.ts";

const runPartition = (runId: string) => `RUN#${runId}`;
const number = (n: number) => String(n).padStart(8, "0");
const cursorSortKey = (wave: number, pass: number) => `CURSOR#${number(wave)}#${number(pass)}`;

/** A week: as long as somebody may ask how a run went. */
const KEEP_SECONDS = 7 * 24 * 3_600;

const withoutKeys = <Value>(item: Record<string, unknown>): Value => {
  const { pk: _pk, sk: _sk, expires_at: _expiresAt, ...value } = item;
  return value as Value;
};

/** Runs and their waves in the table: all of a run stands under one partition key. */
export const createDynamoRunStore = (client: DynamoDBDocumentClient, table: string, now: () => number): RunStore => ({
  begin: async (run) => {
    await client.send(new PutCommand({ TableName: table, Item: { pk: runPartition(run.run_id), sk: "RUN", ...run } }));
  },

  read: async (runId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk: runPartition(runId), sk: "RUN" }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : withoutKeys<RunItem>(Item);
  },

  finish: async (runId, { finished_at, counts, health }) => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: runPartition(runId), sk: "RUN" },
        UpdateExpression: "SET #status = :status, finished_at = :finished, counts = :counts, health = :health",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: {
          ":status": "FINISHED",
          ":finished": finished_at,
          ":counts": counts,
          ":health": health,
        },
      }),
    );
  },

  putWave: async (runId, wave) => {
    await client.send(
      new PutCommand({ TableName: table, Item: { pk: runPartition(runId), sk: `WAVE#${number(wave.wave)}`, ...wave } }),
    );
  },

  readWaves: async (runId) => {
    const items = await queryItems(client, table, { pk: runPartition(runId), skPrefix: "WAVE#", consistent: true });
    return items.map((item) => withoutKeys<WaveItem>(item));
  },

  readCursor: async (runId, wave, pass) => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :before",
        ExpressionAttributeValues: {
          ":pk": runPartition(runId),
          ":first": cursorSortKey(0, 0),
          ":before": cursorSortKey(wave, pass - 1),
        },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    return Number(Items?.[0]?.["cursor"] ?? 0);
  },

  putCursor: async (runId, wave, pass, cursor) => {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: {
          pk: runPartition(runId),
          sk: cursorSortKey(wave, pass),
          cursor,
          expires_at: Math.ceil(now() / 1_000) + KEEP_SECONDS,
        },
      }),
    );
  },
});
