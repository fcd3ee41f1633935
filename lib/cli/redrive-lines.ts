import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import { type ParsedObject, parseJsonLine } from "../domain/json-line.ts";
import type { JsonObject } from "../domain/json.ts";
import { type Line, readLines } from "../domain/lines.ts";
import { parsePrediction } from "../domain/prediction.ts";
import type { TerminalReason } from "../domain/record.ts";
import {
  chooseRedriven,
  dropCompletedDependencies,
  type EndedTasks,
  type RedriveChoice,
  terminalReasons,
} from "../domain/redrive.ts";
import { parseScheduleEntry } from "../domain/schedule.ts";
import { createLineSplitter } from "../local/line-splitter.ts";
import { UsageError } from "./usage-error.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** Where a run's files come from; each is opened anew whenever it is read. */
export interface RedriveSource {
  readonly predictions: () => Promise<Bytes>;
  /** Undefined where the run had none. */
  readonly schedule: () => Promise<Bytes | undefined>;
  readonly results: () => Promise<Bytes>;
  /** The results' name for messages. */
  readonly resultsName: string;
}

/** The tasks of a run that are to run again, and how all of them ended. */
export interface Redrive extends RedriveChoice {
  readonly ended: EndedTasks;
}

const isReason = (value: unknown): value is TerminalReason => terminalReasons.includes(value as TerminalReason);

const readRecord = (text: string, name: string): readonly [string, TerminalReason | null] => {
  let record: Record<string, unknown>;
  try {
    record = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    record = {};
  }
  const { task_id: id, status, reason } = record;
  if (typeof id === "string" && status === "COMPLETED") return [id, null];
  if (typeof id === "string" && isReason(reason)) return [id, reason];
  throw new UsageError(`${name}: expected the records of a run, received the line ${text.slice(0, 80)}`);
};

const readEnded = async ({ results, resultsName }: RedriveSource): Promise<EndedTasks> => {
  const ended = new Map<string, TerminalReason | null>();
  const lines = createLineSplitter((text) => {
    if (text.trim() !== "") ended.set(...readRecord(text, resultsName));
  });
  const decoder = new TextDecoder();
  for await (const chunk of await results()) lines.write(decoder.decode(chunk, { stream: true }));
  lines.end();
  return ended;
};

/** The first valid line of each wanted task, as the run took it in. */
async function* readValid(
  bytes: Bytes,
  isWanted: (taskId: string) => boolean,
  isValid: (value: JsonObject) => boolean,
): AsyncGenerator<readonly (readonly [Line, JsonObject])[]> {
  const seen = new Set<string>();
  const take = (parsed: ParsedObject): parsed is Extract<ParsedObject, { ok: true }> => {
    const id = parsed.ok ? parsed.value["task_id"] : undefined;
    if (!parsed.ok || typeof id !== "string" || !isWanted(id) || seen.has(id) || !isValid(parsed.value)) return false;
    seen.add(id);
    return true;
  };
  for await (const lines of readLines(bytes)) {
    const valid: (readonly [Line, JsonObject])[] = [];
    for (const line of lines) {
      const parsed = parseJsonLine(line);
      if (take(parsed)) valid.push([line, parsed.value]);
    }
    yield valid;
  }
}

const isPrediction = (value: JsonObject): boolean => parsePrediction(value).ok;
const isEntry = (value: JsonObject): boolean => parseScheduleEntry(value).ok;

/** What each task depends on that did not complete; the schedule wins over the prediction (SPEC IN2). */
const readDependencies = async (source: RedriveSource, ended: EndedTasks): Promise<Map<string, readonly string[]>> => {
  const dependencies = new Map<string, readonly string[]>();
  const isOpen = (id: string): boolean => typeof ended.get(id) === "string";
  const readInto = async (bytes: Bytes, isValid: (value: JsonObject) => boolean): Promise<void> => {
    for await (const lines of readValid(bytes, isOpen, isValid)) {
      for (const [, { task_id: id, depends_on: dependsOn }] of lines) {
        if (Array.isArray(dependsOn)) dependencies.set(id as string, (dependsOn as string[]).filter(isOpen));
      }
    }
  };
  await readInto(await source.predictions(), isPrediction);
  const schedule = await source.schedule();
  if (schedule !== undefined) await readInto(schedule, isEntry);
  return dependencies;
};

/**
 * Chooses the tasks of a run that a new one takes up.
 *
 * @throws UsageError when the results are no records of a run
 */
export const chooseFrom = async (
  source: RedriveSource,
  reasons: ReadonlySet<TerminalReason> | undefined,
): Promise<Redrive> => {
  const ended = await readEnded(source);
  const dependencies = await readDependencies(source, ended);
  return { ...chooseRedriven(ended, (id) => dependencies.get(id) ?? [], reasons), ended };
};

/** Writes the lines of the chosen tasks to a file, with the dependencies that are left, and gives how many there were. */
const writeLines = async (
  bytes: Bytes,
  { tasks, ended }: Redrive,
  isValid: (value: JsonObject) => boolean,
  path: string,
): Promise<number> => {
  let written = 0;
  const lines = async function* () {
    for await (const batch of readValid(bytes, (id) => tasks.has(id), isValid)) {
      written += batch.length;
      for (const [{ bytes: text }, value] of batch) {
        const left = dropCompletedDependencies(value, ended);
        yield left === value ? text : JSON.stringify(left);
        yield "\n";
      }
    }
  };
  await pipeline(lines, createWriteStream(path));
  return written;
};

/** Writes the predictions of the chosen tasks to a file. @throws UsageError when some of them are not there */
export const writePredictions = async (source: RedriveSource, redrive: Redrive, path: string): Promise<void> => {
  const written = await writeLines(await source.predictions(), redrive, isPrediction, path);
  const missing = redrive.tasks.size - written;
  if (missing === 0) return;
  throw new UsageError(
    `${source.resultsName}: expected the results of the predictions given, but ${missing} of its tasks are not among them`,
  );
};

/** Writes the schedule of the chosen tasks to a file; false where the run had none. */
export const writeSchedule = async (source: RedriveSource, redrive: Redrive, path: string): Promise<boolean> => {
  const schedule = await source.schedule();
  if (schedule === undefined) return false;
  await writeLines(schedule, redrive, isEntry, path);
  return true;
};
