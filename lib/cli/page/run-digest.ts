import type { ObjectStore } from "../../domain/ports.ts";
import type { TaskRecord } from "../../domain/record.ts";
import type { WaveItem } from "../../domain/run-item.ts";
import { type RunDigest, SHOWN_FAILURES } from "./page-model.ts";
import { findRecords } from "./run-objects.ts";

/** Between two digests of a run that goes on, in ms: they read objects and draw, on the cores that the run wants. */
const DIGEST_MS = 10_000;

const isFailure = ({ status }: TaskRecord): boolean => status !== "COMPLETED";

/** Reads the first failures of a run on with the waves that have ended since, and never a wave twice. */
const createFailures = (objects: Pick<ObjectStore, "read">, runId: string) => {
  const found: TaskRecord[] = [];
  const seen = new Set<number>();
  let withPlan = true;
  return async (ended: readonly WaveItem[]): Promise<readonly TaskRecord[]> => {
    const failed = ended.filter(({ wave, tasks, completed }) => !seen.has(wave) && completed < tasks);
    const most = SHOWN_FAILURES - found.length;
    if (most > 0 && (withPlan || failed.length > 0)) {
      const search = { waves: failed, withPlan, text: '"status":"', fits: isFailure, most };
      found.push(...(await findRecords(objects, runId, search)));
    }
    withPlan = false;
    for (const { wave } of ended) seen.add(wave);
    return [...found];
  };
};

/** Gives the digest of a run: of its first look, then every ten seconds, and of its end. It must not be asked twice at a time. */
export const createDigest = (objects: Pick<ObjectStore, "read">, runId: string, now: () => number) => {
  const readFailures = createFailures(objects, runId);
  let latest: { readonly at: number; readonly isLast: boolean; readonly digest: RunDigest } | undefined;
  return async (waves: readonly WaveItem[], isLast: boolean): Promise<RunDigest> => {
    const isDue = latest === undefined || (isLast ? !latest.isLast : now() - latest.at >= DIGEST_MS);
    if (latest === undefined || isDue) {
      latest = { at: now(), isLast, digest: { waves, failures: await readFailures(waves) } };
    }
    return latest.digest;
  };
};
