import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { beforeAll, describe, expect, test, vi } from "vitest";

import { stages } from "../../lib/constructs/stages.ts";
import { functionNames } from "../../lib/domain/function-environment.ts";
import { compilePattern } from "../../lib/local/event-pattern.ts";
import { type Resource, synthesize, type SynthesizedStack } from "./synthesized-stack.ts";

let stack: SynthesizedStack;

/** CDK's validation takes seconds, more of them on a busy machine. */
const PATIENCE_MS = 60_000;

beforeAll(() => {
  stack = synthesize({ validated: true });
}, PATIENCE_MS);

const propertiesOf = (type: string) => stack.ofType(type).map(([, { Properties }]) => Properties);

const property = (resource: Resource | undefined, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], resource?.Properties);

/** The bucket that keeps what runs are given and what they made, not the one of its access logs. */
const bucketOfRuns = (): readonly [string, Resource] => {
  const found = stack.ofType("AWS::S3::Bucket").find(([, bucket]) => property(bucket, "VersioningConfiguration"));
  if (found === undefined) throw new Error("expected a bucket that keeps versions");
  return found;
};

const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });

describe("the template", () => {
  test("passes CDK's validation and cdk-nag's AwsSolutions", () => {
    expect(stack.violations).toEqual([]);
  });

  test("of prod passes it, too", () => {
    expect(synthesize({ stage: "prod", validated: true }).violations).toEqual([]);
  });

  test("would not pass it with a queue that takes messages without TLS", () => {
    const report = vi.spyOn(console, "error").mockReturnValue();
    const spoiled = () => synthesize({ validated: true, spoil: (open) => void new Queue(open, "Open") });
    expect(spoiled).toThrow(/AwsSolutions-SQS4/u);
    report.mockRestore();
  });

  test("would not pass it with a time limit that is no number", () => {
    const report = vi.spyOn(console, "error").mockReturnValue();
    const { violations } = synthesize({
      validated: true,
      spoil: ({ node }) => {
        const fn = node.findAll().find((construct) => construct instanceof CfnFunction);
        fn?.addPropertyOverride("Timeout", "soon");
      },
    });
    expect(violations).not.toEqual([]);
    report.mockRestore();
  });

  test("tells by its outputs what clients need", () => {
    expect(Object.keys(stack.template.findOutputs("*")).toSorted()).toEqual([
      "AlarmTopicArn",
      "BucketName",
      "Phase16QueueUrl",
      "Phase18QueueUrl",
      "Phase20QueueUrl",
      "StateMachineArn",
      "TableName",
    ]);
  });

  test.each([
    ["AWS::S3::Bucket", "BucketName"],
    ["AWS::DynamoDB::Table", "TableName"],
    ["AWS::SQS::Queue", "QueueName"],
    ["AWS::Lambda::Function", "FunctionName"],
    ["AWS::StepFunctions::StateMachine", "StateMachineName"],
    ["AWS::IAM::Role", "RoleName"],
  ])("gives no %s a name, so that two stacks of one account never collide", (type, name) => {
    const resources = stack.ofType(type);
    expect(resources).not.toEqual([]);
    expect(resources.map(([, resource]) => property(resource, name))).toEqual(resources.map(() => undefined));
  });
});

