import { truncateSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { JsonObject } from "../domain/json.ts";
import {
  type EndedExecution,
  type ExecutionStart,
  JournalFile,
  replacementSuffix,
  toJournalError,
} from "./journal-file.ts";
import { type LineExtent, readLines } from "./line-extents.ts";

/** The journals in a directory. */
export interface Journals {
  /** Executions that had ended when the directory was opened. */
  readonly ended: readonly { readonly start: ExecutionStart; readonly end: EndedExecution }[];
  /** Executions that were cut off, the one that was started first in front. */
  readonly unfinished: readonly { readonly start: ExecutionStart; readonly journal: JournalFile }[];
  /** Keeps the start of a new execution. @throws {JournalError} */
  begin(start: ExecutionStart): JournalFile;
}

const suffix = ".jsonl";

const parseObject = (text: string): JsonObject => {
  try {
    return (JSON.parse(text) ?? {}) as JsonObject;
  } catch {
    return {};
  }
};

/** @throws where it is none: the file is somebody else's */
const parseStart = (text: string): ExecutionStart => {
  const { startDate, ...more } = parseObject(text);
  if (typeof startDate !== "string" || typeof more["name"] !== "string")
    throw new Error("its first line is not the start of an execution");
  return { ...more, startDate: new Date(startDate) } as unknown as ExecutionStart;
};

interface Contents {
  readonly start: ExecutionStart | undefined;
  readonly end: EndedExecution | undefined;
  readonly extents: ReadonlyMap<string, LineExtent>;
  /** Bytes up to the first line that is torn or no line of a journal. */
  readonly bytes: number;
}

const readContents = async (file: string): Promise<Contents> => {
  const extents = new Map<string, LineExtent>();
  let start: ExecutionStart | undefined;
  let end: EndedExecution | undefined;
  let size = 0;
  for await (const { text, position, bytes } of readLines(file)) {
    if (start === undefined) start = parseStart(text);
    else {
      const { path, stopDate, ...more } = parseObject(text);
      if (typeof stopDate === "string") end = { ...more, stopDate: new Date(stopDate) } as unknown as EndedExecution;
      else if (typeof path === "string") extents.set(path, { position, bytes });
      // What stands behind a spoilt line is done again, which is always right.
      else break;
    }
    size = position + bytes + 1;
  }
  return { start, end, extents, bytes: size };
};

/**
 * Opens the journals of a directory, which is made where it is missing; torn ends of files are cut off. Nobody else may use the
 * directory meanwhile.
 * @throws {JournalError} where a file cannot be read, or is no journal
 */
export const openJournals = async (directory: string): Promise<Journals> => {
  await mkdir(directory, { recursive: true });
  const ended: Journals["ended"][number][] = [];
  const unfinished: Journals["unfinished"][number][] = [];
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    // Left over by a process that was killed as it wrote an end.
    if (name.endsWith(suffix + replacementSuffix)) await rm(file);
    if (!name.endsWith(suffix)) continue;
    try {
      const { start, end, extents, bytes } = await readContents(file);
      // Whoever asked for a start that was never whole got no answer.
      if (start === undefined) await rm(file);
      else if (end !== undefined) ended.push({ start, end });
      else {
        truncateSync(file, bytes);
        unfinished.push({ start, journal: new JournalFile(file, start, extents) });
      }
    } catch (error) {
      throw toJournalError(file, "open it", error);
    }
  }
  unfinished.sort((one, other) => one.start.startDate.getTime() - other.start.startDate.getTime());
  return {
    ended,
    unfinished,
    begin: (start) => JournalFile.create(join(directory, `${start.name}${suffix}`), start),
  };
};
