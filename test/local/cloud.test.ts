import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeExecutionCommand, type SFNClient, type SFNClientConfig } from "@aws-sdk/client-sfn";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { runIdFor } from "../../lib/domain/run-id.ts";
import { runKeys } from "../../lib/domain/run-keys.ts";
import { type Cloud, startCloud } from "../../lib/local/cloud.ts";

/** How long a run of a few tasks may take on a machine that is busy. */
const patience = { timeout: 20_000, interval: 50 };

const predictions = ["a", "b", "c"].map((task_id) => `${JSON.stringify({ task_id, success_rate: 1 })}\n`).join("");

const startLogged = async () => {
  const lines: string[] = [];
  const cloud = await startCloud({
    timeScale: 0.01,
    onLog: (_, line) => lines.push(line),
    secret: (name) => (name === "phase21/agent" ? "hush" : undefined),
  });
  return { cloud, lines };
};

let cloud: Cloud;
let lines: string[];
let other: Cloud;

beforeAll(async () => {
  const [first, second] = await Promise.all([startLogged(), startLogged()]);
  ({ cloud, lines } = first);
  other = second.cloud;
});

afterAll(() => Promise.all([cloud.stop(), other.stop()]));

const bucketOf = ({ outputs }: Cloud): string => outputs["BucketName"] ?? "";

/** Puts an object into the inbox; gives the id of the run that it would start. */
const upload = async (key: string, Body: string): Promise<string> => {
  const bucket = bucketOf(cloud);
  const { ETag = "" } = await cloud.clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  return runIdFor({ bucket, key, version: ETag.replaceAll('"', "") });
};

const executionOf = ({ outputs, clients }: Cloud, runId: string) => {
  const machine = outputs["StateMachineArn"] ?? "";
  const executionArn = `${machine.replace(":stateMachine:", ":execution:")}:${runId}`;
  return clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
};

const finished = (runId: string): Promise<void> =>
  vi.waitFor(async () => expect(await executionOf(cloud, runId)).toMatchObject({ status: "SUCCEEDED" }), patience);

/** A client of what Step Functions' endpoint answers beside Step Functions. */
const gatewayClient = <Client extends { destroy(): void }>(
  clientClass: new (options: Pick<SFNClientConfig, "credentials" | "endpoint" | "region">) => Client,
): Client => {
  const { credentials, endpoint } = cloud.clients.sfn.config;
  const client = new clientClass({ credentials, region: "us-east-1", ...(endpoint !== undefined && { endpoint }) });
  onTestFinished(() => client.destroy());
  return client;
};

const countLines = (text: string): number => lines.filter((line) => line.includes(text)).length;

