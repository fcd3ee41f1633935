import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import type { TaskRecord } from "../domain/record.ts";
import { createFailureSample, type FailedTask } from "../domain/report-failures.ts";
import { createTally, type TallyTotals, type WaveTally } from "../domain/wave-metrics.ts";
import { readJson } from "./read-json-lines.ts";

/** What an object of records adds up to: numbers, so that later steps need not read the records again. */
export interface RecordFigures {
  readonly totals: TallyTotals;
  readonly failures: readonly FailedTask[];
  /** Milliseconds that each executed task took. */
  readonly latencies: readonly number[];
  /** By agent: the longest attempt that came to nothing, in milliseconds. */
  readonly idle_ms: Readonly<Record<string, number>>;
}

/** Figures that grow. */
export interface Figures extends RecordFigures {
  readonly totals: WaveTally;
  addRecord(record: TaskRecord): void;
  merge(other: RecordFigures): void;
}

/** Starts with no figures. */
export const createFigures = (): Figures => {
  const totals = createTally();
  const failures = createFailureSample();
  const latencies: number[] = [];
  const idle_ms: Record<string, number> = {};
  const noteIdle = (agent: string, ms: number): void => {
    idle_ms[agent] = Math.max(idle_ms[agent] ?? 0, ms);
  };
  return {
    totals,
    latencies,
    idle_ms,
    get failures() {
      return failures.tasks();
    },
    addRecord: (record) => {
      totals.add(record);
      failures.add(record);
      if (record.attempts > 0) latencies.push(record.duration_ms);
      for (const { agent_id, duration_ms, error } of record.attempt_log) {
        if (error !== undefined) noteIdle(agent_id, duration_ms);
      }
    },
    merge: (other) => {
      totals.merge(other.totals);
      for (const task of other.failures) failures.add(task);
      for (const latency of other.latencies) latencies.push(latency);
      for (const [agent, ms] of Object.entries(other.idle_ms)) noteIdle(agent, ms);
    },
  };
};

/** Writes terminal records, one a line, and adds them up on the way. */
export interface RecordSink {
  add(record: TaskRecord): Promise<void> | void;
}

/** A sink over an object that is being written. */
export const createRecordSink = (writer: ObjectWriter, figures: Figures): RecordSink => ({
  add: (record) => {
    figures.addRecord(record);
    return writer.write(`${JSON.stringify(record)}\n`);
  },
});

/** Puts the figures of an object of records beside it. */
export const writeFigures = (
  objects: Pick<ObjectStore, "writeText">,
  key: string,
  figures: RecordFigures,
): Promise<void> => {
  const { totals, failures, latencies, idle_ms } = figures;
  return objects.writeText(key, JSON.stringify({ totals, failures, latencies, idle_ms } satisfies RecordFigures));
};

/** Takes back the figures of an earlier try, before the objects that they speak of are written anew. */
export const withdrawFigures = (objects: Pick<ObjectStore, "writeText">, key: string): Promise<void> =>
  objects.writeText(key, "");

/** Whether an object of records is whole: its figures are written last. */
export const hasFigures = async (objects: Pick<ObjectStore, "readText">, key: string): Promise<boolean> =>
  ((await objects.readText(key)) ?? "") !== "";

/** Adds up the figures of several objects. */
export const readFigures = async (
  objects: Pick<ObjectStore, "readText">,
  keys: readonly string[],
): Promise<Figures> => {
  const figures = createFigures();
  for (const part of await Promise.all(keys.map((key) => readJson<RecordFigures>(objects, key)))) figures.merge(part);
  return figures;
};