describe("functions", () => {
  const functions = () => stack.ofType("AWS::Lambda::Function");

  test("are those of lambdas/, each with a bundle of its own", () => {
    const descriptions = functions().map(([, fn]) => String(property(fn, "Description")));
    expect(descriptions.toSorted()).toEqual(functionNames.map((name) => `Phase 21 ${name}`).toSorted());
    expect(new Set(functions().map(([, fn]) => property(fn, "Code", "S3Key"))).size).toBe(functionNames.length);
  });

  test("that are called asynchronously keep the events that they failed on", () => {
    const called = ["AWS::Events::Rule", "AWS::Scheduler::Schedule"].flatMap(propertiesOf);
    const targets = JSON.stringify(called.map(({ Targets, Target }) => Targets ?? Target));
    const asynchronous = functions().filter(([id]) => targets.includes(JSON.stringify(arnOf(id))));
    expect(asynchronous).toHaveLength(3);
    for (const [, fn] of asynchronous) expect(property(fn, "DeadLetterConfig", "TargetArn")).toBeDefined();
  });

  test("run on arm64 and Node 24, and end within Lambda's 15 minutes", () => {
    for (const fn of propertiesOf("AWS::Lambda::Function")) {
      expect(fn).toMatchObject({ Architectures: ["arm64"], Runtime: "nodejs24.x", Handler: "index.handler" });
      expect(fn["Timeout"]).toBeLessThanOrEqual(900);
    }
  });

  test("log JSON for two weeks, each into a group of its own", () => {
    const logging = propertiesOf("AWS::Lambda::Function").map(({ LoggingConfig }) => LoggingConfig);
    expect(logging).toMatchObject(functionNames.map(() => ({ LogFormat: "JSON" })));
    expect(new Set(logging.map((config) => JSON.stringify(config))).size).toBe(functionNames.length);
    for (const group of propertiesOf("AWS::Logs::LogGroup")) expect(group).toMatchObject({ RetentionInDays: 14 });
  });

  test("know the bucket, the table and the stage", () => {
    const [bucket] = bucketOfRuns();
    const [table] = stack.ofType("AWS::DynamoDB::Table")[0] ?? [];
    const Variables = { BUCKET_NAME: { Ref: bucket }, TABLE_NAME: { Ref: table }, STAGE: "dev" };
    for (const fn of propertiesOf("AWS::Lambda::Function")) expect(fn).toMatchObject({ Environment: { Variables } });
  });

  test("write under runs/ only, so that nothing of ours ever starts a run", () => {
    const roles = functions().map(([, fn]) => (property(fn, "Role") as { "Fn::GetAtt": string[] })["Fn::GetAtt"][0]);
    const resources = stack
      .ofType("AWS::IAM::Policy")
      .filter(([, policy]) => roles.includes((property(policy, "Roles") as { Ref: string }[])[0]?.Ref))
      .flatMap(([, policy]) => property(policy, "PolicyDocument", "Statement") as Record<string, unknown>[])
      .filter((statement) => JSON.stringify(statement["Action"]).includes('"s3:PutObject"'))
      .map((statement) => JSON.stringify(statement["Resource"]));
    expect(resources).toHaveLength(5);
    for (const resource of resources) {
      expect(resource).toContain('"/runs/*');
      expect(resource).not.toMatch(/"\/\*"|inbox/u);
    }
  });
});

