import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import type { KeptLease } from "../domain/agent-watch.ts";
import type { Lease } from "../domain/ports.ts";
import { fleetKey, holdsCondition, queryItems } from "./dynamo-table.ts";

/** The leases of a fleet as they stand in the table, also those that have expired: DynamoDB takes days to forget them. */
export const createDynamoLeases = (client: DynamoDBDocumentClient, table: string) => ({
  list: async (fleet: string): Promise<readonly KeptLease[]> => {
    const items = await queryItems(client, table, { pk: fleetKey(fleet), skPrefix: "LEASE#", consistent: true });
    return items.map(({ pk: _pk, sk, expires_at: _expiresAt, ...lease }) => ({
      ...(lease as unknown as Lease),
      key: String(sk),
    }));
  },

  /** Leaves a lease alone that was renewed since it was listed. */
  remove: async (fleet: string, { key, expiresAt }: KeptLease): Promise<void> => {
    await holdsCondition(
      client.send(
        new DeleteCommand({
          TableName: table,
          Key: { pk: fleetKey(fleet), sk: key },
          ConditionExpression: "expiresAt = :seen",
          ExpressionAttributeValues: { ":seen": expiresAt },
        }),
      ),
    );
  },
});
