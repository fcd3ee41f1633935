import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { startEmulators } from "../../lib/local/emulators.ts";

/** What a client needs to speak to a service on loopback. */
export const account = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  maxAttempts: 1,
};

export const BUCKET = "a-bucket";
export const TABLE = "a-table";

/** A wait that takes no time. */
export const noWait = async (_ms: number): Promise<void> => {};

/** S3, SQS and DynamoDB as the adapters meet them, with an empty bucket and an empty table like the stack's. */
export const startServices = async () => {
  const emulators = await startEmulators({ onObjectCreated: () => {} });
  const s3 = new S3Client({ ...account, endpoint: emulators.s3Endpoint, forcePathStyle: true });
  const sqs = new SQSClient({ ...account, endpoint: emulators.sqsEndpoint });
  const dynamodb = new DynamoDBClient({ ...account, endpoint: emulators.dynamodbEndpoint });
  const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await waitUntilTableExists(
    { client: dynamodb, minDelay: 0.005, maxDelay: 0.1, maxWaitTime: 30 },
    { TableName: TABLE },
  );
  return {
    emulators,
    s3,
    sqs,
    documents,
    createQueue: async (QueueName: string): Promise<string> => {
      await sqs.send(new CreateQueueCommand({ QueueName }));
      return `${emulators.sqsEndpoint}/000000000000/${QueueName}`;
    },
    stop: async (): Promise<void> => {
      for (const client of [s3, sqs, documents, dynamodb]) client.destroy();
      await emulators.stop();
    },
  };
};

export type Services = Awaited<ReturnType<typeof startServices>>;