describe("the buckets", () => {
  test("are encrypted, closed to the public and refused to callers without TLS", () => {
    const buckets = stack.ofType("AWS::S3::Bucket");
    for (const [, bucket] of buckets) {
      expect(bucket.Properties).toMatchObject({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
    }
    const policies = propertiesOf("AWS::S3::BucketPolicy");
    expect(policies.map(({ Bucket }) => Bucket)).toEqual(
      expect.arrayContaining(buckets.map(([Ref]) => ({ Ref }))) as unknown,
    );
    for (const { PolicyDocument } of policies) {
      expect((PolicyDocument as { Statement: unknown[] }).Statement).toContainEqual(
        expect.objectContaining({
          Effect: "Deny",
          Action: "s3:*",
          Principal: { AWS: "*" },
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      );
    }
  });

  test("of runs keeps versions, tells EventBridge and logs who asks it for what", () => {
    const [, bucket] = bucketOfRuns();
    const logs = stack.ofType("AWS::S3::Bucket").map(([id]) => ({ Ref: id }));
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(logs).toContainEqual(property(bucket, "LoggingConfiguration", "DestinationBucketName"));
  });

  test("of runs forgets uploads that nobody finished, replaced versions, and runs of a month ago", () => {
    expect(property(bucketOfRuns()[1], "LifecycleConfiguration", "Rules")).toMatchObject([
      {
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        Status: "Enabled",
      },
      { Prefix: "runs/", ExpirationInDays: stages.dev.runDays, Status: "Enabled" },
    ]);
  });
});

describe("the table", () => {
  test("is paid on demand, can be restored to a point in time and forgets what has expired", () => {
    expect(propertiesOf("AWS::DynamoDB::Table")).toMatchObject([
      {
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true },
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      },
    ]);
  });
});

describe("queues", () => {
  test("are encrypted, keep messages for 14 days and refuse callers without TLS", () => {
    for (const queue of propertiesOf("AWS::SQS::Queue")) {
      expect(queue).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
    }
    const refusing = stack.ofType("AWS::SQS::QueuePolicy").filter(([, policy]) => {
      const document = JSON.stringify(property(policy, "PolicyDocument"));
      return document.includes('"aws:SecureTransport":"false"') && document.includes('"Deny"');
    });
    expect(refusing).toHaveLength(stack.ofType("AWS::SQS::Queue").length);
  });

  test("have a dead-letter queue or are one", () => {
    const queues = stack.ofType("AWS::SQS::Queue");
    const target = (queue: Resource) => property(queue, "RedrivePolicy", "deadLetterTargetArn");
    const rules = stack.ofType("AWS::Events::Rule").flatMap(([, rule]) => property(rule, "Targets") as object[]);
    const functions = propertiesOf("AWS::Lambda::Function").map(({ DeadLetterConfig }) => DeadLetterConfig);
    const deadLetters = JSON.stringify([...queues.map(([, queue]) => target(queue)), ...rules, ...functions]);
    const alone = queues.filter(
      ([id, queue]) => target(queue) === undefined && !deadLetters.includes(JSON.stringify(arnOf(id))),
    );
    expect(alone.map(([id]) => id)).toEqual([]);
    expect(queues.filter(([, queue]) => target(queue) !== undefined)).toHaveLength(3);
  });

  test("that are dead-letter queues are watched by an alarm, each by one of its own", () => {
    const alarms = JSON.stringify(propertiesOf("AWS::CloudWatch::Alarm").map(({ Dimensions }) => Dimensions));
    const kept = stack.ofType("AWS::SQS::Queue").filter(([, queue]) => property(queue, "RedrivePolicy") === undefined);
    expect(kept).toHaveLength(4);
    for (const [id] of kept) {
      expect(alarms.split(JSON.stringify({ "Fn::GetAtt": [id, "QueueName"] }))).toHaveLength(2);
    }
  });

  test("set a message aside after five receivers could not take it", () => {
    for (const [, queue] of stack.ofType("AWS::SQS::Queue")) {
      expect(property(queue, "RedrivePolicy", "maxReceiveCount") ?? 5).toBe(5);
    }
  });
});

describe("the trigger", () => {
  const matches = (key: string, change: object = {}): boolean => {
    const [bucketId] = bucketOfRuns();
    const pattern = property(stack.ofType("AWS::Events::Rule")[0]?.[1], "EventPattern");
    const text = JSON.stringify(pattern).replace(JSON.stringify({ Ref: bucketId }), '"a-bucket"');
    const detail = { bucket: { name: "a-bucket" }, object: { key } };
    return compilePattern(JSON.parse(text))({ source: "aws.s3", "detail-type": "Object Created", detail, ...change });
  };

  test.each([
    ["inbox/demo/predictions.jsonl", true],
    ["inbox/demo/schedule.jsonl", false],
    ["inbox/demo/config.json", false],
    ["inbox/predictions.jsonl", false],
    ["inbox/demo/predictions.jsonl.bak", false],
    ["inbox/demo/old-predictions.jsonl", false],
    ["runs/inbox/demo/predictions.jsonl", false],
    ["runs/demo/output/results.jsonl", false],
  ])("of the object %s: %s", (key, expected) => {
    expect(matches(key)).toBe(expected);
  });

  test.each([
    ["another bucket", { detail: { bucket: { name: "b" }, object: { key: "inbox/a/predictions.jsonl" } } }],
    ["a deletion", { "detail-type": "Object Deleted" }],
    ["another service", { source: "my.app" }],
  ])("does not take an event of %s", (_, change) => {
    expect(matches("inbox/a/predictions.jsonl")).toBe(true);
    expect(matches("inbox/a/predictions.jsonl", change)).toBe(false);
  });

  test("tries again for hours and keeps what it could not deliver", () => {
    const target = {
      RetryPolicy: { MaximumRetryAttempts: 8, MaximumEventAgeInSeconds: 21_600 },
      DeadLetterConfig: { Arn: expect.anything() as unknown },
    };
    expect(propertiesOf("AWS::Events::Rule")).toMatchObject([{ Targets: [target] }]);
  });
});
