import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { ListObjectsV2Command } from "@aws-sdk/client-s3";

import { type OutputFile, outputFiles, runKeys } from "../domain/run-keys.ts";
import type { Stack } from "./stack.ts";

const save = async (stack: Stack, key: string, path: string): Promise<boolean> => {
  const body = await stack.objects.read(key);
  if (body === undefined) return false;
  await pipeline(Readable.from(body), createWriteStream(path));
  return true;
};

/** Copies a run's files (SPEC O1) into a folder, and outputs too large for their records into `outputs/` in it. Gives those that there are. */
export const downloadOutputs = async (
  stack: Stack,
  runId: string,
  directory: string,
): Promise<readonly OutputFile[]> => {
  await mkdir(directory, { recursive: true });
  const saved: OutputFile[] = [];
  for (const file of outputFiles) {
    if (await save(stack, runKeys(runId).output(file), join(directory, file))) saved.push(file);
  }
  await downloadTaskOutputs(stack, runId, directory);
  return saved;
};

const downloadTaskOutputs = async (stack: Stack, runId: string, directory: string): Promise<void> => {
  const prefix = `runs/${runId}/outputs/`;
  let token: string | undefined;
  do {
    const page = await stack.clients.s3.send(
      new ListObjectsV2Command({ Bucket: stack.outputs["BucketName"], Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key = "" } of page.Contents ?? []) {
      await mkdir(join(directory, "outputs"), { recursive: true });
      await save(stack, Key, join(directory, "outputs", Key.slice(prefix.length)));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
};
