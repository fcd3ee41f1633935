import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";

import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { runIdFor } from "../../lib/domain/run-id.ts";
import { runKeys } from "../../lib/domain/run-keys.ts";
import { type CloudClients, createClients } from "../../lib/local/clients.ts";
import { type Cloud, startCloud } from "../../lib/local/cloud.ts";
import { DataFolderInUseError, readLiveCloud } from "../../lib/local/data-folder.ts";

let data: string;

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), "persistence-"));
  data = join(parent, "data");
  return () => rm(parent, { recursive: true });
});

const start = async (): Promise<Cloud> => {
  const cloud = await startCloud({ timeScale: 0.01, onLog: () => {}, secret: () => undefined, data });
  onTestFinished(() => cloud.stop());
  return cloud;
};

const lib = new URL("../../lib/local/", import.meta.url).href;

/** Starts a cloud on the folder, and writes there for ever; each write that was acknowledged is a line: what, and which one. */
const writer = `
  import { PutObjectCommand } from "@aws-sdk/client-s3";
  import { SendMessageCommand } from "@aws-sdk/client-sqs";
  import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
  import { Upload } from "@aws-sdk/lib-storage";
  import { startCloud } from "${lib}cloud.ts";
  const data = process.argv[1];
  const { outputs, clients } = await startCloud({ timeScale: 1, onLog: () => {}, secret: () => undefined, data });
  const { s3, sqs } = clients;
  const documents = DynamoDBDocumentClient.from(clients.dynamodb);
  const Bucket = outputs.BucketName;
  const forever = async (what, write) => {
    for (let n = 1; ; n += 1) {
      await write(n);
      process.stdout.write(what + " " + n + "\\n");
    }
  };
  const large = (n) => Buffer.alloc(300_000 + n, n);
  const parts = (n) => Buffer.alloc(12 * 1024 * 1024, n);
  forever("upload", (n) => new Upload({ client: s3, params: { Bucket, Key: "parts/" + n, Body: parts(n) } }).done());
  forever("object", (n) => s3.send(new PutObjectCommand({ Bucket, Key: "small/" + n, Body: "x" })));
  forever("version", (n) => s3.send(new PutObjectCommand({ Bucket, Key: "large", Body: large(n) })));
  forever("message", (n) => sqs.send(new SendMessageCommand({ QueueUrl: outputs.Phase18QueueUrl, MessageBody: "" + n })));
  forever("item", (n) => documents.send(new PutCommand({ TableName: outputs.TableName, Item: { pk: "P", sk: "" + n, n } })));
`;

/** Runs a script on the folder until it has written a line that is enough, and kills it. */
const runAndKill = async (script: string, isEnough: (line: string) => boolean): Promise<void> => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  for await (const line of createInterface(child.stdout)) if (isEnough(line)) child.kill("SIGKILL");
  await exited;
};

/** Kills the writer once each of its writes was acknowledged so many times. Gives the last ones that were. */
const writeAndDie = async (times: number): Promise<ReadonlyMap<string, number>> => {
  const acknowledged = new Map<string, number>();
  await runAndKill(writer, (line) => {
    const [what = "", n] = line.split(" ");
    acknowledged.set(what, Number(n));
    const isEnough = (kind: string) => (acknowledged.get(kind) ?? 0) >= (kind === "upload" ? 1 : times);
    return ["upload", "object", "version", "message", "item"].every(isEnough);
  });
  return acknowledged;
};

const readObject = async ({ outputs, clients }: Cloud, Key: string): Promise<Buffer> => {
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: outputs["BucketName"], Key }));
  return buffer(Body as AsyncIterable<Uint8Array>);
};

const describeRun = ({ outputs, clients }: Cloud, runId: string) => {
  const machine = outputs["StateMachineArn"] ?? "";
  const executionArn = `${machine.replace(":stateMachine:", ":execution:")}:${runId}`;
  return clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
};

/** How long a run of a few tasks may take on a machine that is busy. */
const patience = { timeout: 20_000, interval: 50 };

const receiveAll = async ({ outputs, clients }: Cloud): Promise<readonly string[]> => {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: outputs["Phase18QueueUrl"], MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
  }
};

const upTo = (last = 0): number[] => Array.from({ length: last }, (_, index) => index + 1);

test("what was acknowledged before the process was killed is there, and whole, after the next start", async () => {
  const last = await writeAndDie(10);
  const cloud = await start();

  for (const n of upTo(last.get("object"))) expect((await readObject(cloud, `small/${n}`)).toString()).toBe("x");

  for (const n of upTo(last.get("upload"))) {
    expect((await readObject(cloud, `parts/${n}`)).equals(Buffer.alloc(12 * 1024 * 1024, n))).toBe(true);
  }

  const large = await readObject(cloud, "large");
  const version = large.length - 300_000;
  expect(version).toBeGreaterThanOrEqual(last.get("version") ?? 0);
  expect(large.equals(Buffer.alloc(large.length, version))).toBe(true);

  const received = await receiveAll(cloud);
  expect(new Set(received).size).toBe(received.length);
  expect(received).toEqual(expect.arrayContaining(upTo(last.get("message")).map(String)));

  const documents = DynamoDBDocumentClient.from(cloud.clients.dynamodb);
  for (const n of upTo(last.get("item"))) {
    const key = { TableName: cloud.outputs["TableName"], Key: { pk: "P", sk: String(n) } };
    expect((await documents.send(new GetCommand(key))).Item).toMatchObject({ n });
  }
});

