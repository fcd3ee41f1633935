import type { PendingTask } from "../domain/execution.ts";
import type { ObjectStore } from "../domain/ports.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunPlan } from "../domain/run-plan.ts";
import { endedRecord } from "../domain/settle.ts";
import { readJson, readJsonLines } from "./read-json-lines.ts";
import { createFigures, createRecordSink, hasFigures, type RecordSink, writeFigures } from "./record-sink.ts";
import { findManifests, settlePass, type SettlePassPorts } from "./settle-pass.ts";
import { withWriters } from "./with-writers.ts";

/** A wave with the passes whose records stand in the bucket. */
export interface RecordedWave {
  readonly wave: number;
  readonly passes: number;
}

/**
 * Ends every task of a run that broke off: those of the pass that was under way by what its children left, the others as SKIPPED
 * with `why`. Waves that have ended stay as they are. Twice the same step writes the same records.
 *
 * @throws MissingObjectError when the run broke off before it was planned
 */
export const salvageRun = async (
  runId: string,
  ended: readonly RecordedWave[],
  why: string,
  ports: SettlePassPorts,
): Promise<readonly RecordedWave[]> => {
  const { waves } = await readJson<RunPlan>(ports.objects, runKeys(runId).plan);
  const passesOf = new Map(ended.map(({ wave, passes }) => [wave, passes]));
  const recorded: RecordedWave[] = [];
  for (const { wave } of waves) {
    const passes = passesOf.get(wave) ?? (await salvageWave(runId, wave, why, ports));
    recorded.push({ wave, passes });
  }
  return recorded;
};

/** Gives the passes that the wave has then; the last one is the salvage's own. */
const salvageWave = async (runId: string, wave: number, why: string, ports: SettlePassPorts): Promise<number> => {
  const at = runKeys(runId);
  const started = await countStarted(runId, wave, ports.objects);
  const pass = started + 1;
  const figures = createFigures();
  // What an assignment of this pass left when it was cut off is emptied: the next try would take it for a pass that was dispatched.
  const keys = [at.records(wave, pass), at.assignments(wave, pass), at.deferred(wave, pass)] as const;
  await withWriters(ports.objects, keys, async ([writer]) => {
    const records = createRecordSink(writer, figures);
    if (started > 0) {
      const manifest_keys = await findManifests({ run_id: runId, wave, pass: started }, ports.objects);
      const assigned = Number.POSITIVE_INFINITY;
      // Without a manifest the dispatch left nothing: what has no attempt on record was asked of nobody, or once, with its batch.
      const broken = manifest_keys.length === 0;
      const input = { run_id: runId, wave, pass: started, assigned, manifest_keys, broken, max_passes: 1, last: false };
      await settlePass(input, records, ports);
    }
    await endPending(at.pending(wave, pass), why, records, ports.objects);
  });
  await writeFigures(ports.objects, at.figures(wave, pass), figures);
  return pass;
};

/** Passes that were assigned, each of which has its figures; a salvage that was cut off before its own is none. */
const countStarted = async (runId: string, wave: number, objects: ObjectStore): Promise<number> => {
  let pass = 0;
  while (await hasFigures(objects, runKeys(runId).figures(wave, pass + 1))) pass += 1;
  return pass;
};

const endPending = async (key: string, why: string, records: RecordSink, objects: ObjectStore): Promise<void> => {
  for await (const batch of readJsonLines<PendingTask>(objects, key)) {
    for (const pending of batch) {
      await records.add(endedRecord(pending, { status: "SKIPPED", reason: "cancelled", error: why }));
    }
  }
};
