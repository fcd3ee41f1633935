import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";

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

test.each(["AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Lambda::Function", "AWS::Events::Rule"])(
  "an %s needs nothing of the emulators",
  async (type) => {
    await expect(create(type)).resolves.toBeUndefined();
  },
);

test("a type that the embedded cloud does not have is refused by name", async () => {
  await expect(create("AWS::SNS::Topic")).rejects.toThrow("ThingAB12: the embedded cloud has no AWS::SNS::Topic");
});
