import type { TaskRecord } from "../domain/record.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunRecords } from "./run-records.ts";
import { UsageError } from "./usage-error.ts";

/** Streams the lines of a text, many at a time. */
export async function* readTextLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines.filter((line) => line !== "");
  }
  if (rest !== "") yield [rest];
}

/** Parses a line of a run's file. @throws UsageError when it is not JSON */
export const parseLine = <Value>(line: string, place: string): Value => {
  try {
    return JSON.parse(line) as Value;
  } catch (error) {
    throw new UsageError(`${place}: expected JSON lines, received ${line.slice(0, 80)}`, { cause: error });
  }
};

/** A run that has not ended has no results yet: what its waves have recorded so far stands in their own files. */
const waveRecords = async ({ runId, stack }: RunRecords): Promise<readonly string[]> => {
  const keys = (await stack?.objects.list(`runs/${runId}/waves/`)) ?? [];
  return [runKeys(runId).planRecords, ...keys.filter((key) => key.endsWith("/records.jsonl"))];
};

/** Streams the lines of a run's terminal records: as text, since most of them are only looked at. */
export async function* readRecordLines(records: RunRecords): AsyncGenerator<readonly string[]> {
  const results = await records.read("results.jsonl");
  if (results !== undefined) {
    yield* readTextLines(results);
    return;
  }
  for (const key of await waveRecords(records)) {
    const body = await records.stack?.objects.read(key);
    if (body !== undefined) yield* readTextLines(body);
  }
}

/** Streams a run's terminal records. */
export async function* readRecords(records: RunRecords): AsyncGenerator<readonly TaskRecord[]> {
  const place = `${records.place}/results.jsonl`;
  for await (const lines of readRecordLines(records)) yield lines.map((line) => parseLine<TaskRecord>(line, place));
}
