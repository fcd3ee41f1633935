import { type ListObjectsV2CommandOutput, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";

import { runIdFor } from "../domain/run-id.ts";
import type { RunItem } from "../domain/run-item.ts";
import { describeRun } from "./execution-status.ts";
import type { Stack } from "./stack.ts";

/** The runs that the table says are under way. One that was stopped from outside stays among them: its execution knows better. */
const readRunningItems = async ({ clients, outputs }: Stack): Promise<readonly RunItem[]> => {
  const items: RunItem[] = [];
  const pages = paginateScan(
    { client: DynamoDBDocumentClient.from(clients.dynamodb) },
    {
      TableName: outputs["TableName"],
      ConsistentRead: true,
      FilterExpression: "sk = :sk AND #status = :running",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":sk": "RUN", ":running": "RUNNING" },
    },
  );
  for await (const { Items = [] } of pages) items.push(...(Items as RunItem[]));
  return items;
};

/** The runs that the inbox's files start, as they are now. */
const readInboxRuns = async ({ clients, outputs }: Stack): Promise<readonly string[]> => {
  const bucket = outputs["BucketName"] ?? "";
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await clients.s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: "inbox/", ContinuationToken: token }),
    );
    for (const { Key = "", ETag = "" } of page.Contents ?? []) {
      if (!Key.endsWith("/predictions.jsonl")) continue;
      ids.push(runIdFor({ bucket, key: Key, version: ETag.replaceAll('"', "") }));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return ids;
};

/**
 * The ids of the runs that a cloud has started and not finished. A run stands in the table from its planning on; before that its file
 * in the inbox tells of it.
 */
export const listUnfinishedRuns = async (stack: Stack): Promise<readonly string[]> => {
  const planned = await readRunningItems(stack);
  const ids = new Set([...planned.map(({ run_id }) => run_id), ...(await readInboxRuns(stack))]);
  const unfinished: string[] = [];
  for (const id of ids) if ((await describeRun(stack, id))?.status === "RUNNING") unfinished.push(id);
  return unfinished.toSorted();
};

/** The fleets whose agents work on a run at this moment. */
export const listFleetsAtWork = async (stack: Stack): Promise<readonly string[]> => [
  ...new Set((await readRunningItems(stack)).map(({ config }) => config.fleet)),
];