describe("a cloud", () => {
  test("names in its outputs what its clients reach", async () => {
    const { outputs, clients } = cloud;
    const listing = clients.s3.send(new ListObjectsV2Command({ Bucket: bucketOf(cloud) }));
    await expect(listing).resolves.toBeDefined();
    for (const phase of [16, 18, 20]) {
      const QueueUrl = outputs[`Phase${phase}QueueUrl`];
      await expect(clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl }))).resolves.toBeDefined();
    }
    expect(outputs["StateMachineArn"]).toMatch(/^arn:aws:states:us-east-1:000000000000:stateMachine:/u);
  });

  test("starts an execution for predictions in the inbox, carries it to its end, and does so once for the same object", async () => {
    const runId = await upload("inbox/once/predictions.jsonl", predictions);
    await finished(runId);
    const Key = runKeys(runId).output("results.jsonl");
    const { Body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: bucketOf(cloud), Key }));
    expect((await Body?.transformToString())?.trim().split("\n")).toHaveLength(3);

    expect(await upload("inbox/once/predictions.jsonl", predictions)).toBe(runId);
    await vi.waitFor(() => expect(countLines("run exists already")).toBe(1), patience);
    expect(countLines("run started")).toBe(1);
  });

  test("starts nothing for other files of the inbox", async () => {
    const before = countLines("run started");
    await upload("inbox/other/schedule.jsonl", "\n");
    await upload("inbox/other/config.json", "{}");
    await finished(await upload("inbox/other/predictions.jsonl", predictions));
    expect(countLines("run started")).toBe(before + 1);
  });

  test("does not meet another one that runs beside it", async () => {
    const runId = await upload("inbox/apart/predictions.jsonl", predictions);
    await finished(runId);
    await expect(executionOf(other, runId)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
    const { KeyCount } = await other.clients.s3.send(new ListObjectsV2Command({ Bucket: bucketOf(other) }));
    expect(KeyCount).toBe(0);
    expect(other.outputs["Phase18QueueUrl"]).not.toBe(cloud.outputs["Phase18QueueUrl"]);
  });

  test("gives the secrets that its owner has, and no others", async () => {
    const secrets = gatewayClient(SecretsManagerClient);
    const known = await secrets.send(new GetSecretValueCommand({ SecretId: "phase21/agent" }));
    expect(known.SecretString).toBe("hush");
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: "other" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "no secret other",
    });
  });

  test("tells who invokes a function that it does not have so, as Lambda does", async () => {
    const invoking = gatewayClient(LambdaClient).send(new InvokeCommand({ FunctionName: "phase21-agent-x" }));
    await expect(invoking).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("has its clients call loopback only", async () => {
    const { s3, sqs, dynamodb, sfn } = cloud.clients;
    for (const client of [s3, sqs, dynamodb, sfn] as readonly SFNClient[]) {
      expect((await client.config.endpoint?.())?.hostname).toBe("127.0.0.1");
    }
  });
});

describe("a start that fails", () => {
  const options = { timeScale: 1, onLog: () => {}, secret: () => undefined };

  test("on a resource that the embedded cloud does not have says so in one line", async () => {
    const template = { Resources: { InstanceAB12: { Type: "AWS::EC2::Instance", Properties: {} } } };
    const starting = startCloud(options, async () => ({
      template,
      lambdaWorker: join(import.meta.dirname, "../../lib/local/lambda-worker.ts"),
      compileCacheDirectory: join(import.meta.dirname, "compiled"),
      assetDirectory: () => "",
    }));
    await expect(starting).rejects.toThrow(/^InstanceAB12: the embedded cloud has no AWS::EC2::Instance$/u);
  });

  test("on the synthesis says why", async () => {
    await expect(startCloud(options, () => Promise.reject(new Error("no bundle")))).rejects.toThrow("no bundle");
  });
});

const lib = new URL("../../lib/local/", import.meta.url).href;

/** Fails to start, starts, stops under a run that has just begun, and writes which of its ports still answer. */
const script = `
  import { PutObjectCommand } from "@aws-sdk/client-s3";
  import { startCloud } from "${lib}cloud.ts";
  const started = Promise.withResolvers();
  const options = { timeScale: 1, onLog: (_, line) => line.includes("run started") && started.resolve(), secret: () => undefined };
  await startCloud(options, () => Promise.reject(new Error("no bundle"))).catch(() => {});
  const { clients, outputs, stop } = await startCloud(options);
  const Key = "inbox/a/predictions.jsonl";
  await clients.s3.send(new PutObjectCommand({ Bucket: outputs.BucketName, Key, Body: '{"task_id":"a"}' }));
  await started.promise;
  const endpoints = await Promise.all(Object.values(clients).map((client) => client.config.endpoint()));
  await stop();
  const answers = await Promise.allSettled(endpoints.map(({ port }) => fetch("http://127.0.0.1:" + port)));
  process.stdout.write(answers.map(({ status }) => status).join());
`;

test("a cloud that stopped has left no thread and no port, so its process exits by itself", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect({ stdout, stderr }).toEqual({ stdout: "rejected,rejected,rejected,rejected", stderr: "" });
});
