import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

import type { AttemptStore } from "../domain/ports.ts";
import type { AttemptLogEntry } from "../domain/record.ts";
import { queryItems } from "./dynamo-table.ts";

/** A day: the record of the task holds the attempts as soon as its wave has ended. */
const KEEP_SECONDS = 24 * 3_600;

const partition = (runId: string, taskId: string) => `TASK#${runId}#${taskId}`;

/** Attempts in the table, a partition for each task, so that a run of a million tasks heats none. */
export const createDynamoAttemptStore = (
  client: DynamoDBDocumentClient,
  table: string,
  now: () => number,
): AttemptStore => ({
  put: async (runId, taskId, entry) => {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: {
          pk: partition(runId, taskId),
          sk: `ATTEMPT#${String(entry.pass).padStart(3, "0")}#${entry.attempt}`,
          entry,
          expires_at: Math.ceil(now() / 1_000) + KEEP_SECONDS,
        },
      }),
    );
  },
  list: async (runId, taskId) => {
    const items = await queryItems(client, table, {
      pk: partition(runId, taskId),
      skPrefix: "ATTEMPT#",
      consistent: true,
    });
    return items.map(({ entry }) => entry as AttemptLogEntry);
  },
});
