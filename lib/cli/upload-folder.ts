import { createHash } from "node:crypto";
import { basename } from "node:path";
import { Readable } from "node:stream";

import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput, NotFound } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { parseRunConfig } from "../domain/config-file.ts";
import type { JsonObject } from "../domain/json.ts";
import type { FleetStore } from "../domain/ports.ts";
import { runIdFor } from "../domain/run-id.ts";
import { inboxKeys } from "../domain/run-keys.ts";
import { checkReadable, openInput, readInputText } from "./input-file.ts";
import type { Stack } from "./stack.ts";

/** The files of a run; paths of this machine. */
export interface InputFolder {
  readonly predictions: string;
  readonly schedule?: string;
  readonly config?: string;
}

/** The name of a folder of the bucket for a file or folder of this machine: one that a stack's parameter takes, too. */
export const folderName = (path: string): string =>
  basename(path)
    .replace(/\.[^.]*$/u, "")
    .replaceAll(/[^A-Za-z0-9_-]+/gu, "-");

/** @throws InvalidInputError when the file breaks the schema of config.json */
const configOf = async (path: string | undefined, fleet: string): Promise<string> => {
  if (path === undefined) return JSON.stringify({ fleet });
  const text = await readInputText(path);
  parseRunConfig(text, path);
  return JSON.stringify({ fleet, ...(JSON.parse(text) as JsonObject) });
};

type Cloud = Pick<Stack, "clients" | "outputs">;

const bucketOf = ({ outputs }: Cloud): string => outputs["BucketName"] ?? "";

const put = (cloud: Cloud, Key: string, Body: string | Readable) =>
  new Upload({
    client: cloud.clients.s3,
    params: { Bucket: bucketOf(cloud), Key, Body },
    partSize: 8 * 1024 * 1024,
  }).done();

/**
 * Puts files into a folder of the bucket that is always the same, such as `standing/nightly`, as all that is in it. Where no
 * configuration names a fleet, it is the one given.
 *
 * @throws UsageError when a file cannot be read, InvalidInputError when config.json breaks its schema
 */
export const uploadFolder = async (
  cloud: Cloud,
  folder: string,
  { predictions, schedule, config }: InputFolder,
  fleet: string,
): Promise<void> => {
  const configText = await configOf(config, fleet);
  await checkReadable(predictions);
  await put(cloud, `${folder}/config.json`, configText);
  const Key = `${folder}/schedule.jsonl`;
  if (schedule === undefined) await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: bucketOf(cloud), Key }));
  else await put(cloud, Key, (await openInput(schedule)) as Readable);
  await put(cloud, `${folder}/predictions.jsonl`, (await openInput(predictions)) as Readable);
};

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of await openInput(path)) hash.update(chunk);
  return hash.digest("hex");
};

/** The bytes of a file. Fails at their end, before an object is made of them, where they are not those that were hashed. */
const openHashed = (path: string, expected: string, checkUnchanged: () => Promise<void>): Readable =>
  Readable.from(
    (async function* () {
      const hash = createHash("sha256");
      for await (const chunk of await openInput(path)) {
        hash.update(chunk);
        yield chunk;
      }
      await checkUnchanged();
      if (hash.digest("hex") !== expected) throw new Error(`${path} changed while it was read`);
    })(),
  );

/** What the owner of a fleet decided of it, whatever became of it since. */
const fleetText = async (store: Pick<FleetStore, "read">, configText: string): Promise<string> => {
  const { agents } = await store.read(parseRunConfig(configText, "config.json").fleet, Date.now());
  return JSON.stringify(
    agents.map(({ id, capabilities, capacity, confidence, rate_limit_per_second: rate, endpoint }) => [
      id,
      capabilities,
      capacity,
      confidence,
      rate,
      endpoint,
    ]),
  );
};

const idOf = (
  cloud: Cloud,
  key: string,
  { VersionId, ETag = "" }: Pick<HeadObjectCommandOutput, "VersionId" | "ETag">,
): string => runIdFor({ bucket: bucketOf(cloud), key, version: VersionId ?? ETag.replaceAll('"', "") });

/** The id of the run that the object starts; undefined where there is no object. */
const findRunId = async (cloud: Cloud, key: string): Promise<string | undefined> => {
  try {
    return idOf(cloud, key, await cloud.clients.s3.send(new HeadObjectCommand({ Bucket: bucketOf(cloud), Key: key })));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

/** Files for the inbox. */
export interface NamedInput {
  /** Path of the file or folder that they are called by. */
  readonly name: string;
  readonly files: InputFolder;
  /** The fleet where no configuration names one. */
  readonly fleet: string;
  /** Called when the last byte is read, before the run can start. @throws Error where the files are no longer the same */
  readonly checkUnchanged: () => Promise<void>;
}

/** The run that files in the inbox start. */
export interface StartedRun {
  readonly runId: string;
  /** False where the same content stood in the inbox already. */
  readonly isNew: boolean;
}

/**
 * Puts files into the folder of the inbox that bears their name and a hash of all that the run is made of, which starts it: other content
 * never overwrites what a run still reads, and the same content is the same run, which is not started again.
 *
 * @throws UsageError when a file cannot be read, InvalidInputError when config.json breaks its schema, Error when a file changes while
 * it is read; then no run starts
 */
export const uploadNamed = async (
  cloud: Cloud & { readonly fleet: Pick<FleetStore, "read"> },
  { name, files: { predictions, schedule, config }, fleet, checkUnchanged }: NamedInput,
): Promise<StartedRun> => {
  const configText = await configOf(config, fleet);
  const predictionsHash = await hashOf(predictions);
  const scheduleHash = schedule === undefined ? undefined : await hashOf(schedule);
  const parts = [predictionsHash, scheduleHash, configText, await fleetText(cloud.fleet, configText)];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const keys = inboxKeys(`${folderName(name).slice(0, 27)}-${hash.slice(0, 12)}`);
  await checkUnchanged();
  const known = await findRunId(cloud, keys.predictions);
  if (known !== undefined) return { runId: known, isNew: false };
  await put(cloud, keys.config, configText);
  if (schedule !== undefined && scheduleHash !== undefined) {
    await put(cloud, keys.schedule, openHashed(schedule, scheduleHash, checkUnchanged));
  }
  const object = await put(cloud, keys.predictions, openHashed(predictions, predictionsHash, checkUnchanged));
  return { runId: idOf(cloud, keys.predictions, object), isNew: true };
};
