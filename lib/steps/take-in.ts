import { InvalidInputError } from "../domain/errors.ts";
import { parseJsonLine } from "../domain/json-line.ts";
import { type Line, readLines } from "../domain/lines.ts";
import type { PlanItem } from "../domain/plan.ts";
import type { ObjectStore, TextWriter } from "../domain/ports.ts";
import { parsePrediction } from "../domain/prediction.ts";
import { rejectLine } from "../domain/rejection.ts";
import { jsonBytes } from "../domain/result-size.ts";
import type { HeldLines } from "./held-lines.ts";
import { applySchedule, parseScheduleEntry, type ScheduleEntry } from "../domain/schedule.ts";
import type { Task } from "../domain/task.ts";

/** The objects that a run reads. */
export interface IntakeKeys {
  readonly predictions: string;
  readonly predictionsVersion?: string;
  readonly schedule: string;
}

/** What planning needs of a predictions file: ids and numbers, never the payloads. */
export interface Intake {
  readonly items: readonly PlanItem[];
  /** Line number of each item, ascending. */
  readonly lines: readonly number[];
  /** About as many bytes as each task takes when it is written out. */
  readonly bytes: readonly number[];
  readonly schedule: ReadonlyMap<string, ScheduleEntry>;
  /** Load that each task puts on its agent: its estimated duration in seconds where every task gives one, else 1. */
  readonly weights: readonly number[];
  readonly rejected: number;
}

const none: readonly string[] = [];

/** A line's 64 KiB with room for defaults; a task must fit into a batch (`limits.batchBytes`) with its history. */
export const MAX_TASK_BYTES = 81_920;

/** A line of so many bytes is not too large when it is written out: at worst 1e20 takes five times as much, and defaults take little. */
const SURELY_SMALL_BYTES = 8_192;

/** What defaults and plan add to a line at the most. */
const ADDED_BYTES = 256;

/** Streams an object's lines; a missing object has none. */
async function* linesOf(
  objects: Pick<ObjectStore, "read">,
  key: string,
  version?: string,
): AsyncGenerator<readonly Line[]> {
  const body = await objects.read(key, version);
  if (body !== undefined) yield* readLines(body);
}

/** Streams an object's lines with their parsed JSON, or the reason why a line is none. */
async function* readObjects(
  objects: Pick<ObjectStore, "read">,
  key: string,
  version?: string,
): AsyncGenerator<readonly (readonly [Line, ReturnType<typeof parseJsonLine>])[]> {
  for await (const lines of linesOf(objects, key, version)) {
    yield lines.map((line) => [line, parseJsonLine(line)] as const);
  }
}

const fileName = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

class Rejections {
  count = 0;
  readonly #writer: TextWriter;

  constructor(writer: TextWriter) {
    this.#writer = writer;
  }

  async add(key: string, line: Line, reason: string): Promise<void> {
    this.count += 1;
    await this.#writer.write(`${JSON.stringify(rejectLine(fileName(key), line, reason))}\n`);
  }
}

/**
 * Reads predictions and schedule once (SPEC IN1, IN2, IN5). Bad lines go to `rejected`; of the others what planning needs is kept, and
 * `keep` gets each task as it is accepted.
 */
export const takeIn = async (
  objects: Pick<ObjectStore, "read">,
  keys: IntakeKeys,
  rejected: TextWriter,
  keep: (task: Task) => void,
): Promise<Intake> => {
  const rejections = new Rejections(rejected);
  const schedule = await takeInSchedule(objects, keys.schedule, rejections);
  const items: PlanItem[] = [];
  const lines: number[] = [];
  const sizes: number[] = [];
  const lineOf = new Map<string, number>();
  const durations: (number | undefined)[] = [];
  for await (const batch of readObjects(objects, keys.predictions, keys.predictionsVersion)) {
    for (const [line, parsed] of batch) {
      const prediction = parsed.ok ? parsePrediction(parsed.value) : parsed;
      if (!prediction.ok) {
        await rejections.add(keys.predictions, line, prediction.reason);
        continue;
      }
      const { task_id } = prediction.task;
      const earlier = lineOf.get(task_id);
      if (earlier !== undefined) {
        await rejections.add(keys.predictions, line, duplicate(task_id, earlier));
        continue;
      }
      const entry = schedule.get(task_id);
      const task = applySchedule(prediction.task, entry);
      const bytes = entry === undefined && line.byteLength <= SURELY_SMALL_BYTES ? 0 : jsonBytes(task);
      if (bytes > MAX_TASK_BYTES) {
        await rejections.add(keys.predictions, line, tooLarge(bytes));
        continue;
      }
      lineOf.set(task.task_id, line.number);
      items.push(toPlanItem(task));
      lines.push(line.number);
      sizes.push(Math.max(bytes, line.byteLength) + ADDED_BYTES);
      keep(task);
      durations.push(task.estimated_duration_ms);
    }
  }
  const strangers = [...schedule.keys()].filter((id) => !lineOf.has(id));
  if (strangers.length > 0) await rejectStrangers(objects, keys.schedule, new Set(strangers), rejections);
  return { items, lines, bytes: sizes, schedule, weights: weightsOf(durations), rejected: rejections.count };
};

