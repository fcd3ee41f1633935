import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";

import type { Stack } from "../stack.ts";

/** The runs that the page shows, by id. */
export interface KnownRuns {
  /** The newest last. */
  list(): readonly string[];
  has(runId: string): boolean;
  add(runId: string): void;
  /** Looks once for the runs in a stack's table; of later ones it is told, so that nobody scans while a run goes on. */
  load(stack: Pick<Stack, "clients" | "outputs">): Promise<void>;
}

const readIds = async ({ clients, outputs }: Pick<Stack, "clients" | "outputs">): Promise<readonly string[]> => {
  const found: { readonly run_id: string; readonly started_at: string }[] = [];
  const pages = paginateScan(
    { client: DynamoDBDocumentClient.from(clients.dynamodb) },
    {
      TableName: outputs["TableName"],
      FilterExpression: "sk = :sk",
      ProjectionExpression: "run_id, started_at",
      ExpressionAttributeValues: { ":sk": "RUN" },
    },
  );
  for await (const { Items = [] } of pages) found.push(...(Items as typeof found));
  return found.toSorted((a, b) => (a.started_at < b.started_at ? -1 : 1)).map(({ run_id }) => run_id);
};

/** Knows of no run at first. */
export const createKnownRuns = (): KnownRuns => {
  let ids = new Set<string>();
  return {
    list: () => [...ids],
    has: (runId) => ids.has(runId),
    add: (runId) => void ids.add(runId),
    load: async (stack) => {
      const found = await readIds(stack);
      ids = new Set([...found, ...ids]);
    },
  };
};
