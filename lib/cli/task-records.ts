import { closestName } from "../domain/did-you-mean.ts";
import type { Assignment } from "../domain/execution.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { Rejection } from "../domain/rejection.ts";
import { rejectsTask } from "../domain/rejected-task.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { Signal } from "../domain/signal.ts";
import {
  dependencyStory,
  type DependencyStory,
  namedDependency,
  type PassAssignment,
  type StoryFacts,
} from "../domain/story-facts.ts";
import type { PlannedTask } from "../domain/task.ts";
import { taskSignalIds } from "../domain/task-signal-ids.ts";
import { isExecuted } from "../domain/wave-metrics.ts";
import { parseLine, readRecordLines, readTextLines } from "./record-lines.ts";
import type { RunRecords } from "./run-records.ts";
import { UsageError } from "./usage-error.ts";

/** The id of a record; a step of ours writes it first, so few lines need to be parsed. */
const idOf = (line: string, place: string): string =>
  /^\{"task_id":"([A-Za-z0-9._:-]+)"/u.exec(line)?.[1] ?? String(parseLine<Partial<TaskRecord>>(line, place).task_id);

const findRecords = async (records: RunRecords, ids: readonly string[]): Promise<ReadonlyMap<string, TaskRecord>> => {
  const wanted = new Set(ids);
  const found = new Map<string, TaskRecord>();
  if (wanted.size === 0) return found;
  const place = `${records.place}/results.jsonl`;
  for await (const lines of readRecordLines(records)) {
    for (const line of lines) {
      const id = idOf(line, place);
      if (!wanted.delete(id)) continue;
      found.set(id, parseLine<TaskRecord>(line, place));
      if (wanted.size === 0) return found;
    }
  }
  return found;
};

/** The first value of an object of JSON lines that is the wanted one; only lines that name the id are parsed. */
const findLine = async <Value>(
  { stack, place }: RunRecords,
  key: string,
  id: string,
  isWanted: (value: Value) => boolean,
): Promise<Value | undefined> => {
  const body = await stack?.objects.read(key);
  if (body === undefined) return undefined;
  const quoted = JSON.stringify(id);
  for await (const lines of readTextLines(body)) {
    for (const line of lines) {
      if (!line.includes(quoted)) continue;
      const value = parseLine<Value>(line, `${place} ${key}`);
      if (isWanted(value)) return value;
    }
  }
  return undefined;
};

/** The task as planning left it, and what each pass was given of it; undefined where the plan is out of reach. */
const findPlan = async (
  records: RunRecords,
  taskId: string,
  wave: number | null,
): Promise<Pick<StoryFacts, "planned" | "assignments">> => {
  const { runId, stack } = records;
  if (stack === undefined) return { planned: undefined, assignments: undefined };
  const keys = await stack.objects.list(`runs/${runId}/waves/${wave === null ? "" : `${wave}/`}`);
  const ofTask = ({ task }: PlannedTask) => task.task_id === taskId;
  let planned: PlannedTask | undefined;
  for (const key of keys.filter((name) => name.endsWith("/tasks.jsonl"))) {
    planned ??= await findLine<PlannedTask>(records, key, taskId, ofTask);
  }
  if (planned === undefined) return { planned, assignments: undefined };
  const assignments: PassAssignment[] = [];
  for (const key of keys) {
    const [, of, pass] = /\/waves\/(\d+)\/pass-(\d+)\/assignments\.jsonl$/u.exec(key) ?? [];
    if (Number(of) !== planned.wave) continue;
    const assignment = await findLine<Assignment>(records, key, taskId, ofTask);
    if (assignment !== undefined) assignments.push({ pass: Number(pass), assignment });
  }
  return { planned, assignments: assignments.toSorted((a, b) => a.pass - b.pass) };
};

/** Dependencies whose records are looked up; a task may name thousands. */
const MAX_DEPENDENCIES = 50;

const findDependencies = async (
  records: RunRecords,
  record: TaskRecord | undefined,
  planned: PlannedTask | undefined,
): Promise<readonly DependencyStory[]> => {
  const named = record === undefined ? undefined : namedDependency(record);
  // The one that held the task up comes first, whatever else it names.
  const others = planned?.task.depends_on ?? [];
  const ids = [...new Set([...(named === undefined ? [] : [named]), ...others])].slice(0, MAX_DEPENDENCIES);
  const found = await findRecords(records, ids);
  const causeOf = new Map(
    [...found.values()].flatMap((each) => {
      const cause = namedDependency(each);
      return cause === undefined ? [] : [[each.task_id, cause] as const];
    }),
  );
  const causes = await findRecords(records, [...causeOf.values()]);
  return ids.map((id) => {
    const cause = causeOf.get(id);
    return dependencyStory(
      id,
      found.get(id),
      cause === undefined ? undefined : dependencyStory(cause, causes.get(cause)),
    );
  });
};

const findSignals = async (records: RunRecords, record: TaskRecord | undefined): Promise<readonly Signal[]> => {
  const signals: Signal[] = [];
  if (record === undefined || record.wave === null || !isExecuted(record)) return signals;
  const { runId, stack, place } = records;
  const body =
    (await records.read("learning_signals.jsonl")) ?? (await stack?.objects.read(runKeys(runId).ledger(record.wave)));
  if (body === undefined) return signals;
  const ids = taskSignalIds(runId, record.wave, record.task_id);
  for await (const lines of readTextLines(body)) {
    for (const line of lines.filter((text) => ids.some((id) => text.startsWith(`{"signal_id":"${id}"`)))) {
      signals.push(parseLine<Signal>(line, `${place}/learning_signals.jsonl`));
      if (signals.length === ids.length) return signals;
    }
  }
  return signals;
};

/** Rejected lines that a story shows; an id may stand in any number of them. */
const MAX_REJECTIONS = 10;

const findRejections = async (records: RunRecords, asked: string): Promise<readonly Rejection[]> => {
  const found: Rejection[] = [];
  const body = await records.read("rejected.jsonl");
  if (body === undefined) return found;
  for await (const lines of readTextLines(body)) {
    for (const line of lines) {
      const rejection = parseLine<Rejection>(line, `${records.place}/rejected.jsonl`);
      if (rejectsTask(rejection, asked) && found.push(rejection) === MAX_REJECTIONS) return found;
    }
  }
  return found;
};

/** Ids that an error names for want of the right one. */
const SHOWN_IDS = 5;

/** @throws UsageError always */
const refuseTask = async (records: RunRecords, taskId: string): Promise<never> => {
  const { runId, place } = records;
  let tasks = 0;
  let closest: string | undefined;
  const first: string[] = [];
  for await (const lines of readRecordLines(records)) {
    const ids = lines.map((line) => idOf(line, `${place}/results.jsonl`));
    tasks += ids.length;
    first.push(...ids.slice(0, SHOWN_IDS - first.length));
    closest = closestName(taskId, closest === undefined ? ids : [closest, ...ids]);
  }
  const meant = closest === undefined ? "" : `; did you mean ${closest}`;
  const there =
    tasks === 0 ? "it has no records" : `it has ${tasks}: ${first.join(", ")}${tasks > first.length ? ", …" : ""}`;
  throw new UsageError(
    `task ${taskId}: expected a task of run ${runId}${meant}; ${there}; a rejected line is named FILE:LINE`,
  );
};

/**
 * Gathers what the records of a run say of one task, named by its id or, for a rejected line, as `FILE:LINE`.
 *
 * @throws UsageError when the run has no such task; it says what there is
 */
export const findTaskFacts = async (records: RunRecords, taskId: string): Promise<StoryFacts> => {
  const record = (await findRecords(records, [taskId])).get(taskId);
  const rejected = await findRejections(records, taskId);
  const isSetAside = record !== undefined && ["cycle", "unknown_dependency"].includes(record.reason ?? "");
  const { planned, assignments } =
    isSetAside || (record === undefined && rejected.length > 0)
      ? { planned: undefined, assignments: undefined }
      : await findPlan(records, taskId, record?.wave ?? null);
  if (record === undefined && planned === undefined && rejected.length === 0) return refuseTask(records, taskId);
  return {
    run_id: records.runId,
    task_id: taskId,
    record,
    planned,
    assignments,
    dependencies: await findDependencies(records, record, planned),
    signals: await findSignals(records, record),
    rejected,
  };
};
