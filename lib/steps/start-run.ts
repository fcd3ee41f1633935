import type { Log } from "../domain/ports.ts";
import { runIdFor } from "../domain/run-id.ts";

/** What of EventBridge's "Object Created" event the step reads. */
interface Upload {
  readonly bucket: string;
  readonly key: string;
  /** Absent where the bucket keeps no versions. */
  readonly version_id?: string;
  readonly etag: string;
}

/** A predictions file that stays where it is, and the time for which a run of it was scheduled. */
export interface StandingRun {
  readonly bucket: string;
  readonly key: string;
  /** ISO 8601, as the scheduler gives it. */
  readonly scheduled_time: string;
}

export type StartRunInput = Upload | StandingRun;

/** What the state machine is started with. */
export interface ExecutionInput {
  readonly run_id: string;
  readonly bucket: string;
  readonly key: string;
  /** Absent where the run takes the object as it is by then. */
  readonly version_id?: string;
}

export interface StartRunPorts {
  /** false when an execution of that name exists already. */
  readonly startExecution: (name: string, input: ExecutionInput) => Promise<boolean>;
  readonly log: Log;
}

/** What tells a run from the others of the same object, and what the run is told of the object's version. */
const versionOf = (input: StartRunInput): { readonly version: string; readonly version_id?: string } => {
  if ("scheduled_time" in input) return { version: input.scheduled_time };
  const { version_id, etag } = input;
  return version_id === undefined ? { version: etag } : { version: version_id, version_id };
};

/**
 * Starts the run of an uploaded predictions file, or the scheduled run of a standing one. The run's id, and so the execution's name, is
 * a hash of the object and its version or of the scheduled time: the same event delivered twice starts nothing the second time.
 */
export const startRun = async (
  input: StartRunInput,
  { startExecution, log }: StartRunPorts,
): Promise<{ readonly run_id: string; readonly started: boolean }> => {
  const { bucket, key } = input;
  const { version, ...pinned } = versionOf(input);
  const run_id = runIdFor({ bucket, key, version });
  const started = await startExecution(run_id, { run_id, bucket, key, ...pinned });
  log.info(started ? "run started" : "run exists already", { run_id, bucket, key });
  return { run_id, started };
};
