import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { provision } from "../../lib/local/provision.ts";
import { type Services, startServices } from "../aws/emulated-services.ts";

let services: Services;

beforeAll(async () => {
  services = await startServices();
});

afterAll(() => services.stop());

const create = (type: string, properties: Record<string, unknown> = {}, logicalId = "ThingAB12") =>
  provision(
    { logicalId, type, properties: () => properties },
    { s3: services.s3, sqs: services.sqs, dynamodb: services.documents },
  );

test("a bucket takes the name that its logical id gives", async () => {
  await create("AWS::S3::Bucket", {}, "BucketAB12");
  await expect(services.s3.send(new HeadBucketCommand({ Bucket: "bucketab12" }))).resolves.toBeDefined();
});

test("a queue has the attributes that the template gives it", async () => {
  await create("AWS::SQS::Queue", {}, "DeadAB12");
  const RedrivePolicy = {
    deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:deadab12",
    maxReceiveCount: 5,
  };
  await create(
    "AWS::SQS::Queue",
    { MessageRetentionPeriod: 1_209_600, VisibilityTimeout: 45, RedrivePolicy },
    "QueueAB12",
  );
  const QueueUrl = `${services.emulators.sqsEndpoint}/000000000000/queueab12`;
  const { Attributes } = await services.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  expect(Attributes).toMatchObject({ MessageRetentionPeriod: "1209600", VisibilityTimeout: "45" });
  expect(JSON.parse(Attributes?.["RedrivePolicy"] ?? "")).toEqual(RedrivePolicy);
});

test("a table has the keys that the template gives it, and is ready at once", async () => {
  const keys = {
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  };
  await create("AWS::DynamoDB::Table", { ...keys, BillingMode: "PAY_PER_REQUEST" }, "TableAB12");
  const { Table } = await services.documents.send(new DescribeTableCommand({ TableName: "TableAB12" }));
  expect(Table).toMatchObject({ ...keys, TableStatus: "ACTIVE" });
});

describe("what is there from an earlier start", () => {
  const keys = (name: string) => ({
    AttributeDefinitions: [{ AttributeName: name, AttributeType: "S" }],
    KeySchema: [{ AttributeName: name, KeyType: "HASH" }],
  });

  test("a bucket keeps its objects", async () => {
    const object = { Bucket: "keptab12", Key: "key" };
    await create("AWS::S3::Bucket", {}, "KeptAB12");
    await services.s3.send(new PutObjectCommand({ ...object, Body: "text" }));
    await create("AWS::S3::Bucket", {}, "KeptAB12");
    await expect(services.s3.send(new HeadObjectCommand(object))).resolves.toMatchObject({ ContentLength: 4 });
  });

  test("a queue keeps its messages and takes the attributes that the template has now", async () => {
    const RedrivePolicy = { deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:deadab12", maxReceiveCount: 5 };
    const QueueUrl = `${services.emulators.sqsEndpoint}/000000000000/changedab12`;
    await create(
      "AWS::SQS::Queue",
      { VisibilityTimeout: 45, MessageRetentionPeriod: 60, RedrivePolicy },
      "ChangedAB12",
    );
    await services.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept" }));
    await create("AWS::SQS::Queue", { VisibilityTimeout: 50 }, "ChangedAB12");
    const { Attributes = {} } = await services.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      VisibilityTimeout: "50",
      MessageRetentionPeriod: "345600",
      ApproximateNumberOfMessages: "1",
    });
    expect(Attributes).not.toHaveProperty("RedrivePolicy");
  });

  test("a table keeps its items", async () => {
    await create("AWS::DynamoDB::Table", keys("pk"), "KeptTable");
    await services.documents.send(new PutCommand({ TableName: "KeptTable", Item: { pk: "a" } }));
    await create("AWS::DynamoDB::Table", keys("pk"), "KeptTable");
    const { Item } = await services.documents.send(new GetCommand({ TableName: "KeptTable", Key: { pk: "a" } }));
    expect(Item).toEqual({ pk: "a" });
  });

  test("a table with other keys than the template's is refused", async () => {
    await create("AWS::DynamoDB::Table", keys("pk"), "OtherTable");
    await expect(create("AWS::DynamoDB::Table", keys("id"), "OtherTable")).rejects.toThrow(
      'OtherTable: the table is there with the keys [{"AttributeName":"pk","KeyType":"HASH"}], ' +
        'the template expects [{"AttributeName":"id","KeyType":"HASH"}]',
    );
  });

  test("a table that DynamoDB refuses fails by DynamoDB's name for it", async () => {
    await expect(create("AWS::DynamoDB::Table", {}, "NoKeys")).rejects.toMatchObject({ name: "ValidationException" });
  });
});

test.each([
  "AWS::IAM::Role",
  "AWS::Logs::LogGroup",
  "AWS::Lambda::Function",
  "AWS::Events::Rule",
  "AWS::CloudWatch::Alarm",
  "AWS::SNS::Topic",
])("an %s needs nothing of the emulators", async (type) => {
  await expect(create(type)).resolves.toBeUndefined();
});

test("a type that the embedded cloud does not have is refused by name", async () => {
  await expect(create("AWS::EC2::Instance")).rejects.toThrow("ThingAB12: the embedded cloud has no AWS::EC2::Instance");
});
