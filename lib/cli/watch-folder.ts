import { readdir, rename, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

import { makeFolder } from "../local/make-folder.ts";
import type { InputFolder } from "./upload-folder.ts";

/** What somebody dropped into a watched folder. */
export interface Drop {
  /** Of the file or sub-folder. */
  readonly entry: string;
  readonly files: InputFolder;
  /** @throws Error once a file is not what it was when the drop was found quiet */
  readonly checkUnchanged: () => Promise<void>;
}

/** A drop as a look finds it, and what changes as long as somebody still writes it. */
interface SeenDrop extends Pick<Drop, "entry" | "files"> {
  readonly state: string;
}

export interface WatchedFolder {
  readonly directory: string;
  /** Uploads a drop; what it throws sets the drop aside, unless the drop changed meanwhile. */
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

const reasonOf = (error: unknown): string => (error as Error).message.replaceAll(/\s*\n\s*/gu, " ");

/** Moves an entry to a sub-folder for what is done with, and gives its path there. */
const moveTo = async (directory: string, subfolder: keyof typeof subfolders, entry: string): Promise<string> => {
  const folder = join(directory, subfolder);
  await makeFolder(folder);
  const path = await freePath(folder, entry);
  await rename(join(directory, entry), path);
  return path;
};

/** Takes a quiet drop and moves it away. Gives whether it is done with; one that could not be moved would come again and again. */
const settle = async ({ directory, take, say, signal }: WatchedFolder, seen: SeenDrop): Promise<boolean> => {
  const { entry, files, state } = seen;
  const checkUnchanged = async (): Promise<void> => {
    if ((await readDrop(directory, entry))?.state !== state) throw new Error(`${entry} changed while it was read`);
  };
  const fault = await take({ entry, files, checkUnchanged }).then(() => undefined, reasonOf);
  if (fault !== undefined && signal.aborted) return true;
  const now = await readDrop(directory, entry);
  // Who put it there took it away.
  if (now === undefined) return true;
  if (now.state !== state) {
    say(`${entry} changed while it was taken: it stays where it is, and is taken again when it is quiet`);
    return true;
  }
  try {
    const path = await moveTo(directory, fault === undefined ? "taken" : "failed", entry);
    if (fault === undefined) return true;
    say(`${entry} failed: ${fault}; it is in ${path}`);
    await writeFile(`${path}.error`, `${fault}\n`);
    return true;
  } catch (error) {
    if (!(await exists(join(directory, entry)))) return true;
    const outcome = fault === undefined ? "was taken" : `failed: ${fault}`;
    say(`${entry} ${outcome}; it stays where it is, because it cannot be moved: ${reasonOf(error)}`);
    return false;
  }
};

/** Lists a folder, and says once when it cannot be read, and once when it can again. */
const createLister = ({ directory, say, signal }: WatchedFolder): (() => Promise<readonly string[]>) => {
  let isReadable = true;
  return async () => {
    try {
      const entries = (await readdir(directory)).toSorted();
      if (!isReadable) say(`${directory} can be read again`);
      isReadable = true;
      return entries;
    } catch (error) {
      if (isReadable && !signal.aborted) {
        say(`${directory} cannot be read, and nothing is taken until it can: ${reasonOf(error)}`);
      }
      isReadable = false;
      return [];
    }
  };
};

/**
 * Watches a folder for predictions: each call of the function it gives looks once, and takes what has not changed since the look before.
 * What was taken is moved to `taken/`; what could not be is moved to `failed/`, with the reason beside it. A look never throws: what
 * stands in its way is said once, and the other entries, and the runs under way, go on.
 */
export const watchFolder = (watched: WatchedFolder): (() => Promise<void>) => {
  const { directory, say, signal } = watched;
  const list = createLister(watched);
  let before = new Map<string, string>();
  /** What stays in the folder, by its state, or by the reason for which that is not known. */
  let left = new Map<string, string>();
  return async () => {
    const now = new Map<string, string>();
    const stays = new Map<string, string>();
    for (const entry of await list()) {
      if (signal.aborted) return;
      try {
        const drop = await readDrop(directory, entry);
        if (drop === undefined) continue;
        if (left.get(entry) === drop.state) stays.set(entry, drop.state);
        else if (before.get(entry) !== drop.state) now.set(entry, drop.state);
        else if (!(await settle(watched, drop))) stays.set(entry, drop.state);
      } catch (error) {
        const reason = reasonOf(error);
        if (left.get(entry) !== reason) say(`${entry} cannot be taken, and stays where it is: ${reason}`);
        stays.set(entry, reason);
      }
    }
    before = now;
    left = stays;
  };
};
