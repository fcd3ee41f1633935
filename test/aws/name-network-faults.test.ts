import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { expect, onTestFinished, test } from "vitest";

import { nameNetworkFaults } from "../../lib/aws/name-network-faults.ts";
import { answerWith, startServer } from "../agents/loopback-server.ts";

const shared = { region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "key" }, maxAttempts: 1 };

const dynamoAt = (endpoint: string): DynamoDBClient => {
  const client = nameNetworkFaults(new DynamoDBClient({ ...shared, endpoint }));
  onTestFinished(() => client.destroy());
  return client;
};

const unavailable = (code: string) => ({
  name: "Phase21.Unavailable",
  message: `the connection to the service failed: ${code}`,
});

const cutAnswers = () =>
  startServer((response) =>
    response.writeHead(200, { "content-length": 100 }).write("{", () => setImmediate(() => response.destroy())),
  );

test("an answer that breaks off is told apart from a bug, so that the step is tried again", async () => {
  const { url } = await cutAnswers();
  const send = dynamoAt(url).send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "1" } } }));
  await expect(send).rejects.toMatchObject(unavailable("ECONNRESET"));
});

test("a client around the client names them as well", async () => {
  const { url } = await cutAnswers();
  const send = DynamoDBDocumentClient.from(dynamoAt(url)).send(new GetCommand({ TableName: "t", Key: { pk: "1" } }));
  await expect(send).rejects.toMatchObject(unavailable("ECONNRESET"));
});

test.each([
  {
    title: "S3",
    call: (endpoint: string) =>
      nameNetworkFaults(new S3Client({ ...shared, endpoint, forcePathStyle: true })).send(
        new GetObjectCommand({ Bucket: "b", Key: "k" }),
      ),
  },
  {
    title: "SQS",
    call: (endpoint: string) => nameNetworkFaults(new SQSClient({ ...shared, endpoint })).send(new ListQueuesCommand()),
  },
])("$title that nobody serves is unavailable", async ({ call }) => {
  const { url, stop } = await startServer(answerWith({}));
  await stop();
  await expect(call(url)).rejects.toMatchObject(unavailable("ECONNREFUSED"));
});

test("what the service itself refuses keeps its name", async () => {
  const { url } = await startServer((response) =>
    response.writeHead(400).end('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}'),
  );
  const send = dynamoAt(url).send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "1" } } }));
  await expect(send).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
