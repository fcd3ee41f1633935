import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { LiveCloud } from "../local/data-folder.ts";

/** Clouds of the commands that were started in this folder, a file a process. */
const directory = join(".phase21", "clouds");

/** A gateway on loopback answers in milliseconds; one that is busy with a large run, in less than this. */
const ANSWER_LIMIT_MS = 5_000;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** The id of a dead process may be another's by now, so the gateway is asked too; any answer will do. */
const answers = async (gateway: string): Promise<boolean> => {
  try {
    await fetch(gateway, { method: "HEAD", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return true;
  } catch {
    return false;
  }
};

const readEntry = async (path: string): Promise<LiveCloud | undefined> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as LiveCloud;
  } catch {
    // Its process has removed it meanwhile, or left something else behind.
    return undefined;
  }
};

/** The embedded clouds that run for commands of this folder; what dead processes left behind is cleared away. */
export const listLiveClouds = async (): Promise<readonly LiveCloud[]> => {
  const names = await readdir(directory).catch(() => []);
  const clouds: LiveCloud[] = [];
  for (const name of names.filter((file) => file.endsWith(".json"))) {
    const path = join(directory, name);
    const cloud = await readEntry(path);
    if (cloud === undefined || !isAlive(cloud.pid)) await rm(path, { force: true });
    else if (await answers(cloud.endpoints.gateway)) clouds.push(cloud);
  }
  return clouds;
};

/** Lets other commands of this folder find this process's cloud, until what it gives is called. */
export const registerCloud = async (cloud: Omit<LiveCloud, "pid">): Promise<() => Promise<void>> => {
  const path = join(directory, `${process.pid}.json`);
  await mkdir(directory, { recursive: true });
  // What is renamed into place is never read half-written.
  await writeFile(`${path}.part`, JSON.stringify({ ...cloud, pid: process.pid }));
  await rename(`${path}.part`, path);
  return () => rm(path, { force: true });
};
