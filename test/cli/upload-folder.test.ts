import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type InputFolder, uploadFolder, uploadNamed } from "../../lib/cli/upload-folder.ts";
import type { AgentState } from "../../lib/domain/agent.ts";
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

const upload = (folder: string, files: InputFolder): Promise<void> =>
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
  await upload("inbox/a", { predictions });
  expect(await keysOf("inbox/a")).toEqual(["config.json", "predictions.jsonl"]);
  expect(await textOf("inbox/a/config.json")).toBe('{"fleet":"mine"}');
  expect(await textOf("inbox/a/predictions.jsonl")).toBe('{"task_id":"a"}\n');
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

describe("files under a name of the inbox", () => {
  let agents: readonly AgentState[] = [];
  const fleet = { read: async () => ({ agents, leases: [] }) };

  const name = (path: string, files: InputFolder, checkUnchanged = async () => {}) =>
    uploadNamed(
      { clients, outputs: { BucketName: BUCKET }, fleet },
      { name: path, files, fleet: "mine", checkUnchanged },
    );

  const folders = async (prefix: string): Promise<readonly string[]> => {
    const keys = await keysOf("inbox");
    return [...new Set(keys.map((key) => key?.split("/")[0] ?? "").filter((key) => key.startsWith(prefix)))];
  };

  test("get a folder of their own for each content, and the same content gives the same run", async () => {
    const first = await file("same.jsonl", "1");
    const one = await name("n n.jsonl", { predictions: first });
    expect(await name("n-n.jsonl", { predictions: first })).toEqual({ runId: one.runId, isNew: false });
    const two = await name("n-n.jsonl", { predictions: await file("other.jsonl", "2") });
    expect(two).toMatchObject({ isNew: true });
    expect(two.runId).not.toBe(one.runId);
    const found = await folders("n-n-");
    expect(found).toHaveLength(2);
    const texts = await Promise.all(found.map((folder) => textOf(`inbox/${folder}/predictions.jsonl`)));
    expect(new Set(texts)).toEqual(new Set(["1", "2"]));
    expect(one.runId).toMatch(/^n-n-[\da-f]{12}-[\da-f]{20}$/u);
  });

  test("are another run with another configuration, schedule or fleet", async () => {
    const predictions = await file("p.jsonl", "{}\n");
    const config = await file("c.json", '{"num_waves":2}');
    const schedule = await file("s.jsonl", "{}\n");
    const empty = await file("empty.jsonl", "");
    const runs = [
      await name("v", { predictions }),
      await name("v", { predictions, config }),
      await name("v", { predictions, schedule }),
      await name("v", { predictions, schedule: empty }),
    ];
    await file("c.json", '{"num_waves":3}');
    runs.push(await name("v", { predictions, config }));
    agents = [{ id: "one", capabilities: [], capacity: 1 } as unknown as AgentState];
    runs.push(await name("v", { predictions }));
    agents = [];
    expect(runs.every(({ isNew }) => isNew)).toBe(true);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(6);
    expect(await folders("v-")).toHaveLength(6);
  });

  test("start nothing when they change between the reading for the name and the upload", async () => {
    const predictions = await file("grows.jsonl", "{}\n");
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (checks === 1) await appendFile(predictions, "{}\n");
    };
    await expect(name("grows", { predictions }, check)).rejects.toThrow("grows.jsonl changed while it was read");
    expect((await keysOf("inbox")).filter((key) => key?.startsWith("grows-"))).toEqual([
      expect.stringMatching(/config\.json$/u),
    ]);
  });

  test("start nothing when they change at the last moment, however large they are", async () => {
    const predictions = await file("large.jsonl", "x".repeat(9 * 1024 * 1024));
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (checks === 2) throw new Error("it changed");
    };
    await expect(name("large", { predictions }, check)).rejects.toThrow("it changed");
    expect((await keysOf("inbox")).filter((key) => key?.startsWith("large-"))).toEqual([
      expect.stringMatching(/config\.json$/u),
    ]);
  });
});
