import { isDeepStrictEqual } from "node:util";

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

import { physicalName } from "./physical-resources.ts";
import type { ResolvedResource } from "./template.ts";
import { UnsupportedLocallyError } from "./unsupported-error.ts";

/** Resources that say who may do what, who is told of what, or where logs stay: nothing here depends on them. */
const withoutEffect: ReadonlySet<string> = new Set([
  "AWS::CloudWatch::Alarm",
  "AWS::CloudWatch::CompositeAlarm",
  "AWS::CloudWatch::Dashboard",
  "AWS::IAM::Role",
  "AWS::IAM::Policy",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
]);

/** Resources that cloud.ts starts itself. */
const startedElsewhere: ReadonlySet<string> = new Set([
  "AWS::Lambda::Function",
  "AWS::StepFunctions::StateMachine",
  "AWS::Events::Rule",
  "AWS::Scheduler::Schedule",
]);

/** A table is created by and by, here as on AWS; what asks for items before that is refused. Seconds. */
const tableWait = { minDelay: 0.005, maxDelay: 0.1, maxWaitTime: 30 };

export interface ProvisionClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
}

/**
 * Creates a resource of the template on the emulators, or brings the one that is there from an earlier start to what the template
 * says now.
 *
 * @throws UnsupportedLocallyError for a type that the embedded cloud does not have, and for a table that has other keys
 */
export const provision = async (
  { logicalId, type, properties }: ResolvedResource,
  clients: ProvisionClients,
): Promise<void> => {
  switch (type) {
    case "AWS::S3::Bucket":
      await clients.s3.send(new CreateBucketCommand({ Bucket: physicalName(logicalId) }));
      return;
    case "AWS::SQS::Queue":
      await provisionQueue(physicalName(logicalId), properties(), clients.sqs);
      return;
    case "AWS::DynamoDB::Table":
      await provisionTable(logicalId, properties(), clients.dynamodb);
      return;
    default:
      if (withoutEffect.has(type) || startedElsewhere.has(type)) return;
      throw new UnsupportedLocallyError(`${logicalId}: the embedded cloud has no ${type}`);
  }
};

type Properties = Readonly<Record<string, unknown>>;

/** Created by its name alone, the queue that is there is as good as a new one; given its attributes too, SQS would compare them. */
const provisionQueue = async (name: string, properties: Properties, sqs: SQSClient): Promise<void> => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: queueAttributes(properties) }));
};

const provisionTable = async (name: string, properties: Properties, dynamodb: DynamoDBClient): Promise<void> => {
  const { AttributeDefinitions, KeySchema } = properties;
  const input = { TableName: name, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST" };
  try {
    await dynamodb.send(new CreateTableCommand(input as CreateTableCommandInput));
    await waitUntilTableExists({ client: dynamodb, ...tableWait }, { TableName: name });
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }));
    if (isDeepStrictEqual(Table?.KeySchema, KeySchema)) return;
    throw new UnsupportedLocallyError(
      `${name}: the table is there with the keys ${text(Table?.KeySchema)}, the template expects ${text(KeySchema)}`,
      { cause: error },
    );
  }
};

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What the template leaves out has the value that SQS gives it, as if the queue were new. */
const queueAttributes = ({
  VisibilityTimeout = 30,
  MessageRetentionPeriod = 345_600,
  RedrivePolicy = "",
}: Properties): Record<string, string> => ({
  VisibilityTimeout: text(VisibilityTimeout),
  MessageRetentionPeriod: text(MessageRetentionPeriod),
  RedrivePolicy: text(RedrivePolicy),
});
