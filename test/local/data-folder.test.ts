import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import { InvalidInputError } from "../../lib/domain/errors.ts";
import { claimDataFolder, DataFolderInUseError, readLiveCloud } from "../../lib/local/data-folder.ts";
import { type GatewayHandlers, startGateway } from "../../lib/local/gateway.ts";

let data: string;

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), "data-folder-"));
  data = join(parent, "data");
  return () => rm(parent, { recursive: true });
});

const claim = async () => {
  const folder = await claimDataFolder(data);
  onTestFinished(() => folder.release());
  return folder;
};

const readLock = async () => JSON.parse(await readFile(join(data, "lock.json"), "utf8")) as object;

/** A process that claims the folder and never gives it up. */
const claimElsewhere = async () => {
  const { href } = new URL("../../lib/local/data-folder.ts", import.meta.url);
  const code = `await (await import("${href}")).claimDataFolder(process.argv[1]);
    process.stdout.write("claimed"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
};

const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

describe("a data folder", () => {
  test("is created, and names the process that has it", async () => {
    await claim();
    expect(await readLock()).toEqual({ pid: process.pid, started_at: expect.stringMatching(/^\d{4}-.*Z$/u) });
  });

  test("is refused to a second process while the first one lives", async () => {
    const { pid } = await claimElsewhere();
    const refused = claimDataFolder(data);
    await expect(refused).rejects.toThrow(DataFolderInUseError);
    await expect(refused).rejects.toThrow(
      `--data ${data}: in use by process ${pid}, expected a folder that no other process uses`,
    );
  });

  test("is refused to the same process, too", async () => {
    await claim();
    await expect(claimDataFolder(data)).rejects.toThrow(`in use by process ${process.pid}`);
  });

  test("is refused by another name while its owner has not written who it is", async () => {
    await claim();
    await rm(join(data, "lock.json"));
    await expect(claimDataFolder(data)).rejects.toThrow("in use by another process");
  });

  test("is free again once its owner was killed", async () => {
    const child = await claimElsewhere();
    child.kill("SIGKILL");
    await once(child, "exit");
    await claim();
    expect(await readLock()).toMatchObject({ pid: process.pid });
  });

  test("is free although the id of its dead owner belongs to a living process by now", async () => {
    await (await claimDataFolder(data)).release();
    await writeFile(
      join(data, "lock.json"),
      JSON.stringify({ pid: process.pid, started_at: "2026-01-01T00:00:00.000Z" }),
    );
    await expect(claim()).resolves.toBeDefined();
  });

  test("that was given up is not given up again from under its next owner", async () => {
    const former = await claimDataFolder(data);
    await former.release();
    await claim();
    await former.release();
    expect(await readLock()).toMatchObject({ pid: process.pid });
  });

  test("keeps all but the name of its owner when it is given up", async () => {
    await (await claimDataFolder(data)).release();
    expect(await readdir(data)).toEqual(["lock.db"]);
  });

  test("that cannot be written is refused in one line", async () => {
    await writeFile(data, "a file");
    const refused = claimDataFolder(data);
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(`--data ${data}: expected a folder that can be written: EEXIST`);
  });
});

describe("a live cloud", () => {
  const publish = async (gateway: string) => {
    const cloud = {
      endpoints: { s3: "http://s3", sqs: "http://sqs", dynamodb: "http://dynamodb", gateway },
      outputs: { BucketName: "bucket" },
    };
    const folder = await claim();
    await folder.publish(cloud);
    return { folder, cloud };
  };

  const runningGateway = async () => {
    const gateway = await startGateway({} as GatewayHandlers);
    onTestFinished(() => gateway.stop());
    return gateway.endpoint;
  };

  test("is found by its folder", async () => {
    const { cloud } = await publish(await runningGateway());
    expect(await readLiveCloud(data)).toEqual({ pid: process.pid, ...cloud });
  });

  test("is none where the folder has never been used", async () => {
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none before it is up", async () => {
    await claim();
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none after it has stopped", async () => {
    const { folder } = await publish(await runningGateway());
    await folder.release();
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none where its process is dead", async () => {
    const { cloud } = await publish(await runningGateway());
    await writeFile(join(data, "lock.json"), JSON.stringify({ pid: deadPid(), ...cloud }));
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none where its process lives and nothing answers", async () => {
    const gateway = await startGateway({} as GatewayHandlers);
    await gateway.stop();
    await publish(gateway.endpoint);
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none where another server has taken over the port", async () => {
    const server = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    await publish(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await readLiveCloud(data)).toBeUndefined();
  });

  test("is none where a loss of power has emptied the file", async () => {
    await publish(await runningGateway());
    await writeFile(join(data, "lock.json"), "");
    expect(await readLiveCloud(data)).toBeUndefined();
  });
});
