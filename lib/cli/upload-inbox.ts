import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Readable } from "node:stream";

import { Upload } from "@aws-sdk/lib-storage";

import { inboxKeys } from "../domain/run-keys.ts";
import { runIdFor } from "../domain/run-id.ts";
import { openInput } from "./input-file.ts";
import type { Stack } from "./stack.ts";

/** What a run is started with. */
export interface InboxFiles {
  /** Path of the predictions; they are streamed. */
  readonly predictions: string;
  /** As its file holds it: a line that is not UTF-8 is rejected, not repaired. */
  readonly schedule?: Uint8Array;
  /** The effective configuration, JSON. */
  readonly configText: string;
  /** The fleet, JSON; part of the name only. */
  readonly fleetText: string;
}

/**
 * Names the inbox folder by what the run is made of besides its predictions, so that the same inputs give the same run id, and so the
 * same signals (SPEC O2), while another configuration gives another run.
 */
const inboxName = ({ predictions, schedule = new Uint8Array(), configText, fleetText }: InboxFiles): string => {
  const hash = createHash("sha256")
    .update(JSON.stringify([configText, fleetText]))
    .update(schedule)
    .digest("hex");
  const name = basename(predictions)
    .replace(/\.[^.]*$/u, "")
    .replaceAll(/[^A-Za-z0-9_-]/gu, "-");
  return `${name.slice(0, 30)}-${hash.slice(0, 8)}`;
};

/** Puts a run's files into the inbox, the predictions last because they start it, and gives the id of the run that they start. */
export const uploadInbox = async (stack: Stack, files: InboxFiles): Promise<string> => {
  const bucket = stack.outputs["BucketName"] ?? "";
  const keys = inboxKeys(inboxName(files));
  await stack.objects.writeText(keys.config, files.configText);
  if (files.schedule !== undefined) await upload(stack, bucket, keys.schedule, files.schedule);
  const Body = (await openInput(files.predictions)) as Readable;
  const { ETag, VersionId } = await upload(stack, bucket, keys.predictions, Body);
  const etag = (ETag ?? "").replaceAll('"', "");
  return runIdFor({ bucket, key: keys.predictions, version: VersionId ?? etag });
};

const upload = ({ clients }: Stack, Bucket: string, Key: string, Body: Uint8Array | Readable) =>
  new Upload({ client: clients.s3, params: { Bucket, Key, Body }, partSize: 8 * 1024 * 1024 }).done();
