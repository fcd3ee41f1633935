import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";

import { type Agent, type AgentState, KEPT_MARKS, MARK_LENGTH, OFFLINE_BY_OWNER } from "../domain/agent.ts";
import type { FleetStore, Lease } from "../domain/ports.ts";
import { hashHex } from "../domain/random.ts";
import { createFleetLimits } from "./dynamo-fleet-limits.ts";
import { batchWrite, holdsCondition, queryItems, fleetKey, seconds, valueIfHeld } from "./dynamo-table.ts";

const shorten = (mark: string): string => Buffer.from(hashHex(mark), "hex").toString("base64url").slice(0, MARK_LENGTH);

interface AgentItem {
  readonly agent: Agent;
  readonly offline_since?: string;
  readonly offline_reason?: string;
  readonly completed_tasks?: number;
  readonly failed_tasks?: number;
}

/** Holds for an agent of the fleet that its owner has not taken out. */
const notByOwner = "attribute_exists(pk) AND (attribute_not_exists(offline_reason) OR offline_reason <> :owner)";

const agentKey = (fleet: string, id: string) => ({ pk: fleetKey(fleet), sk: `AGENT#${id}` });
const leaseSortKey = ({ agentId, runId, wave, pass }: Omit<Lease, "weight" | "expiresAt">) =>
  `LEASE#${agentId}#${runId}#${wave}#${pass}`;

const toState = (item: AgentItem, load: number): AgentState => ({
  ...item.agent,
  online: item.offline_since === undefined,
  ...(item.offline_since !== undefined && { offline_since: item.offline_since }),
  ...(item.offline_reason !== undefined && { offline_reason: item.offline_reason }),
  completed_tasks: item.completed_tasks ?? 0,
  failed_tasks: item.failed_tasks ?? 0,
  current_load: load,
});

/** Agents, leases, token buckets and resource locks in the table: all of a fleet stands under one partition key. */
export const createDynamoFleetStore = (
  client: DynamoDBDocumentClient,
  table: string,
  sleep: (ms: number) => Promise<void>,
): FleetStore => {
  const update = (
    key: { pk: string; sk: string },
    input: Omit<ConstructorParameters<typeof UpdateCommand>[0], "TableName" | "Key">,
  ) => client.send(new UpdateCommand({ TableName: table, Key: key, ...input }));

  return {
    read: async (fleet, now) => {
      const items = await queryItems(client, table, { pk: fleetKey(fleet), consistent: true });
      const leases = items
        .filter((item) => String(item["sk"]).startsWith("LEASE#"))
        .map((item) => item as unknown as Lease)
        .filter(({ expiresAt }) => expiresAt > now);
      const load = new Map<string, number>();
      for (const { agentId, weight } of leases) load.set(agentId, (load.get(agentId) ?? 0) + weight);
      const agents = items
        .filter((item) => String(item["sk"]).startsWith("AGENT#"))
        .map((item) => item as unknown as AgentItem)
        .map((item) => toState(item, load.get(item.agent.id) ?? 0));
      return { agents, leases };
    },

    apply: async ({ fleet, agents }) => {
      const kept = new Set(agents.map(({ id }) => `AGENT#${id}`));
      const existing = await queryItems(client, table, { pk: fleetKey(fleet), skPrefix: "AGENT#", consistent: true });
      const gone = existing.map(({ sk }) => String(sk)).filter((sk) => !kept.has(sk));
      await batchWrite(
        client,
        table,
        gone.map((sk) => ({ DeleteRequest: { Key: { pk: fleetKey(fleet), sk } } })),
        sleep,
      );
      for (const agent of agents) {
        await update(agentKey(fleet, agent.id), {
          UpdateExpression: "SET #agent = :agent",
          ExpressionAttributeNames: { "#agent": "agent" },
          ExpressionAttributeValues: { ":agent": agent },
        });
      }
    },

    putLeases: (fleet, leases) =>
      batchWrite(
        client,
        table,
        leases.map((lease) => ({
          PutRequest: {
            Item: { pk: fleetKey(fleet), sk: leaseSortKey(lease), ...lease, expires_at: seconds(lease.expiresAt) },
          },
        })),
        sleep,
      ),

    deleteLeases: (fleet, leases) =>
      batchWrite(
        client,
        table,
        leases.map((lease) => ({ DeleteRequest: { Key: { pk: fleetKey(fleet), sk: leaseSortKey(lease) } } })),
        sleep,
      ),

    markOffline: async (fleet, agentId, reason, now, probed = false) => {
      const isNews = probed || reason === OFFLINE_BY_OWNER;
      await holdsCondition(
        update(agentKey(fleet, agentId), {
          UpdateExpression: "SET offline_since = :since, offline_reason = :reason",
          ConditionExpression: isNews ? notByOwner : "attribute_exists(pk) AND attribute_not_exists(offline_since)",
          ExpressionAttributeValues: {
            ":since": new Date(now).toISOString(),
            ":reason": reason,
            ...(isNews && { ":owner": OFFLINE_BY_OWNER }),
          },
        }),
      );
    },

    markOnline: async (fleet, agentId, probed = false) => {
      await holdsCondition(
        update(agentKey(fleet, agentId), {
          UpdateExpression: "REMOVE offline_since, offline_reason",
          ConditionExpression: probed ? notByOwner : "attribute_exists(pk)",
          ...(probed && { ExpressionAttributeValues: { ":owner": OFFLINE_BY_OWNER } }),
        }),
      );
    },

    addTotals: async (fleet, agentId, mark, { completed, failed }) => {
      const key = agentKey(fleet, agentId);
      const short = shorten(mark);
      const added = await valueIfHeld(
        update(key, {
          UpdateExpression:
            "SET marks = list_append(if_not_exists(marks, :none), :marks) ADD completed_tasks :completed, failed_tasks :failed",
          ConditionExpression: "attribute_exists(pk) AND NOT contains(marks, :mark)",
          ExpressionAttributeValues: {
            ":none": [],
            ":marks": [short],
            ":mark": short,
            ":completed": completed,
            ":failed": failed,
          },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      const marks: readonly string[] = added?.Attributes?.["marks"] ?? [];
      if (marks.length < 2 * KEPT_MARKS) return;
      // Of two that come here at a time the later one finds them cut already.
      await holdsCondition(
        update(key, {
          UpdateExpression: "SET marks = :kept",
          ConditionExpression: "size(marks) = :length",
          ExpressionAttributeValues: { ":kept": marks.slice(-KEPT_MARKS), ":length": marks.length },
        }),
      );
    },

    ...createFleetLimits(client, table),
  };
};
