import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { stepDependencies } from "./dependencies.ts";
import { createDynamoLeases } from "./dynamo-leases.ts";
import { createDynamoRunningRuns } from "./dynamo-running-runs.ts";
import { createDynamoStalls } from "./dynamo-stalls.ts";
import { requireVariable } from "./require-variable.ts";

/** What watch-agents works with. */
export const watchAgentsDependencies = () => {
  const table = requireVariable("TABLE_NAME");
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  return {
    ...stepDependencies(),
    running: createDynamoRunningRuns(client, table),
    leases: createDynamoLeases(client, table),
    stalls: createDynamoStalls(client, table),
  };
};