/** Starts a cloud on the folder and gives it a run; says when that one has started. */
const runStarter = `
  import { PutObjectCommand } from "@aws-sdk/client-s3";
  import { startCloud } from "${lib}cloud.ts";
  const data = process.argv[1];
  const onLog = (_, line) => line.includes("run started") && process.stdout.write("started\\n");
  const { outputs, clients } = await startCloud({ timeScale: 1, onLog, secret: () => undefined, data });
  const Body = Array.from({ length: 200 }, (_, n) => JSON.stringify({ task_id: "t" + n, success_rate: 1 }) + "\\n").join("");
  const Key = "inbox/cut-off/predictions.jsonl";
  await clients.s3.send(new PutObjectCommand({ Bucket: outputs.BucketName, Key, Body }));
`;

test("a run that was cut off goes on after the next start, and each of its tasks ends once", async () => {
  await runAndKill(runStarter, () => true);
  const cloud = await start();
  const { outputs, clients } = cloud;
  const source = { Bucket: outputs["BucketName"] ?? "", Key: "inbox/cut-off/predictions.jsonl" };
  const { ETag = "" } = await clients.s3.send(new HeadObjectCommand(source));
  const runId = runIdFor({ bucket: source.Bucket, key: source.Key, version: ETag.replaceAll('"', "") });
  await vi.waitFor(
    async () => expect(await describeRun(cloud, runId)).toMatchObject({ status: "SUCCEEDED" }),
    patience,
  );
  const results = (await readObject(cloud, runKeys(runId).output("results.jsonl"))).toString().trim().split("\n");
  expect(new Set(results.map((line) => JSON.parse(line).task_id)).size).toBe(200);
  expect(results).toHaveLength(200);
});

describe("a cloud on a data folder", () => {
  const connect = (endpoints: Parameters<typeof createClients>[0]): CloudClients => {
    const clients = createClients(endpoints);
    onTestFinished(() => Object.values(clients).forEach((client) => client.destroy()));
    return clients;
  };

  test("is found and used through its folder, refuses the folder to others, and gives it up when it stops", async () => {
    const cloud = await start();
    const live = await readLiveCloud(data);
    if (live === undefined) throw new Error("expected a live cloud, found none");
    expect(live).toMatchObject({ pid: process.pid, outputs: cloud.outputs });
    const object = { Bucket: live.outputs["BucketName"], Key: "key" };
    await connect(live.endpoints).s3.send(new PutObjectCommand({ ...object, Body: "text" }));
    expect((await readObject(cloud, "key")).toString()).toBe("text");

    await expect(start()).rejects.toThrow(DataFolderInUseError);
    expect(await readLiveCloud(data)).toEqual(live);

    await cloud.stop();
    expect(await readLiveCloud(data)).toBeUndefined();
    const next = await start();
    expect((await readObject(next, "key")).toString()).toBe("text");
  });

  test("that fails to start gives the folder up", async () => {
    const options = { timeScale: 1, onLog: () => {}, secret: () => undefined, data };
    await expect(startCloud(options, () => Promise.reject(new Error("no bundle")))).rejects.toThrow("no bundle");
    await expect(start()).resolves.toBeDefined();
  });

  test("has the same names after the next start, and an execution that ended before still has its end", async () => {
    const first = await start();
    const Bucket = first.outputs["BucketName"] ?? "";
    const object = { Bucket, Key: "inbox/once/predictions.jsonl", Body: '{"task_id":"a","success_rate":1}\n' };
    const { ETag = "" } = await first.clients.s3.send(new PutObjectCommand(object));
    const runId = runIdFor({ bucket: Bucket, key: object.Key, version: ETag.replaceAll('"', "") });
    await vi.waitFor(
      async () => expect(await describeRun(first, runId)).toMatchObject({ status: "SUCCEEDED" }),
      patience,
    );
    const before = await describeRun(first, runId);
    await first.stop();

    const second = await start();
    const withoutPort = (outputs: Cloud["outputs"]) => JSON.stringify(outputs).replaceAll(/:\d+\/0/gu, "");
    expect(withoutPort(second.outputs)).toBe(withoutPort(first.outputs));
    const { status, output, stopDate } = await describeRun(second, runId);
    expect({ status, output, stopDate }).toEqual({
      status: "SUCCEEDED",
      output: before.output,
      stopDate: before.stopDate,
    });
  });
});
