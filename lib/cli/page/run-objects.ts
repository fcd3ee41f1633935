import { createInterface } from "node:readline";
import { Readable } from "node:stream";

import type { ObjectStore } from "../../domain/ports.ts";
import type { TaskRecord } from "../../domain/record.ts";
import type { Rejection } from "../../domain/rejection.ts";
import type { WaveItem } from "../../domain/run-item.ts";
import { runKeys } from "../../domain/run-keys.ts";

type Objects = Pick<ObjectStore, "read">;

/** Lines of an object, one after the other; none where it does not exist. It is left alone when the reader stops. */
async function* readLines(objects: Objects, key: string): AsyncGenerator<string> {
  const body = await objects.read(key);
  if (body === undefined) return;
  const input = Readable.from(body);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== "") yield line;
    }
  } finally {
    input.destroy();
  }
}

type EndedWave = Pick<WaveItem, "wave" | "passes">;

/** The objects in which the terminal records of planning and of these waves stand. */
const recordKeys = (runId: string, waves: readonly EndedWave[], withPlan: boolean): readonly string[] => {
  const keys = runKeys(runId);
  const ofWaves = waves.flatMap(({ wave, passes }) => keys.waveRecords(wave, passes));
  return withPlan ? [keys.planRecords, ...ofWaves] : ofWaves;
};

/** Which records are looked for: a text that stands in their line, and what they must fulfil. */
export interface RecordSearch {
  readonly waves: readonly EndedWave[];
  /** Whether the tasks that planning set aside are searched first. */
  readonly withPlan: boolean;
  /** A line without it is not parsed. */
  readonly text: string;
  readonly fits: (record: TaskRecord) => boolean;
  readonly most: number;
}

/** The first records that fit, in the order in which they stand; nothing is read beyond them. */
export const findRecords = async (
  objects: Objects,
  runId: string,
  { waves, withPlan, text, fits, most }: RecordSearch,
): Promise<readonly TaskRecord[]> => {
  const found: TaskRecord[] = [];
  for (const key of recordKeys(runId, waves, withPlan)) {
    for await (const line of readLines(objects, key)) {
      if (!line.includes(text)) continue;
      const record = JSON.parse(line) as TaskRecord;
      if (fits(record)) found.push(record);
      if (found.length === most) return found;
    }
  }
  return found;
};

/** The first lines of the input that were rejected. */
export const readRejections = async (objects: Objects, runId: string, most: number): Promise<readonly Rejection[]> => {
  const found: Rejection[] = [];
  for await (const line of readLines(objects, runKeys(runId).output("rejected.jsonl"))) {
    if (found.push(JSON.parse(line) as Rejection) >= most) break;
  }
  return found;
};
