import type { Assignment, ExecutionResult, PendingTask } from "../domain/execution.ts";
import type { AttemptStore, ObjectStore } from "../domain/ports.ts";
import { runKeys } from "../domain/run-keys.ts";
import { diedWithBatch, endsHere, type History, pendingAgain, terminalRecord } from "../domain/settle.ts";
import { readJson, readJsonLines } from "./read-json-lines.ts";
import type { RecordSink } from "./record-sink.ts";
import { withWriters } from "./with-writers.ts";

/** Where the Distributed Map says what its children came to. */
interface Manifest {
  readonly ResultFiles: { readonly SUCCEEDED: readonly { readonly Key: string }[] };
}

export interface SettlePassInput {
  readonly run_id: string;
  readonly wave: number;
  /** The pass that was dispatched. */
  readonly pass: number;
  /** Tasks that it gave to agents. */
  readonly assigned: number;
  /** Where Distributed Maps say what their children came to; none when the pass had only tasks that wait. */
  readonly manifest_keys: readonly string[];
  readonly max_passes: number;
  /** The dispatch broke off: what no agent was asked for waits for the next pass, and spends none. */
  readonly broken?: boolean;
  /** The wave's last pass: what is still pending ends. */
  readonly last: boolean;
}

export interface SettlePassPorts {
  readonly objects: ObjectStore;
  readonly attempts: Pick<AttemptStore, "list">;
}

/**
 * Joins what a pass was given with what its children said of it: tasks that ended get their terminal record, the others are
 * pending for the next pass. A child that died says nothing, so what has no result is pending too. Streams: only ids and the
 * results of tasks that run again are held. Gives the number of tasks that are pending.
 */
export const settlePass = async (
  input: SettlePassInput,
  records: RecordSink,
  { objects, attempts }: SettlePassPorts,
): Promise<number> => {
  const at = runKeys(input.run_id);
  const assignments = at.assignments(input.wave, input.pass);
  const maxPasses = input.last ? 0 : input.max_passes;
  // Only a later pass has tasks with a history.
  const histories = input.pass === 1 ? new Map<string, History>() : await readHistories(objects, assignments);
  const ended = new Set<string>();
  const again = new Map<string, ExecutionResult>();
  const join = (result: ExecutionResult): Promise<void> | void => {
    // Express children are at-least-once: a second result of the same task says nothing new.
    if (ended.has(result.task_id)) return;
    const history = histories.get(result.task_id) ?? { wave: input.wave };
    if (endsHere(result, history.passes ?? 0, maxPasses)) {
      ended.add(result.task_id);
      again.delete(result.task_id);
      return records.add(terminalRecord(result, history));
    }
    again.set(result.task_id, result);
  };
  return withWriters(objects, [at.pending(input.wave, input.pass + 1)], async ([writer]) => {
    let count = 0;
    const wait = (task: PendingTask): Promise<void> | void => {
      count += 1;
      return writer.write(`${JSON.stringify(task)}\n`);
    };
    for (const key of await resultFiles(objects, input.manifest_keys)) {
      for await (const lines of readJsonLines<ExecutionResult | readonly ExecutionResult[]>(objects, key)) {
        for (const told of (lines as readonly ExecutionResult[]).flat()) {
          await join(told.first_attempt === undefined ? told : await withAttemptsBetween(input, told, attempts));
        }
      }
    }
    const unsettled = ended.size < input.assigned ? readJsonLines<Assignment>(objects, assignments) : [];
    for await (const batch of unsettled) {
      for (const assignment of batch) {
        const id = assignment.task.task_id;
        if (ended.has(id)) continue;
        const result = again.get(id) ?? (await resultOfLost(input, assignment, attempts));
        if (endsHere(result, assignment.passes ?? 0, maxPasses)) {
          await records.add(terminalRecord(result, assignment));
        } else {
          await wait(pendingAgain(assignment, result));
        }
      }
    }
    for await (const batch of readJsonLines<PendingTask>(objects, at.deferred(input.wave, input.pass))) {
      for (const task of batch) await wait(task);
    }
    return count;
  });
};

/**
 * The result of an executor that died comes from the state machine, which knows only the attempt that was made with the others of the
 * batch and the one that was its last; those between are on record.
 */
const withAttemptsBetween = async (
  { run_id, pass }: SettlePassInput,
  { first_attempt, ...result }: ExecutionResult,
  attempts: Pick<AttemptStore, "list">,
): Promise<ExecutionResult> => {
  const logged = (await attempts.list(run_id, result.task_id)).filter((entry) => entry.pass === pass);
  const all = [...(first_attempt ? [first_attempt] : []), ...logged, ...result.attempts];
  return { ...result, attempts: all.map((entry, index) => ({ ...entry, attempt: index + 1 })) };
};

/** The manifests of a pass, for those who were not told of them. */
export const findManifests = async (
  { run_id, wave, pass }: Pick<SettlePassInput, "run_id" | "wave" | "pass">,
  objects: Pick<ObjectStore, "list">,
): Promise<readonly string[]> => {
  const keys = await objects.list(`${runKeys(run_id).results(wave, pass)}/`);
  return keys.filter((key) => key.endsWith("/manifest.json"));
};

const resultFiles = async (objects: ObjectStore, manifestKeys: readonly string[]): Promise<readonly string[]> => {
  const manifests = await Promise.all(manifestKeys.map((key) => readJson<Manifest>(objects, key)));
  return manifests.flatMap(({ ResultFiles }) => ResultFiles.SUCCEEDED.map(({ Key }) => Key));
};

/** What tasks that were dispatched before bring along. */
const readHistories = async (objects: ObjectStore, key: string): Promise<ReadonlyMap<string, History>> => {
  const histories = new Map<string, History>();
  for await (const batch of readJsonLines<Assignment>(objects, key)) {
    for (const { task, wave, passes, earlier } of batch) {
      if (passes !== undefined)
        histories.set(task.task_id, { wave, passes, ...(earlier !== undefined && { earlier }) });
    }
  }
  return histories;
};

const resultOfLost = async (
  { run_id, pass, broken }: SettlePassInput,
  assignment: Assignment,
  attempts: Pick<AttemptStore, "list">,
): Promise<ExecutionResult> => {
  const logged = await attempts.list(run_id, assignment.task.task_id);
  const ofThisPass = logged.filter((entry) => entry.pass === pass);
  const lost = diedWithBatch(assignment, ofThisPass, "the child execution that held the task ended without a result");
  return broken === true && ofThisPass.length === 0 ? { ...lost, outcome: "deferred" } : lost;
};
