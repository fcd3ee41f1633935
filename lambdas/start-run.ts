import { startRunDependencies } from "../lib/aws/start-run-dependencies.ts";
import { startRun, type StartRunPorts } from "../lib/steps/start-run.ts";
import { withMiddleware } from "./with-middleware.ts";

/** EventBridge's "Object Created" event of S3, as far as it is read. */
interface ObjectCreated {
  readonly detail: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string; readonly etag: string; readonly "version-id"?: string };
  };
}

/** Starts a run when predictions arrive in the inbox. */
export const createHandler = (ports: StartRunPorts) =>
  withMiddleware(({ detail: { bucket, object } }: ObjectCreated) => {
    const version = object["version-id"];
    return startRun(
      {
        bucket: bucket.name,
        key: object.key,
        etag: object.etag,
        ...(version !== undefined && { version_id: version }),
      },
      ports,
    );
  });

export const handler = createHandler(startRunDependencies());
