import { startRunDependencies } from "../lib/aws/start-run-dependencies.ts";
import { type StandingRun, startRun, type StartRunInput, type StartRunPorts } from "../lib/steps/start-run.ts";
import { withMiddleware } from "./with-middleware.ts";

/** EventBridge's "Object Created" event of S3, as far as it is read. */
interface ObjectCreated {
  readonly detail: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string; readonly etag: string; readonly "version-id"?: string };
  };
}

/** What the schedule of a standing predictions file says. */
interface Scheduled {
  readonly standing: StandingRun;
}

const inputOf = (event: ObjectCreated | Scheduled): StartRunInput => {
  if ("standing" in event) return event.standing;
  const { bucket, object } = event.detail;
  const version = object["version-id"];
  return {
    bucket: bucket.name,
    key: object.key,
    etag: object.etag,
    ...(version !== undefined && { version_id: version }),
  };
};

/** Starts a run when predictions arrive in the inbox, and when the one of a standing file is due. */
export const createHandler = (ports: StartRunPorts) =>
  withMiddleware((event: ObjectCreated | Scheduled) => startRun(inputOf(event), ports));

export const handler = createHandler(startRunDependencies());
