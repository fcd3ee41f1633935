import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";

import type { FleetStore } from "../domain/ports.ts";
import { nextSlot } from "../domain/token-bucket.ts";
import { holdsCondition, valueIfHeld, fleetKey, MAX_CONFLICTS, seconds } from "./dynamo-table.ts";

/** Token buckets and resource locks of a fleet: what executors must agree on before an attempt. */
export const createFleetLimits = (
  client: DynamoDBDocumentClient,
  table: string,
): Pick<FleetStore, "reserveSlot" | "acquireResources" | "releaseResources"> => {
  const update = (Key: { pk: string; sk: string }, input: Omit<UpdateCommandInput, "TableName" | "Key">) =>
    client.send(new UpdateCommand({ TableName: table, Key, ...input }));
  return {
    reserveSlot: async (fleet, agent, now, maxWaitMs) => {
      const key = { pk: fleetKey(fleet), sk: `BUCKET#${agent.id}` };
      const first = nextSlot(undefined, now, agent.rate_limit_per_second ?? Number.POSITIVE_INFINITY);
      const interval = first.tatMs - first.slotMs;
      const expires = { ":expires": seconds(now + maxWaitMs) + 3_600 };
      for (let conflict = 0; conflict < MAX_CONFLICTS; conflict += 1) {
        // Adding is atomic, so any number of executors queue up behind a bucket without a conflict.
        const queued = await valueIfHeld(
          update(key, {
            UpdateExpression: "SET tat_ms = tat_ms + :interval, expires_at = :expires",
            ConditionExpression: "tat_ms BETWEEN :now AND :latest",
            ExpressionAttributeValues: { ":interval": interval, ":now": now, ":latest": now + maxWaitMs, ...expires },
            ReturnValues: "UPDATED_NEW",
          }),
        );
        if (queued !== undefined) return Number(queued.Attributes?.["tat_ms"]) - interval;
        const started = await holdsCondition(
          update(key, {
            UpdateExpression: "SET tat_ms = :next, expires_at = :expires",
            ConditionExpression: "attribute_not_exists(tat_ms) OR tat_ms < :now",
            ExpressionAttributeValues: { ":next": first.tatMs, ":now": now, ...expires },
          }),
        );
        if (started) return first.slotMs;
        const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
        if (Number(Item?.["tat_ms"]) > now + maxWaitMs) return undefined;
      }
      return undefined;
    },

    acquireResources: async (fleet, resources, holder, until, now) => {
      const held: { resource: string; holder: string }[] = [];
      const locked: string[] = [];
      for (const resource of resources.toSorted()) {
        const key = { pk: fleetKey(fleet), sk: `RESOURCE#${resource}` };
        const item = { ...key, holder, until, expires_at: seconds(until) };
        const mine = await holdsCondition(
          client.send(
            new PutCommand({
              TableName: table,
              Item: item,
              ConditionExpression: "attribute_not_exists(pk) OR holder = :holder OR #until <= :now",
              ExpressionAttributeNames: { "#until": "until" },
              ExpressionAttributeValues: { ":holder": holder, ":now": now },
            }),
          ),
        );
        if (mine) {
          locked.push(resource);
        } else {
          const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
          held.push({ resource, holder: String(Item?.["holder"] ?? "another run") });
          break;
        }
      }
      if (held.length > 0) await release(client, table, fleet, locked, holder);
      return held;
    },

    releaseResources: (fleet, resources, holder) => release(client, table, fleet, resources, holder),
  };
};

const release = async (
  client: DynamoDBDocumentClient,
  table: string,
  fleet: string,
  resources: readonly string[],
  holder: string,
): Promise<void> => {
  for (const resource of resources) {
    await holdsCondition(
      client.send(
        new DeleteCommand({
          TableName: table,
          Key: { pk: fleetKey(fleet), sk: `RESOURCE#${resource}` },
          ConditionExpression: "holder = :holder",
          ExpressionAttributeValues: { ":holder": holder },
        }),
      ),
    );
  }
};
