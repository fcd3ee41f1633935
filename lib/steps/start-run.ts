import type { Log } from "../domain/ports.ts";
import { runIdFor } from "../domain/run-id.ts";

/** What of EventBridge's "Object Created" event the step reads. */
export interface StartRunInput {
  readonly bucket: string;
  readonly key: string;
  /** Absent where the bucket keeps no versions. */
  readonly version_id?: string;
  readonly etag: string;
}

/** What the state machine is started with. */
export interface ExecutionInput {
  readonly run_id: string;
  readonly bucket: string;
  readonly key: string;
  readonly version_id?: string;
}

export interface StartRunPorts {
  /** false when an execution of that name exists already. */
  readonly startExecution: (name: string, input: ExecutionInput) => Promise<boolean>;
  readonly log: Log;
}

/**
 * Starts the run of an uploaded predictions file. The run's id, and so the execution's name, is a hash of the object and its
 * version: the same event delivered twice starts nothing the second time.
 */
export const startRun = async (
  { bucket, key, version_id, etag }: StartRunInput,
  { startExecution, log }: StartRunPorts,
): Promise<{ readonly run_id: string; readonly started: boolean }> => {
  const run_id = runIdFor({ bucket, key, version: version_id ?? etag });
  const started = await startExecution(run_id, {
    run_id,
    bucket,
    key,
    ...(version_id !== undefined && { version_id }),
  });
  log.info(started ? "run started" : "run exists already", { run_id, bucket, key });
  return { run_id, started };
};
