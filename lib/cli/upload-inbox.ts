import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Readable } from "node:stream";

import { Upload } from "@aws-sdk/lib-storage";

import { inboxKeys } from "../domain/run-keys.ts";
import { runIdFor } from "../domain/run-id.ts";
import type { Stack } from "./embedded.ts";
import { openInput } from "./input-file.ts";

/** What a run is started with. */
export interface InboxFiles {
  /** Path of the predictions; they are streamed. */
  readonly predictions: string;
  readonly scheduleText?: string;
  /** The effective configuration, JSON. */
  readonly configText: string;
  /** The fleet, JSON; part of the name only. */
  readonly fleetText: string;
}

/**
 * Names the inbox folder by what the run is made of besides its predictions, so that the same inputs give the same run id, and so the
 * same signals (SPEC O2), while another configuration gives another run.
 */
const inboxName = ({ predictions, scheduleText = "", configText, fleetText }: InboxFiles): string => {
  const hash = createHash("sha256")
    .update(JSON.stringify([scheduleText, configText, fleetText]))
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
  if (files.scheduleText !== undefined) await stack.objects.writeText(keys.schedule, files.scheduleText);
  const Body = (await openInput(files.predictions)) as Readable;
  const upload = new Upload({
    client: stack.clients.s3,
    params: { Bucket: bucket, Key: keys.predictions, Body },
    partSize: 8 * 1024 * 1024,
  });
  const { ETag, VersionId } = await upload.done();
  const etag = (ETag ?? "").replaceAll('"', "");
  return runIdFor({ bucket, key: keys.predictions, version: VersionId ?? etag });
};
