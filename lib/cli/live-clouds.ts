import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { checkLife, type LiveCloud } from "../local/data-folder.ts";

/** Clouds of the commands that were started in this folder, a file a process. */
const directory = join(".phase21", "clouds");

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
    const life = cloud === undefined ? "DEAD" : await checkLife(cloud);
    if (life === "DEAD") await rm(path, { force: true });
    if (cloud !== undefined && life === "UP") clouds.push(cloud);
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
