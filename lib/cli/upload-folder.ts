import { basename } from "node:path";
import type { Readable } from "node:stream";

import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { parseRunConfig } from "../domain/config-file.ts";
import type { JsonObject } from "../domain/json.ts";
import { runIdFor } from "../domain/run-id.ts";
import type { Stack } from "./embedded.ts";
import { checkReadable, openInput, readInputText } from "./input-file.ts";

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

/**
 * Puts files into a folder of the bucket, such as `inbox/nightly`, as all that is in it, the predictions last because they may start a
 * run. Where no configuration names a fleet, it is the one given. Gives the id of the run that an upload to the inbox starts.
 *
 * @throws UsageError when a file cannot be read, InvalidInputError when config.json breaks its schema
 */
export const uploadFolder = async (
  { clients: { s3 }, outputs }: Pick<Stack, "clients" | "outputs">,
  folder: string,
  { predictions, schedule, config }: InputFolder,
  fleet: string,
): Promise<string> => {
  const Bucket = outputs["BucketName"] ?? "";
  const put = (name: string, Body: string | Readable) =>
    new Upload({ client: s3, params: { Bucket, Key: `${folder}/${name}`, Body }, partSize: 8 * 1024 * 1024 }).done();
  const configText = await configOf(config, fleet);
  await checkReadable(predictions);
  await put("config.json", configText);
  if (schedule === undefined) await s3.send(new DeleteObjectCommand({ Bucket, Key: `${folder}/schedule.jsonl` }));
  else await put("schedule.jsonl", (await openInput(schedule)) as Readable);
  const { ETag = "", VersionId } = await put("predictions.jsonl", (await openInput(predictions)) as Readable);
  return runIdFor({
    bucket: Bucket,
    key: `${folder}/predictions.jsonl`,
    version: VersionId ?? ETag.replaceAll('"', ""),
  });
};
