import { statfsSync } from "node:fs";

import { Phase21Error } from "../domain/errors.ts";

/** Thrown when the embedded cloud's services broke down and took it with them, such as on a full disk; one line says of what. */
export class BreakdownError extends Phase21Error {
  override readonly name = "Phase21.Breakdown";
  override readonly retryable = false;
}

/** What LevelDB, SQLite and the system say of a full disk. */
const fullDisk = /no space left|disk is full|ENOSPC/iu;

/** Less than this is as good as none: what a full disk makes of a database is often some other error. */
const LEAST_BYTES = 256 * 1024;

const isFull = (directory: string): boolean => {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < LEAST_BYTES;
  } catch {
    return false;
  }
};

/** Says of an emulator's error what it means to whoever named the folder; without one they keep everything in memory. */
export const toBreakdownError = (cause: Error, dataDirectory: string | undefined): BreakdownError => {
  const { message } = cause;
  if (dataDirectory === undefined) return new BreakdownError(`the embedded cloud broke down: ${message}`, { cause });
  const problem = fullDisk.test(message) || isFull(dataDirectory) ? "no space left" : "it cannot be used";
  return new BreakdownError(`the data folder ${dataDirectory}: ${problem}, what it holds is kept: ${message}`, {
    cause,
  });
};
