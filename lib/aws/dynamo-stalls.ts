import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

import type { Stall } from "../domain/agent-watch.ts";
import { queryItems, seconds } from "./dynamo-table.ts";

const partition = (runId: string) => `STALLS#${runId}`;
const stallKey = ({ run_id, agent_id, task_id }: Stall) => ({ pk: partition(run_id), sk: `${agent_id}#${task_id}` });

/** Attempts that are unanswered for long, a partition for each run; each is forgotten soon after its time limit. */
export const createDynamoStalls = (client: DynamoDBDocumentClient, table: string) => ({
  put: async (stall: Stall): Promise<void> => {
    const Item = { ...stallKey(stall), ...stall, expires_at: seconds(stall.until) };
    await client.send(new PutCommand({ TableName: table, Item }));
  },

  remove: async (stall: Stall): Promise<void> => {
    await client.send(new DeleteCommand({ TableName: table, Key: stallKey(stall) }));
  },

  list: async (runId: string): Promise<readonly Stall[]> => {
    const items = await queryItems(client, table, { pk: partition(runId), consistent: true });
    return items.map(({ pk: _pk, sk: _sk, expires_at: _expiresAt, ...stall }) => stall as unknown as Stall);
  },
});
