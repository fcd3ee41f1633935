import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, expect, onTestFinished, test } from "vitest";

import type { Stack } from "../../lib/cli/stack.ts";
import { registerCloud } from "../../lib/cli/live-clouds.ts";
import { withReachableStack } from "../../lib/cli/reach-stack.ts";
import { type GatewayHandlers, startGateway } from "../../lib/local/gateway.ts";

const { signal } = new AbortController();
const home = process.cwd();

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-reach-"));
  process.chdir(folder);
  return async () => {
    process.chdir(home);
    await rm(folder, { recursive: true });
  };
});

/** Lets this folder's commands find a cloud of this process. */
const goLive = async () => {
  const gateway = await startGateway({} as GatewayHandlers);
  onTestFinished(() => gateway.stop());
  const at = gateway.endpoint;
  const cloud = { endpoints: { s3: at, sqs: at, dynamodb: at, gateway: at }, outputs: { BucketName: "live" } };
  await registerCloud(cloud);
  return cloud;
};

/** The bucket of the stack that is reached. */
const reach = async (where: Parameters<typeof withReachableStack>[0]): Promise<string | undefined> => {
  let reached: Stack | undefined;
  await withReachableStack(where, signal, async (stack) => {
    reached = stack;
  });
  return reached?.outputs["BucketName"];
};

test("the one cloud that is up in this folder is reached", async () => {
  await goLive();
  expect(await reach({})).toBe("live");
});

test("where no cloud is up, the flags that name one are told", async () => {
  await expect(reach({})).rejects.toThrow(
    "expected a cloud that is up in this folder, there is none; --data names the folder of one, --stack a deployed stack",
  );
});

test("of several clouds the user must choose", async () => {
  const cloud = await goLive();
  await writeFile(join(".phase21", "clouds", "other.json"), JSON.stringify({ ...cloud, pid: process.ppid }));
  await expect(reach({})).rejects.toThrow(
    /expected one cloud .* processes \d+, \d+ are; --data names the folder of one/u,
  );
});

test("the cloud of a data folder is brought up where it is not", { timeout: 30_000 }, async () => {
  await mkdir("kept");
  expect(await reach({ data: "kept" })).toMatch(/bucket/u);
});

test("a data folder that does not exist is not made", async () => {
  await expect(reach({ data: "none" })).rejects.toThrow("--data none: expected the data folder of an earlier command");
});
