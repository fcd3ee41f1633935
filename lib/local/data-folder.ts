import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { InvalidInputError, Phase21Error } from "../domain/errors.ts";
import type { CloudEndpoints } from "./clients.ts";
import { makeFolder } from "./make-folder.ts";

/** Thrown when another embedded cloud keeps its state in the folder; one line names the folder and the process. */
export class DataFolderInUseError extends Phase21Error {
  override readonly name = "Phase21.DataFolderInUse";
  override readonly retryable = false;
}

/** How another process finds the embedded cloud that keeps its state in a folder. */
export interface LiveCloud {
  readonly pid: number;
  readonly endpoints: CloudEndpoints;
  /** The outputs of the stack, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** A folder that belongs to this process until it is released. */
export interface DataFolder {
  /** Tells other processes where the cloud answers. */
  publish(cloud: Omit<LiveCloud, "pid">): Promise<void>;
  /** Gives the folder up. What it holds stays. */
  release(): Promise<void>;
}

/** What lock.json says: who has the folder and, once the cloud is up, where it answers. */
type Owner = Pick<LiveCloud, "pid"> & Partial<LiveCloud> & { readonly started_at: string };

/** How long a cloud may take to answer before it counts as gone; a busy one takes a second now and then. */
const ANSWER_WITHIN_MS = 5_000;

/** A process that was just killed holds its lock a moment longer. */
const LOCK_WITHIN_MS = 500;

/** SQLite's code of a lock that somebody else holds. */
const SQLITE_BUSY = 5;

/** A database that nothing refers to is collected, and its lock goes with it. */
const held = new Set<DatabaseSync>();

/**
 * Takes the folder for this process and creates it where it is not there. The operating system holds the lock and drops it with
 * the process, however that ends; a process id alone would not do, because the next process in a container often has the same one.
 *
 * @throws DataFolderInUseError while another cloud has the folder
 * @throws InvalidInputError when the folder cannot be written
 */
export const claimDataFolder = async (data: string): Promise<DataFolder> => {
  const lock = await openLock(data);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { readonly errcode?: number }).errcode !== SQLITE_BUSY) throw notWritable(data, error);
    const owner = await readOwner(data);
    const who = owner === undefined ? "another process" : `process ${owner.pid}`;
    throw new DataFolderInUseError(`--data ${data}: in use by ${who}, expected a folder that no other process uses`, {
      cause: error,
    });
  }
  const owner: Owner = { pid: process.pid, started_at: new Date().toISOString() };
  held.add(lock);
  const release = async () => {
    if (!held.delete(lock)) return;
    await rm(ownerPath(data), { force: true });
    lock.close();
  };
  try {
    await writeOwner(data, owner);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    publish: (cloud) => writeOwner(data, { ...owner, ...cloud }),
    release,
  };
};

/** Gives the cloud that keeps its state in the folder, or undefined where none is up: its process lives, and its gateway answers. */
export const readLiveCloud = async (data: string): Promise<LiveCloud | undefined> => {
  const owner = await readOwner(data);
  if (owner?.endpoints === undefined || owner.outputs === undefined) return undefined;
  const cloud = { pid: owner.pid, endpoints: owner.endpoints, outputs: owner.outputs };
  return (await checkLife(cloud)) === "UP" ? cloud : undefined;
};

/** Tells whether a cloud is up. A silent one may be too busy to answer, or its process's id may be another's by now. */
export const checkLife = async ({ pid, endpoints }: LiveCloud): Promise<"UP" | "SILENT" | "DEAD"> => {
  if (!isAlive(pid)) return "DEAD";
  return (await answers(endpoints.gateway)) ? "UP" : "SILENT";
};

const ownerPath = (data: string): string => join(data, "lock.json");

const openLock = async (data: string): Promise<DatabaseSync> => {
  try {
    await makeFolder(data);
    // Loaded only here: on Node 22 it prints a warning.
    const sqlite = await import("node:sqlite");
    return new sqlite.DatabaseSync(join(data, "lock.db"), { timeout: LOCK_WITHIN_MS });
  } catch (error) {
    throw notWritable(data, error);
  }
};

const notWritable = (data: string, cause: unknown): InvalidInputError =>
  new InvalidInputError(`--data ${data}: expected a folder that can be written: ${(cause as Error).message}`, {
    cause,
  });

/** Whole or not at all, whoever reads it and whenever this process dies. */
const writeOwner = async (data: string, owner: Owner): Promise<void> => {
  const draft = `${ownerPath(data)}.draft`;
  try {
    await writeFile(draft, `${JSON.stringify(owner, null, 2)}\n`);
    await rename(draft, ownerPath(data));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw notWritable(data, error);
  }
};

/** Undefined too for what a loss of power left of the file. */
const readOwner = async (data: string): Promise<Owner | undefined> => {
  try {
    return JSON.parse(await readFile(ownerPath(data), "utf8")) as Owner;
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Every answer of a gateway has a request id, whatever it says; another server that took over the port has none. */
const answers = async (gateway: string): Promise<boolean> => {
  try {
    const response = await fetch(gateway, { method: "HEAD", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return response.headers.has("x-amzn-requestid");
  } catch {
    return false;
  }
};
