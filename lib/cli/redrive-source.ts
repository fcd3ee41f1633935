import { HeadObjectCommand, ListObjectVersionsCommand, NotFound } from "@aws-sdk/client-s3";

import { runIdFor } from "../domain/run-id.ts";
import type { RunItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import { describeRun } from "./execution-status.ts";
import { openInput } from "./input-file.ts";
import type { RedriveSource } from "./redrive-lines.ts";
import type { Stack } from "./stack.ts";
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

/** What the bucket says of an object as it is now; undefined where there is none. */
const headOf = async ({ clients, outputs }: Stack, key: string) => {
  try {
    return await clients.s3.send(new HeadObjectCommand({ Bucket: outputs["BucketName"] ?? "", Key: key }));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

const replaced = (runId: string, key: string): UsageError =>
  new UsageError(
    `run ${runId}: expected ${key} as the run read it, but it was replaced since; give the files again with --predictions`,
  );

const isYounger = (object: { readonly LastModified?: Date | undefined } | undefined, run: RunItem): boolean =>
  (object?.LastModified?.getTime() ?? 0) > Date.parse(run.started_at);

/**
 * Without versions, predictions must still be what the run read: a run of the inbox is named after its object and its folder after what
 * is in it; what runs by the clock stays under one key, so that its age tells.
 */
const checkUnchanged = async (stack: Stack, run: RunItem, schedule: string): Promise<void> => {
  const { key } = run.input;
  const object = await headOf(stack, key);
  if (key.startsWith("standing/")) {
    if (isYounger(object, run)) throw replaced(run.run_id, key);
    if (isYounger(await headOf(stack, schedule), run)) throw replaced(run.run_id, schedule);
    return;
  }
  const bucket = stack.outputs["BucketName"] ?? "";
  const version = object?.ETag?.replaceAll('"', "") ?? "";
  if (object !== undefined && runIdFor({ bucket, key, version }) !== run.run_id) throw replaced(run.run_id, key);
};

/** The version of an object that was the current one when the run started; undefined where there was none. */
const versionAtStart = async ({ clients, outputs }: Stack, key: string, run: RunItem): Promise<string | undefined> => {
  const { Versions = [] } = await clients.s3.send(
    new ListObjectVersionsCommand({ Bucket: outputs["BucketName"] ?? "", Prefix: key }),
  );
  // S3 lists the versions of a key from the newest to the oldest.
  return Versions.find((version) => version.Key === key && !isYounger(version, run))?.VersionId;
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
  const { objects } = stack;
  const { key, version_id: version } = run.input;
  const schedule = `${key.slice(0, key.lastIndexOf("/"))}/schedule.jsonl`;
  if (version === undefined) await checkUnchanged(stack, run, schedule);
  const resultsKey = runKeys(runId).output("results.jsonl");
  const need = async (name: string, versionId?: string) => {
    const body = await objects.read(name, versionId);
    if (body === undefined) throw new UsageError(`run ${runId}: expected ${name} in ${place}, it is not there`);
    return body;
  };
  return {
    predictions: () => need(key, version),
    schedule: async () => {
      if (version === undefined) return objects.read(schedule);
      const scheduleVersion = await versionAtStart(stack, schedule, run);
      return scheduleVersion === undefined ? undefined : objects.read(schedule, scheduleVersion);
    },
    results: () => need(resultsKey),
    resultsName: resultsKey,
    configText: JSON.stringify(run.config),
  };
};
