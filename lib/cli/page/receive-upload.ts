import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import type { Stack } from "../stack.ts";
import { type StartedRun, uploadNamed } from "../upload-folder.ts";

/** Why an upload is not taken; `status` is the one of the answer. */
export class UploadRefused extends Error {
  override readonly name = "UploadRefused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface UploadTarget {
  readonly stack: Pick<Stack, "clients" | "outputs" | "fleet">;
  /** Name of the fleet that runs it. */
  readonly fleet: string;
  /** Largest file that is taken. */
  readonly maxBytes: number;
}

/** The name that the browser gave the file, without the folders that it may claim. */
const nameOf = ({ headers }: IncomingMessage): string => {
  const given = headers["x-file-name"];
  let name: string;
  try {
    name = decodeURIComponent(typeof given === "string" ? given : "").replace(/^.*[/\\]/su, "");
  } catch {
    throw new UploadRefused(400, "x-file-name: expected a percent-encoded name");
  }
  if (!/.\.jsonl$/iu.test(name))
    throw new UploadRefused(415, `expected a .jsonl file, received "${name.slice(0, 100)}"`);
  return name;
};

const tooLarge = (maxBytes: number): UploadRefused =>
  new UploadRefused(413, `expected a file of ${Math.floor(maxBytes / 1024 / 1024)} MiB at the most`);

/** Writes the body to a file. */
const spool = async (request: IncomingMessage, path: string, maxBytes: number): Promise<void> => {
  let bytes = 0;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  };
  await pipeline(request, count, createWriteStream(path));
  if (bytes === 0) throw new UploadRefused(400, "expected a file with tasks, received an empty one");
};

/**
 * Takes an uploaded predictions file into the inbox, and gives the run that it starts. The same file is the same run, however often it
 * is sent.
 *
 * @throws UploadRefused for a file that is not taken
 */
export const receiveUpload = async (
  request: IncomingMessage,
  { stack, fleet, maxBytes }: UploadTarget,
): Promise<StartedRun> => {
  const name = nameOf(request);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const folder = await mkdtemp(join(tmpdir(), "phase21-upload-"));
  try {
    const predictions = join(folder, "predictions.jsonl");
    await spool(request, predictions, maxBytes);
    // Nobody else knows of the copy.
    return await uploadNamed(stack, { name, files: { predictions }, fleet, checkUnchanged: async () => {} });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
