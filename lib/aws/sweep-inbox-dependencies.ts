import { S3Client } from "@aws-sdk/client-s3";

import { stepDependencies } from "./dependencies.ts";
import { requireVariable } from "./require-variable.ts";
import { createS3Inbox } from "./s3-inbox.ts";
import { startRunDependencies } from "./start-run-dependencies.ts";

/** What sweep-inbox works with: what starts a run, and what tells which uploads have one. */
export const sweepInboxDependencies = () => ({
  ...stepDependencies(),
  ...startRunDependencies(),
  inbox: createS3Inbox(new S3Client(), requireVariable("BUCKET_NAME")),
});
