import { readdir, rename, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

import { makeFolder } from "../local/make-folder.ts";
import { folderName, type InputFolder } from "./upload-folder.ts";

/** What somebody dropped into a watched folder. */
export interface Drop {
  /** Of the file or sub-folder. */
  readonly entry: string;
  readonly files: InputFolder;
}

/** A drop, and what changes as long as somebody still writes it. */
interface SeenDrop extends Drop {
  readonly state: string;
}

export interface WatchedFolder {
  readonly directory: string;
  /** Uploads a drop; what it throws sets the drop aside. */
  readonly take: (drop: Drop) => Promise<void>;
  readonly say: (line: string) => void;
  /** Once it is aborted nothing is set aside any more: a fault then comes from the end. */
  readonly signal: AbortSignal;
}

const subfolders = { taken: "taken", failed: "failed" } as const;

/** Size and time of the last change; undefined where there is no such file. */
const stateOf = async (path: string): Promise<string | undefined> => {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
};

/** A `*.jsonl` file, or a sub-folder with predictions.jsonl and what stands beside it; undefined for what is neither. */
const readDrop = async (directory: string, entry: string): Promise<SeenDrop | undefined> => {
  if (entry.startsWith(".") || Object.hasOwn(subfolders, entry)) return undefined;
  const path = join(directory, entry);
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) {
    const state = extname(entry) === ".jsonl" ? await stateOf(path) : undefined;
    return state === undefined ? undefined : { entry, files: { predictions: path }, state };
  }
  const [predictions, schedule, config] = [
    join(path, "predictions.jsonl"),
    join(path, "schedule.jsonl"),
    join(path, "config.json"),
  ] as const;
  const [first, second, third] = await Promise.all([predictions, schedule, config].map(stateOf));
  if (first === undefined) return undefined;
  return {
    entry,
    files: { predictions, ...(second !== undefined && { schedule }), ...(third !== undefined && { config }) },
    state: [first, second, third].join(),
  };
};

const exists = async (path: string): Promise<boolean> => (await stateOf(path)) !== undefined;

/** A path for an entry in a folder, with a number where its name is taken. */
const freePath = async (folder: string, entry: string): Promise<string> => {
  const extension = extname(entry);
  const stem = entry.slice(0, entry.length - extension.length);
  for (let n = 1; ; n += 1) {
    const path = join(folder, n === 1 ? entry : `${stem}-${n}${extension}`);
    if (!(await exists(path))) return path;
  }
};

/**
 * Watches a folder for predictions: each call of the function it gives looks once, and takes what has not changed since the look before.
 * What was taken is moved to `taken/`; what could not be is moved to `failed/`, with the reason beside it.
 */
export const watchFolder = ({ directory, take, say, signal }: WatchedFolder): (() => Promise<void>) => {
  let before = new Map<string, string>();
  const moveTo = async (subfolder: keyof typeof subfolders, entry: string): Promise<string> => {
    const folder = join(directory, subfolder);
    await makeFolder(folder);
    const path = await freePath(folder, entry);
    await rename(join(directory, entry), path);
    return path;
  };
  const settle = async (drop: Drop): Promise<void> => {
    try {
      await take(drop);
    } catch (error) {
      if (signal.aborted) return;
      const reason = (error as Error).message.replaceAll(/\s*\n\s*/gu, " ");
      const path = await moveTo("failed", drop.entry);
      await writeFile(`${path}.error`, `${reason}\n`);
      say(`${drop.entry} failed: ${reason}; it is in ${path}`);
      return;
    }
    await moveTo("taken", drop.entry);
  };
  return async () => {
    const now = new Map<string, string>();
    for (const entry of (await readdir(directory)).toSorted()) {
      const drop = await readDrop(directory, entry);
      if (drop === undefined || signal.aborted) continue;
      if (before.get(entry) === drop.state) await settle(drop);
      else now.set(entry, drop.state);
    }
    before = now;
  };
};

/** The folder of the inbox that a drop goes to. */
export const inboxFolderOf = ({ entry }: Drop): string => `inbox/${folderName(entry)}`;
