import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

import type { RunningRun } from "../domain/agent-watch.ts";
import { queryItems } from "./dynamo-table.ts";

const PARTITION = "RUNS";
const runningKey = (runId: string) => ({ pk: PARTITION, sk: `RUNNING#${runId}` });

/** Which runs are under way, under one partition key, so that nobody scans the table for them. */
export const createDynamoRunningRuns = (client: DynamoDBDocumentClient, table: string) => ({
  /** `startedAt`: ISO 8601. Twice the same run is one. */
  add: async (runId: string, fleet: string, startedAt: string): Promise<void> => {
    const run: RunningRun = { run_id: runId, fleet, started_at: startedAt };
    await client.send(new PutCommand({ TableName: table, Item: { ...runningKey(runId), ...run } }));
  },

  remove: async (runId: string): Promise<void> => {
    await client.send(new DeleteCommand({ TableName: table, Key: runningKey(runId) }));
  },

  /** In order of id. */
  list: async (): Promise<readonly RunningRun[]> => {
    const items = await queryItems(client, table, { pk: PARTITION, skPrefix: "RUNNING#", consistent: true });
    return items.map((item) => ({
      run_id: String(item["run_id"]),
      fleet: String(item["fleet"]),
      started_at: String(item["started_at"]),
    }));
  },
});
