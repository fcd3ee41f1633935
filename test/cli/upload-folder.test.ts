import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type InputFolder, uploadFolder } from "../../lib/cli/upload-folder.ts";
import { runIdFor } from "../../lib/domain/run-id.ts";
import { createClients } from "../../lib/local/clients.ts";
import { BUCKET, type Services, startServices } from "../aws/emulated-services.ts";

let services: Services;
let clients: ReturnType<typeof createClients>;
let directory: string;

beforeAll(async () => {
  services = await startServices();
  const { s3Endpoint: s3, sqsEndpoint: sqs, dynamodbEndpoint: dynamodb } = services.emulators;
  clients = createClients({ s3, sqs, dynamodb, gateway: "http://127.0.0.1:1" });
  directory = await mkdtemp(join(tmpdir(), "phase21-upload-"));
});

afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await services.stop();
  await rm(directory, { recursive: true });
});

const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(directory, name), text);
  return join(directory, name);
};

const upload = (folder: string, files: InputFolder): Promise<string> =>
  uploadFolder({ clients, outputs: { BucketName: BUCKET } }, folder, files, "mine");

const keysOf = async (folder: string): Promise<readonly (string | undefined)[]> => {
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${folder}/` }));
  return Contents.map(({ Key }) => Key?.slice(folder.length + 1));
};

const textOf = async (Key: string): Promise<string | undefined> => {
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return Body?.transformToString();
};

test("predictions alone get a configuration that names the fleet", async () => {
  const predictions = await file("a.jsonl", '{"task_id":"a"}\n');
  const runId = await upload("inbox/a", { predictions });
  expect(await keysOf("inbox/a")).toEqual(["config.json", "predictions.jsonl"]);
  expect(await textOf("inbox/a/config.json")).toBe('{"fleet":"mine"}');
  expect(await textOf("inbox/a/predictions.jsonl")).toBe('{"task_id":"a"}\n');
  const version = createHash("md5").update('{"task_id":"a"}\n').digest("hex");
  expect(runId).toBe(runIdFor({ bucket: BUCKET, key: "inbox/a/predictions.jsonl", version }));
});

test("a configuration keeps what it says, its fleet too", async () => {
  const predictions = await file("b.jsonl", "{}\n");
  const config = await file("config.json", '{"num_waves":4}');
  await upload("inbox/b", { predictions, config });
  expect(await textOf("inbox/b/config.json")).toBe('{"fleet":"mine","num_waves":4}');
  await file("config.json", '{"fleet":"theirs"}');
  await upload("inbox/b", { predictions, config });
  expect(await textOf("inbox/b/config.json")).toBe('{"fleet":"theirs"}');
});

test("what an earlier upload left beside the predictions is not taken for the new one's", async () => {
  const predictions = await file("c.jsonl", "{}\n");
  await upload("inbox/c", { predictions, schedule: await file("schedule.jsonl", "{}\n") });
  expect(await keysOf("inbox/c")).toContain("schedule.jsonl");
  await upload("inbox/c", { predictions });
  expect(await keysOf("inbox/c")).toEqual(["config.json", "predictions.jsonl"]);
});

test.each([
  ["a configuration that breaks its schema", { config: '{"num_waves":0}' }, "num_waves"],
  ["a configuration that is no JSON", { config: "{" }, "config.json"],
  ["predictions that cannot be read", { predictions: "gone.jsonl" }, "expected a file that can be read"],
])(
  "%s is told before anything is uploaded",
  async (_, { predictions = "d.jsonl", config = "{}" }: Record<string, string>, message) => {
    await file("d.jsonl", "{}\n");
    const files = { predictions: join(directory, predictions), config: await file("config.json", config) };
    await expect(upload("inbox/d", files)).rejects.toThrow(message);
    expect(await keysOf("inbox/d")).toEqual([]);
  },
);
