import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import type { Clock } from "../domain/ports.ts";
import { type TargetPhase, targetPhases } from "../domain/signal.ts";
import { createDynamoAttemptStore } from "./dynamo-attempt-store.ts";
import { createDynamoFleetStore } from "./dynamo-fleet-store.ts";
import { createDynamoRunStore } from "./dynamo-run-store.ts";
import { createDynamoStalls } from "./dynamo-stalls.ts";
import { log } from "./log.ts";
import { nameNetworkFaults } from "./name-network-faults.ts";
import { createPutMetrics } from "./put-metrics.ts";
import { requireVariable } from "./require-variable.ts";
import { createS3ObjectStore } from "./s3-object-store.ts";
import { createSecretSource } from "./secret-source.ts";
import { createSignalQueueClient } from "./signal-queue-client.ts";
import { MAX_PUT_BYTES, PART_BYTES } from "./send-body.ts";
import { createSqsSignalQueues } from "./sqs-signal-queues.ts";
import { leavePayloadsUnsigned } from "./unsigned-payload.ts";

const clock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Only the embedded cloud says so. */
const isEmbedded = (): boolean => process.env["PHASE21_EMBEDDED"] === "true";

/** A request to the table takes milliseconds; one that is never answered, or not to its end, must not hold up a batch of tasks. */
const TABLE_TIMEOUT_MS = 10_000;

const documentClient = () =>
  DynamoDBDocumentClient.from(nameNetworkFaults(new DynamoDBClient(tableOptions)), {
    marshallOptions: { removeUndefinedValues: true },
  });

const tableOptions = {
  requestHandler: { requestTimeout: TABLE_TIMEOUT_MS, socketTimeout: TABLE_TIMEOUT_MS, throwOnRequestTimeout: true },
};

/** What every step of the pipeline works with, built from the function's environment. */
export const stepDependencies = () => {
  const table = requireVariable("TABLE_NAME");
  const client = documentClient();
  return {
    clock,
    log,
    objects: createS3ObjectStore(
      nameNetworkFaults(leavePayloadsUnsigned(new S3Client())),
      requireVariable("BUCKET_NAME"),
      isEmbedded() ? MAX_PUT_BYTES : PART_BYTES,
    ),
    fleet: createDynamoFleetStore(client, table, clock.sleep),
    runs: createDynamoRunStore(client, table, clock.now),
    attempts: createDynamoAttemptStore(client, table, clock),
    stalls: createDynamoStalls(client, table),
    putMetrics: createPutMetrics(requireVariable("STAGE")),
  };
};

/** What publish-signals needs besides. */
export const queueDependencies = () => ({
  queues: createSqsSignalQueues(
    nameNetworkFaults(createSignalQueueClient()),
    Object.fromEntries(targetPhases.map((phase) => [phase, requireVariable(`PHASE_${phase}_QUEUE_URL`)])) as Record<
      TargetPhase,
      string
    >,
    clock.sleep,
  ),
});

/** What the callers of agents need: the Lambda client makes one attempt, because the state machine makes the others. */
export const agentDependencies = () => ({
  sleep: clock.sleep,
  secrets: createSecretSource(),
  lambda: new LambdaClient({ maxAttempts: 1 }),
  // In AWS, loopback is the function's own machine.
  allowLoopback: isEmbedded(),
});
