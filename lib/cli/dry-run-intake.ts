import { basename } from "node:path";

import type { ObjectStore, TextWriter } from "../domain/ports.ts";
import type { Rejection } from "../domain/rejection.ts";
import type { Task } from "../domain/task.ts";
import { type Intake, takeIn } from "../steps/take-in.ts";
import { openInput } from "./input-file.ts";

/** What a dry run takes in of the files that a run would read. */
export interface DryIntake extends Intake {
  /** An accepted task by its index, without what assigning does not look at, payloads above all. */
  readonly taskAt: (index: number) => Task;
  /** Mean size of a task's JSON, in bytes of UTF-8. */
  readonly taskBytes: number;
  /** The first of the rejected lines. */
  readonly firstRejected: readonly Rejection[];
}

/** Rejected lines that are named. */
const MAX_REJECTED = 5;

const none: readonly string[] = [];

/** What tasks mostly have in common: who may take them. */
type Terms = Pick<Task, "capabilities" | "constraints" | "pinned_agent_id">;

const free: Terms = { capabilities: none, constraints: {} };

/** Of every so many tasks one is measured. */
const MEASURED_EVERY = 64;

const isFree = ({ capabilities, constraints, pinned_agent_id }: Task): boolean =>
  capabilities.length === 0 && pinned_agent_id === undefined && Object.keys(constraints).length === 0;

/** Keeps numbers of the tasks: a million of them as objects would take a gigabyte. */
class TaskColumns {
  #bytes = 0;
  #measured = 0;
  readonly #successRates: number[] = [];
  readonly #confidences: number[] = [];
  readonly #priorities: number[] = [];
  /** NaN where a task does not say it. */
  readonly #durations: number[] = [];
  readonly #terms: Terms[] = [];
  readonly #known = new Map<string, Terms>();

  /** Mean size of a task's JSON, in bytes of UTF-8. */
  get taskBytes(): number {
    return Math.max(1, this.#bytes / Math.max(1, this.#measured));
  }

  add(task: Task): void {
    if (this.#terms.length % MEASURED_EVERY === 0) {
      this.#bytes += Buffer.byteLength(JSON.stringify(task));
      this.#measured += 1;
    }
    this.#successRates.push(task.success_rate);
    this.#confidences.push(task.confidence);
    this.#priorities.push(task.priority);
    this.#durations.push(task.estimated_duration_ms ?? Number.NaN);
    this.#terms.push(isFree(task) ? free : this.#share(task));
  }

  at(index: number, task_id: string): Task {
    const duration = this.#durations[index]!;
    return {
      task_id,
      success_rate: this.#successRates[index]!,
      confidence: this.#confidences[index]!,
      priority: this.#priorities[index]!,
      depends_on: none,
      resources: none,
      payload: null,
      ...(!Number.isNaN(duration) && { estimated_duration_ms: duration }),
      ...this.#terms[index]!,
    };
  }

  #share({ capabilities, constraints, pinned_agent_id: pin }: Task): Terms {
    const terms: Terms = { capabilities, constraints, ...(pin !== undefined && { pinned_agent_id: pin }) };
    const key = JSON.stringify(terms);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, terms);
    return known ?? terms;
  }
}

/** Files of this machine in place of the objects that the step reads; what has no file is no object. */
const fileStore = (files: Readonly<Record<string, string | undefined>>): Pick<ObjectStore, "read"> => ({
  read: async (key) => {
    const path = files[key];
    return path === undefined ? undefined : ((await openInput(path)) as AsyncIterable<Uint8Array>);
  },
});

const firstLines = (first: Rejection[]): TextWriter => ({
  write: (line) => {
    if (first.length < MAX_REJECTED) first.push(JSON.parse(line) as Rejection);
  },
});

/**
 * Takes in a run's files by the very step that the run has for it, and writes nothing.
 *
 * @throws UsageError when a file cannot be read
 */
export const takeInFiles = async (predictions: string, schedule: string | undefined): Promise<DryIntake> => {
  const tasks = new TaskColumns();
  const firstRejected: Rejection[] = [];
  // In folders of their own, because two files may have the same name; a rejection tells the name alone.
  const keys = {
    predictions: `predictions/${basename(predictions)}`,
    schedule: `schedule/${basename(schedule ?? "")}`,
  };
  const store = fileStore({ [keys.predictions]: predictions, [keys.schedule]: schedule });
  const intake = await takeIn(store, keys, firstLines(firstRejected), (task) => tasks.add(task));
  const { items } = intake;
  return {
    ...intake,
    taskAt: (index) => tasks.at(index, items[index]!.taskId),
    taskBytes: tasks.taskBytes,
    firstRejected,
  };
};