const weightsOf = (durations: readonly (number | undefined)[]): readonly number[] =>
  durations.every((ms) => ms !== undefined) ? durations.map((ms) => ms / 1_000) : durations.map(() => 1);

const tooLarge = (bytes: number): string =>
  `the task takes ${bytes} bytes when it is written out with its schedule, expected at most ${MAX_TASK_BYTES}`;

const duplicate = (id: string, line: number): string =>
  `task_id: expected an id that no earlier line has, received "${id}", which line ${line} has`;

const toPlanItem = ({ task_id, depends_on, resources, wave }: Task): PlanItem => {
  const item = {
    taskId: task_id,
    dependsOn: depends_on.length === 0 ? none : depends_on,
    resources: resources.length === 0 ? none : resources,
  };
  return wave === undefined ? item : { ...item, wave };
};

const takeInSchedule = async (
  objects: Pick<ObjectStore, "read">,
  key: string,
  rejections: Rejections,
): Promise<Map<string, ScheduleEntry>> => {
  const schedule = new Map<string, ScheduleEntry>();
  for await (const batch of readObjects(objects, key)) {
    for (const [line, parsed] of batch) {
      const entry = parsed.ok ? parseScheduleEntry(parsed.value) : parsed;
      if (!entry.ok) {
        await rejections.add(key, line, entry.reason);
      } else if (schedule.has(entry.entry.task_id)) {
        await rejections.add(key, line, `task_id: expected one line a task, received "${entry.entry.task_id}" again`);
      } else {
        schedule.set(entry.entry.task_id, entry.entry);
      }
    }
  }
  return schedule;
};

/** Schedule lines of tasks that the predictions do not have: known only after the predictions, so the file is read again. */
const rejectStrangers = async (
  objects: Pick<ObjectStore, "read">,
  key: string,
  strangers: ReadonlySet<string>,
  rejections: Rejections,
): Promise<void> => {
  for await (const batch of readObjects(objects, key)) {
    for (const [line, parsed] of batch) {
      const entry = parsed.ok ? parseScheduleEntry(parsed.value) : parsed;
      if (!entry.ok || !strangers.has(entry.entry.task_id)) continue;
      await rejections.add(
        key,
        line,
        `task_id: expected an id of a valid prediction line, received "${entry.entry.task_id}"`,
      );
    }
  }
};

/** Held texts that are given at a time. */
const HELD_BATCH = 1_000;

/** An accepted task's index and its JSON text. */
type AcceptedText = readonly [index: number, text: string];

/**
 * Streams the JSON text of accepted tasks again, in order, of those that are wanted: as they are held, or else from the object.
 *
 * @throws InvalidInputError when they are not the same as at the first reading: a bucket without versions lets go of what is
 * overwritten
 */
export async function* readAccepted(
  objects: Pick<ObjectStore, "read">,
  keys: IntakeKeys,
  { intake, held }: { readonly intake: Pick<Intake, "items" | "lines" | "schedule">; readonly held: HeldLines },
  isWanted: (index: number) => boolean,
): AsyncGenerator<readonly AcceptedText[]> {
  if (held.lines !== undefined) {
    for (let start = 0; start < held.lines.length; start += HELD_BATCH) {
      const batch = held.lines.slice(start, start + HELD_BATCH);
      yield batch.map((text, offset) => [start + offset, text] as const).filter(([index]) => isWanted(index));
    }
    return;
  }
  let index = 0;
  for await (const lines of linesOf(objects, keys.predictions, keys.predictionsVersion)) {
    const accepted: AcceptedText[] = [];
    for (const line of lines) {
      if (line.number !== intake.lines[index]) continue;
      if (isWanted(index)) accepted.push([index, readAgain(line, intake, index, keys)]);
      index += 1;
    }
    yield accepted;
  }
  if (index < intake.lines.length) throw replaced(keys.predictions);
}

const readAgain = (
  line: Line,
  { items, schedule }: Pick<Intake, "items" | "schedule">,
  index: number,
  { predictions }: IntakeKeys,
): string => {
  const parsed = parseJsonLine(line);
  const prediction = parsed.ok ? parsePrediction(parsed.value) : parsed;
  if (!prediction.ok || prediction.task.task_id !== items[index]!.taskId) throw replaced(predictions);
  return JSON.stringify(applySchedule(prediction.task, schedule.get(prediction.task.task_id)));
};

const replaced = (key: string): InvalidInputError =>
  new InvalidInputError(`${key}: expected the same lines whenever it is read, received others: it was overwritten`);
