import { isOverdue, startsRun } from "../domain/missed-upload.ts";
import type { Clock, RunStore } from "../domain/ports.ts";
import { runIdFor } from "../domain/run-id.ts";
import { startRun, type StartRunPorts } from "./start-run.ts";

/** An object of the inbox as a listing shows it. */
interface ListedUpload {
  readonly key: string;
  /** Epoch ms. */
  readonly lastModified: number;
}

export interface SweepInboxPorts extends StartRunPorts {
  readonly clock: Pick<Clock, "now">;
  readonly runs: Pick<RunStore, "read">;
  readonly inbox: {
    readonly bucket: string;
    /** Every object under `inbox/`, at its current version. */
    list(): AsyncIterable<ListedUpload>;
    /** The current version of an object; undefined where it is gone. */
    version(key: string): Promise<{ readonly etag: string; readonly version_id?: string } | undefined>;
  };
}

interface SweepInboxOutput {
  /** Uploads of the last 24 hours whose event must have arrived. */
  readonly looked_at: number;
  readonly started: number;
}

/**
 * Makes good the event of an upload that was lost: starts what has no run yet, as start-run would have, under the same name, so an event
 * that arrives at the same moment starts nothing twice. It sees an object's current version only: a version that was replaced before
 * its event arrived has no run, and gets none.
 */
export const sweepInbox = async (ports: SweepInboxPorts): Promise<SweepInboxOutput> => {
  const now = ports.clock.now();
  let lookedAt = 0;
  let started = 0;
  for await (const { key, lastModified } of ports.inbox.list()) {
    if (!startsRun(key) || !isOverdue(lastModified, now)) continue;
    lookedAt += 1;
    if (await startMissed(key, ports)) started += 1;
  }
  return { looked_at: lookedAt, started };
};

const startMissed = async (key: string, ports: SweepInboxPorts): Promise<boolean> => {
  const { bucket } = ports.inbox;
  const version = await ports.inbox.version(key);
  if (version === undefined) return false;
  const runId = runIdFor({ bucket, key, version: version.version_id ?? version.etag });
  if ((await ports.runs.read(runId)) !== undefined) return false;
  const { started } = await startRun({ bucket, key, ...version }, ports);
  if (started) ports.log.warn("upload without a run made good", { run_id: runId, bucket, key });
  return started;
};
