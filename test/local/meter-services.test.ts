import {
  CreateTableCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { type CloudClients, createClients } from "../../lib/local/clients.ts";
import { startEmulators } from "../../lib/local/emulators.ts";
import { ServiceCounters } from "../../lib/local/meter-services.ts";

const counters = new ServiceCounters();
const stops: (() => void | Promise<void>)[] = [];
let owner: CloudClients;
let fn: CloudClients;
let QueueUrl: string;
let before: ReturnType<ServiceCounters["read"]>;

beforeAll(async () => {
  const emulators = await startEmulators({ onObjectCreated: () => {}, counters });
  const { s3Endpoint: s3, sqsEndpoint: sqs, dynamodbEndpoint: dynamodb } = emulators;
  const endpoints = { s3, sqs, dynamodb, gateway: "http://127.0.0.1:1" };
  owner = createClients(endpoints);
  fn = createClients(endpoints, "AFunction");
  stops.push(() => emulators.stop());
  for (const clients of [owner, fn]) stops.push(() => Object.values(clients).forEach((client) => client.destroy()));
  await owner.s3.send(new CreateBucketCommand({ Bucket: "bucket" }));
  const { QueueUrl: url = "" } = await owner.sqs.send(new CreateQueueCommand({ QueueName: "queue" }));
  QueueUrl = `${sqs}${new URL(url).pathname}`;
  await owner.dynamodb.send(
    new CreateTableCommand({
      TableName: "table",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const client = owner.dynamodb;
  await waitUntilTableExists({ client, minDelay: 0.005, maxDelay: 0.1, maxWaitTime: 30 }, { TableName: "table" });
});

beforeEach(() => {
  before = counters.read();
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** What was counted in this test, without the zeros. */
const counted = (): object =>
  Object.fromEntries(
    Object.entries(counters.read())
      .map(([field, count]) => [field, count - before[field as keyof typeof before]] as const)
      .filter(([, count]) => count !== 0),
  );

const object = { Bucket: "bucket", Key: "folder/key" };

describe("requests to S3", () => {
  test("that store an object count as PUT, and as an event", async () => {
    await fn.s3.send(new PutObjectCommand({ ...object, Body: "x" }));
    expect(counted()).toEqual({ s3Puts: 1, eventBridgeEvents: 1 });
  });

  test("that read one, or ask for it, count as GET", async () => {
    await fn.s3.send(new GetObjectCommand(object));
    await fn.s3.send(new HeadObjectCommand(object));
    expect(counted()).toEqual({ s3Gets: 2 });
  });

  test("that list count as PUT", async () => {
    await fn.s3.send(new ListObjectsV2Command({ Bucket: "bucket" }));
    expect(counted()).toEqual({ s3Puts: 1 });
  });

  test("that delete an object are free but for their event", async () => {
    await fn.s3.send(new DeleteObjectCommand({ ...object, Key: "other" }));
    expect(counted()).toEqual({ eventBridgeEvents: 1 });
  });

  test("of the owner count where they upload, and not where they look", async () => {
    await owner.s3.send(new PutObjectCommand({ ...object, Body: "x" }));
    await owner.s3.send(new GetObjectCommand(object));
    await owner.s3.send(new ListObjectsV2Command({ Bucket: "bucket" }));
    expect(counted()).toEqual({ s3Puts: 1, eventBridgeEvents: 1 });
  });
});

describe("requests to queues", () => {
  test("count for each 64 KB that they send", async () => {
    await fn.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(65_536) }));
    await fn.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(65_537) }));
    expect(counted()).toEqual({ sqsRequests: 3 });
  });

  test("of the owner do not count", async () => {
    await owner.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(counted()).toEqual({});
  });
});

describe("requests to DynamoDB", () => {
  const put = (bytes: number) =>
    new PutItemCommand({ TableName: "table", Item: { pk: { S: "a" }, text: { S: "x".repeat(bytes) } } });
  const query = new QueryCommand({
    TableName: "table",
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: "a" } },
    ConsistentRead: true,
  });

  test("count by the size of what they write and read", async () => {
    await fn.dynamodb.send(put(3_500));
    expect(counted()).toEqual({ dynamodbWriteUnits: 4 });
    await fn.dynamodb.send(query);
    expect(counted()).toEqual({ dynamodbWriteUnits: 4, dynamodbReadUnits: 1 });
  });

  test("count a write that a condition refuses as well", async () => {
    const refused = new UpdateItemCommand({
      TableName: "table",
      Key: { pk: { S: "b" } },
      ConditionExpression: "attribute_exists(pk)",
    });
    await expect(fn.dynamodb.send(refused)).rejects.toThrow("conditional request failed");
    expect(counted()).toEqual({ dynamodbWriteUnits: 1 });
  });

  test("of the owner do not count", async () => {
    await owner.dynamodb.send(put(10));
    await owner.dynamodb.send(query);
    expect(counted()).toEqual({});
  });
});
