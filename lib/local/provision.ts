import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";

import { physicalName } from "./physical-resources.ts";
import type { ResolvedResource } from "./template.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Resources that say who may do what, or where logs stay: nothing here depends on them. */
const withoutEffect: ReadonlySet<string> = new Set([
  "AWS::IAM::Role",
  "AWS::IAM::Policy",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
  "AWS::S3::BucketPolicy",
  "AWS::SQS::QueuePolicy",
]);

/** Resources that cloud.ts starts itself. */
const startedElsewhere: ReadonlySet<string> = new Set([
  "AWS::Lambda::Function",
  "AWS::StepFunctions::StateMachine",
  "AWS::Events::Rule",
]);

/** A table is created by and by, here as on AWS; what asks for items before that is refused. Seconds. */
const tableWait = { minDelay: 0.005, maxDelay: 0.1, maxWaitTime: 30 };

export interface ProvisionClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
}

/** Creates a resource of the template on the emulators. @throws UnsupportedLocallyError for a type that the embedded cloud does not have */
export const provision = async (
  { logicalId, type, properties }: ResolvedResource,
  clients: ProvisionClients,
): Promise<void> => {
  switch (type) {
    case "AWS::S3::Bucket":
      await clients.s3.send(new CreateBucketCommand({ Bucket: physicalName(logicalId) }));
      return;
    case "AWS::SQS::Queue":
      await clients.sqs.send(
        new CreateQueueCommand({ QueueName: physicalName(logicalId), Attributes: queueAttributes(properties()) }),
      );
      return;
    case "AWS::DynamoDB::Table": {
      const { AttributeDefinitions, KeySchema } = properties();
      const input = { TableName: logicalId, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST" };
      await clients.dynamodb.send(new CreateTableCommand(input as CreateTableCommandInput));
      await waitUntilTableExists({ client: clients.dynamodb, ...tableWait }, { TableName: logicalId });
      return;
    }
    default:
      if (withoutEffect.has(type) || startedElsewhere.has(type)) return;
      throw new UnsupportedLocallyError(`${logicalId}: the embedded cloud has no ${type}`);
  }
};

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const queueAttributes = (properties: Readonly<Record<string, unknown>>): Record<string, string> => {
  const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = properties;
  return {
    ...(VisibilityTimeout !== undefined && { VisibilityTimeout: text(VisibilityTimeout) }),
    ...(MessageRetentionPeriod !== undefined && { MessageRetentionPeriod: text(MessageRetentionPeriod) }),
    ...(RedrivePolicy !== undefined && { RedrivePolicy: text(RedrivePolicy) }),
  };
};
