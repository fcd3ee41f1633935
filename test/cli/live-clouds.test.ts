import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";

import { listLiveClouds, registerCloud } from "../../lib/cli/live-clouds.ts";
import { type GatewayHandlers, startGateway } from "../../lib/local/gateway.ts";

const home = process.cwd();
const directory = join(".phase21", "clouds");

beforeEach(async () => {
  process.chdir(await mkdtemp(join(tmpdir(), "phase21-clouds-")));
});

afterEach(() => {
  process.chdir(home);
});

const cloudAt = (gateway: string) => ({ endpoints: { s3: "", sqs: "", dynamodb: "", gateway }, outputs: { A: "b" } });

const runningGateway = async (): Promise<string> => {
  const gateway = await startGateway({} as GatewayHandlers);
  onTestFinished(() => gateway.stop());
  return gateway.endpoint;
};

test("a cloud is found while it is registered, and leaves nothing behind", async () => {
  const cloud = cloudAt(await runningGateway());
  const unregister = await registerCloud(cloud);
  expect(await listLiveClouds()).toEqual([{ ...cloud, pid: process.pid }]);
  await unregister();
  expect(await listLiveClouds()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test("a folder in which nothing has run has no clouds", async () => {
  expect(await listLiveClouds()).toEqual([]);
});

test("a cloud that does not answer is passed over", async () => {
  const unregister = await registerCloud(cloudAt("http://127.0.0.1:1"));
  expect(await listLiveClouds()).toEqual([]);
  await unregister();
});

test.each([
  ["of a dead process", JSON.stringify({ ...cloudAt("http://127.0.0.1:1"), pid: 2 ** 22 + 1 })],
  ["that was cut off", '{"pid":'],
])("an entry %s is cleared away", async (_, text) => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "1.json"), text);
  expect(await listLiveClouds()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});
