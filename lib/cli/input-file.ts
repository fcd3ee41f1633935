import { open, readFile } from "node:fs/promises";

import { UsageError } from "./usage-error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "it may not be read",
  EPERM: "it may not be read",
  EISDIR: "it is a folder",
};

const unreadable = (path: string, error: unknown): UsageError => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new UsageError(`${path}: expected a file that can be read, but ${reasons[code] ?? message}`, { cause: error });
};

/** The text of a file that the user named. @throws UsageError when it cannot be read */
export const readInputText = async (path: string): Promise<string> => {
  try {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/u, "");
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** The bytes of a file that the user named, whatever they are. @throws UsageError when it cannot be read */
export const readInputBytes = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** A stream over a file that the user named. @throws UsageError when it cannot be read */
export const openInput = async (path: string): Promise<NodeJS.ReadableStream> => {
  try {
    const file = await open(path);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw Object.assign(new Error("EISDIR"), { code: "EISDIR" });
    }
    return file.createReadStream();
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** Opens a file that the user named, so that a wrong name is told at once. @throws UsageError when it cannot be read */
export const checkReadable = async (path: string): Promise<void> => {
  const stream = await openInput(path);
  (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
};
