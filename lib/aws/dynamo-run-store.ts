import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

import type { Spent } from "../domain/budget.ts";
import { limits } from "../domain/function-environment.ts";
import type { RunConfig } from "../domain/run-config.ts";
import type { RunControl } from "../domain/run-control.ts";
import type { RunStore } from "../domain/ports.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { createDynamoRunningRuns } from "./dynamo-running-runs.ts";
import { holdsCondition, queryItems } from "./dynamo-table.ts";

const runPartition = (runId: string) => `RUN#${runId}`;
const number = (n: number) => String(n).padStart(8, "0");
const cursorSortKey = (wave: number, pass: number) => `CURSOR#${number(wave)}#${number(pass)}`;

/** A week: as long as somebody may ask how a run went. */
const KEEP_SECONDS = 7 * 24 * 3_600;

const withoutKeys = <Value>(item: Record<string, unknown>): Value => {
  const { pk: _pk, sk: _sk, expires_at: _expiresAt, ...value } = item;
  return value as Value;
};

/** Settings that runs of an earlier release do not have: they go on as they were begun. */
const added: Partial<RunConfig> = { dispatch_concurrency: limits.dispatchConcurrency };

/** Runs and their waves in the table: all of a run stands under one partition key. */
export const createDynamoRunStore = (client: DynamoDBDocumentClient, table: string, now: () => number): RunStore => ({
  begin: async (run) => {
    await client.send(new PutCommand({ TableName: table, Item: { pk: runPartition(run.run_id), sk: "RUN", ...run } }));
    await createDynamoRunningRuns(client, table).add(run.run_id, run.config.fleet, run.started_at);
  },

  read: async (runId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk: runPartition(runId), sk: "RUN" }, ConsistentRead: true }),
    );
    if (Item === undefined) return undefined;
    const run = withoutKeys<RunItem>(Item);
    // One that broke off before it was planned has no settings at all.
    const { config } = run as Partial<RunItem>;
    return config === undefined ? run : { ...run, config: { ...added, ...config } };
  },

  finish: async (runId, { status, finished_at, counts, health }) => {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: runPartition(runId), sk: "RUN" },
        UpdateExpression: "SET #status = :status, finished_at = :finished, counts = :counts, health = :health",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: {
          ":status": status,
          ":finished": finished_at,
          ":counts": counts,
          ":health": health,
        },
      }),
    );
    await createDynamoRunningRuns(client, table).remove(runId);
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

  readControl: async (runId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk: runPartition(runId), sk: "CONTROL" }, ConsistentRead: true }),
    );
    return Item === undefined ? { state: "RUN" } : withoutKeys<RunControl>(Item);
  },

  putControl: async (runId, state, since) => {
    await holdsCondition(
      client.send(
        new PutCommand({
          TableName: table,
          Item: { pk: runPartition(runId), sk: "CONTROL", state, since },
          ConditionExpression: "attribute_not_exists(pk) OR #state <> :cancelled",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":cancelled": "CANCELLED" },
        }),
      ),
    );
  },

  readSpent: async (runId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk: runPartition(runId), sk: "SPENT" }, ConsistentRead: true }),
    );
    return spentOf(Item);
  },

  addSpent: async (runId, { attempts, cost_usd, tokens }) => {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: runPartition(runId), sk: "SPENT" },
        UpdateExpression: "ADD attempts :attempts, cost_usd :cost, tokens :tokens",
        ExpressionAttributeValues: { ":attempts": attempts, ":cost": cost_usd, ":tokens": tokens },
        ReturnValues: "ALL_NEW",
      }),
    );
    return spentOf(Attributes);
  },
});

const spentOf = (item: Record<string, unknown> | undefined): Spent => ({
  attempts: Number(item?.["attempts"] ?? 0),
  cost_usd: Number(item?.["cost_usd"] ?? 0),
  tokens: Number(item?.["tokens"] ?? 0),
});
