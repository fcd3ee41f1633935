import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { createDynamoFleetStore } from "../aws/dynamo-fleet-store.ts";
import { createDynamoRunStore } from "../aws/dynamo-run-store.ts";
import { createS3ObjectStore } from "../aws/s3-object-store.ts";
import type { FleetStore, ObjectStore, RunStore } from "../domain/ports.ts";
import type { CloudClients } from "../local/clients.ts";
import type { Cloud } from "../local/cloud.ts";
import { embeddedPace, type Pace } from "./pace.ts";

/** A stack as the commands use it, wherever it runs: its clients and its stores. */
export interface Stack {
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: CloudClients;
  readonly objects: ObjectStore;
  readonly fleet: FleetStore;
  readonly runs: RunStore;
  readonly pace: Pace;
  /** Resolves once an execution has ended; undefined where there is none, and absent where only asking tells. */
  readonly executionEnded?: Cloud["executionEnded"];
}

/** A stack by its outputs and clients. */
export const stackOf = ({ outputs, clients }: Pick<Stack, "outputs" | "clients">, pace = embeddedPace): Stack => {
  const documents = DynamoDBDocumentClient.from(clients.dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  const table = outputs["TableName"] ?? "";
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    outputs,
    clients,
    pace,
    objects: createS3ObjectStore(clients.s3, outputs["BucketName"] ?? ""),
    fleet: createDynamoFleetStore(documents, table, sleep),
    runs: createDynamoRunStore(documents, table, Date.now),
  };
};
