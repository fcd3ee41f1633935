import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulators, startEmulators } from "../../lib/local/emulators.ts";
import type { ObjectCreated } from "../../lib/local/s3-object-created.ts";

const account = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
const created = Promise.withResolvers<ObjectCreated>();
let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators({ onObjectCreated: created.resolve });
});

afterAll(async () => emulators.stop());

describe("S3", () => {
  test("an object that is put raises an event in the thread that started the emulators", async () => {
    const s3 = new S3Client({ ...account, endpoint: emulators.s3Endpoint });
    const object = { Bucket: "a-bucket", Key: "inbox/predictions.jsonl" };
    await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
    await s3.send(new PutObjectCommand({ ...object, Body: "text" }));
    expect(await created.promise).toMatchObject({ bucket: object.Bucket, key: object.Key, size: 4 });
    s3.destroy();
  });
});

describe("SQS", () => {
  test("a message that is sent is received", async () => {
    const sqs = new SQSClient({ ...account, endpoint: emulators.sqsEndpoint });
    await sqs.send(new CreateQueueCommand({ QueueName: "a-queue" }));
    const QueueUrl = `${emulators.sqsEndpoint}/000000000000/a-queue`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.[0]?.Body).toBe("hello");
    sqs.destroy();
  });
});

describe("DynamoDB", () => {
  const TableName = "a-table";
  let documents: DynamoDBDocumentClient;

  beforeAll(async () => {
    const dynamodb = new DynamoDBClient({ ...account, endpoint: emulators.dynamodbEndpoint });
    documents = DynamoDBDocumentClient.from(dynamodb);
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
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
    await waitUntilTableExists({ client: dynamodb, minDelay: 0.005, maxDelay: 0.1, maxWaitTime: 30 }, { TableName });
  });

  afterAll(() => documents.destroy());

  test("a table takes items as soon as it is active, lists and maps included", async () => {
    const item = {
      pk: "A",
      sk: "1",
      capabilities: ["x", "y"],
      endpoint: { kind: "http", depth: { n: 0.5 } },
      none: null,
    };
    await documents.send(new PutCommand({ TableName, Item: item }));
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk: "A", sk: "1" } }));
    expect(Item).toEqual(item);
  });

  test("a batch write puts and deletes, and a query by the beginning of the sort key finds what is left in order", async () => {
    const put = (sk: string) => ({ PutRequest: { Item: { pk: "F", sk } } });
    const items = ["AGENT#1", "LEASE#2", "LEASE#1", "LEASE#3", "RUN"].map(put);
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: items } }));
    const deletion = { DeleteRequest: { Key: { pk: "F", sk: "LEASE#3" } } };
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: [deletion] } }));
    const { Items } = await documents.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": "F", ":prefix": "LEASE#" },
      }),
    );
    expect(Items?.map((item) => item["sk"] as string)).toEqual(["LEASE#1", "LEASE#2"]);
  });

  test("an update that adds totals once and marks them in a set is refused the second time", async () => {
    const addTotals = new UpdateCommand({
      TableName,
      Key: { pk: "F", sk: "AGENT#9" },
      UpdateExpression: "SET #status = :status ADD totals :n, added :marks",
      ConditionExpression: "attribute_not_exists(added) OR NOT contains(added, :mark)",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":status": "IDLE", ":n": 3, ":marks": new Set(["run#1"]), ":mark": "run#1" },
      ReturnValues: "ALL_NEW",
    });
    const { Attributes } = await documents.send(addTotals);
    expect(Attributes).toMatchObject({ status: "IDLE", totals: 3, added: new Set(["run#1"]) });
    await expect(documents.send(addTotals)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  });
});

describe("the emulators", () => {
  test.each(["s3Endpoint", "sqsEndpoint", "dynamodbEndpoint"] as const)(
    "listen on 127.0.0.1 only: %s",
    async (name) => {
      const endpoint = new URL(emulators[name]);
      expect(endpoint.hostname).toBe("127.0.0.1");
      endpoint.hostname = "127.0.0.2";
      await expect(fetch(endpoint, { signal: AbortSignal.timeout(1000) })).rejects.toBeInstanceOf(Error);
    },
  );

  test("close their ports when they stop, also under a waiting receiver", async () => {
    const others = await startEmulators({ onObjectCreated: () => {} });
    const sqs = new SQSClient({ ...account, endpoint: others.sqsEndpoint, maxAttempts: 1 });
    await sqs.send(new CreateQueueCommand({ QueueName: "empty" }));
    const QueueUrl = `${others.sqsEndpoint}/000000000000/empty`;
    const receiving = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const [received] = await Promise.allSettled([receiving, others.stop()]);
    expect(received.status).toBe("rejected");
    await expect(fetch(others.dynamodbEndpoint)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    await expect(fetch(others.s3Endpoint)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    sqs.destroy();
  });

  test("keep compiled code in the folder given for it", async () => {
    const compileCacheDirectory = await mkdtemp(join(tmpdir(), "compile-cache-"));
    const others = await startEmulators({ onObjectCreated: () => {}, compileCacheDirectory });
    await others.stop();
    expect(await readdir(compileCacheDirectory)).toHaveLength(1);
    await rm(compileCacheDirectory, { recursive: true });
  });
});
