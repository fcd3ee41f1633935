import { HeadObjectCommand } from "@aws-sdk/client-s3";

import { runIdFor } from "../domain/run-id.ts";
import type { RunInput, RunItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { Stack } from "./embedded.ts";
import { describeRun } from "./execution-status.ts";
import { openInput } from "./input-file.ts";
import type { RedriveSource } from "./redrive-lines.ts";
import { UsageError } from "./usage-error.ts";

/** A run's files as they stand on this machine. */
export const sourceFromFiles = (files: {
  readonly predictions: string;
  readonly schedule: string | undefined;
  readonly results: string;
}): RedriveSource => {
  const open = async (path: string) => (await openInput(path)) as AsyncIterable<Buffer> & NodeJS.ReadableStream;
  return {
    predictions: () => open(files.predictions),
    schedule: async () => (files.schedule === undefined ? undefined : open(files.schedule)),
    results: () => open(files.results),
    resultsName: files.results,
  };
};

const checkEnded = async (stack: Stack, runId: string): Promise<void> => {
  const status = (await describeRun(stack, runId))?.status;
  if (status === "RUNNING") {
    throw new UsageError(`run ${runId}: expected a run that has ended, but it is under way; resume goes on with it`);
  }
};

/** An inbox without versions forgets what is overwritten: then the object's run is another one by now. */
const checkUnchanged = async (
  { clients, outputs }: Stack,
  runId: string,
  { key, version_id: version }: RunInput,
): Promise<void> => {
  if (version !== undefined) return;
  const bucket = outputs["BucketName"] ?? "";
  const { ETag = "" } = await clients.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  if (runIdFor({ bucket, key, version: ETag.replaceAll('"', "") }) === runId) return;
  throw new UsageError(
    `run ${runId}: expected its predictions in ${key}, but they were overwritten; give them again with --predictions`,
  );
};

/**
 * A run's files as its cloud keeps them, with the text of its configuration. `place` names the cloud for messages.
 *
 * @throws UsageError when the cloud does not have the run, or not all of its files
 */
export const sourceFromCloud = async (
  stack: Stack,
  runId: string,
  place: string,
): Promise<RedriveSource & { readonly configText: string }> => {
  const run = await stack.runs.read(runId);
  if (run === undefined) throw new UsageError(`run ${runId}: expected a run that ${place} knows`);
  await checkEnded(stack, runId);
  // What broke off before it was planned has an item that says why, and nothing else.
  if ((run as Partial<RunItem>).input === undefined)
    throw new UsageError(`run ${runId}: expected a run that was planned, this one failed before; run its file again`);
  await checkUnchanged(stack, runId, run.input);
  const { objects } = stack;
  const { key, version_id: version } = run.input;
  const schedule = `${key.slice(0, key.lastIndexOf("/"))}/schedule.jsonl`;
  const resultsKey = runKeys(runId).output("results.jsonl");
  const need = async (name: string, versionId?: string) => {
    const body = await objects.read(name, versionId);
    if (body === undefined) throw new UsageError(`run ${runId}: expected ${name} in ${place}, it is not there`);
    return body;
  };
  return {
    predictions: () => need(key, version),
    schedule: () => objects.read(schedule),
    results: () => need(resultsKey),
    resultsName: resultsKey,
    configText: JSON.stringify(run.config),
  };
};
