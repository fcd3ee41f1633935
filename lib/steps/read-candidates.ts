import { assignableTask } from "../domain/dispatch.ts";
import type { AssignableTask } from "../domain/eligibility.ts";
import type { PendingTask } from "../domain/execution.ts";
import type { ObjectStore, RunStore } from "../domain/ports.ts";
import type { TaskRecord, TerminalReason, TerminalStatus } from "../domain/record.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { RunPlan } from "../domain/run-plan.ts";
import { HeldLines } from "./held-lines.ts";
import { readJson, readJsonLines, readTextLines } from "./read-json-lines.ts";

/** What happens to a line of the pending file in this pass. */
export type Lot =
  | {
      readonly kind: "candidate";
      /** Index among the candidates' tasks. */
      readonly index: number;
      /** It depends on other tasks, all of them COMPLETED. */
      readonly dependent: boolean;
    }
  | { readonly kind: "waits" }
  | {
      readonly kind: "ends";
      readonly status: TerminalStatus;
      readonly reason: TerminalReason;
      readonly error: string;
    };

/** The pending tasks of a wave, without their payloads. */
export interface Candidates {
  readonly tasks: readonly AssignableTask[];
  /** By candidate: length of its line. */
  readonly sizes: readonly number[];
  /** By line of the pending file. */
  readonly lots: readonly Lot[];
  /** The pending file. */
  readonly lines: HeldLines;
  readonly waiting: number;
  /** When tasks that wait may start next (epoch ms). */
  readonly nextStart?: number;
}

/** No run is held open longer for a task that may not start yet. */
const MAX_WAIT_MS = 30 * 24 * 3_600_000;

interface Pass {
  readonly run_id: string;
  readonly wave: number;
  readonly pass: number;
  readonly now: number;
  /** Nothing of the run may start any more. */
  readonly halt?: Halt;
}

/** What ends every task that has not ended yet. */
export interface Halt {
  readonly reason: "cancelled" | "budget_exhausted";
  readonly error: string;
}

interface Ports {
  readonly objects: ObjectStore;
  readonly runs: Pick<RunStore, "readWaves">;
}

/**
 * Reads what a pass starts from. A task whose dependency did not complete is skipped; one whose `not_before` lies ahead waits for a
 * later pass; the others are up for assignment.
 */
export const readCandidates = async (pass: Pass, ports: Ports): Promise<Candidates> => {
  const outcomes = await readOutcomes(pass, ports);
  const tasks: AssignableTask[] = [];
  const sizes: number[] = [];
  const lots: Lot[] = [];
  const starts: number[] = [];
  const lines = new HeldLines();
  for await (const batch of readTextLines(ports.objects, runKeys(pass.run_id).pending(pass.wave, pass.pass))) {
    for (const line of batch) {
      lines.add(line);
      const pending = JSON.parse(line) as PendingTask;
      const { depends_on, constraints } = pending.task;
      const unmet = depends_on.find((id) => outcomes.get(id) !== "COMPLETED");
      const notBefore = constraints.not_before === undefined ? 0 : Date.parse(constraints.not_before);
      if (pass.halt !== undefined) {
        lots.push({ kind: "ends", status: "SKIPPED", ...pass.halt });
      } else if (unmet !== undefined) {
        const error = `depends on ${unmet}, which ended ${outcomes.get(unmet) ?? "without a record"}`;
        lots.push({ kind: "ends", status: "SKIPPED", reason: "dependency_failed", error });
      } else if (notBefore - pass.now > MAX_WAIT_MS) {
        const error = `not_before: expected a time within 30 days, received ${constraints.not_before}`;
        lots.push({ kind: "ends", status: "BLOCKED", reason: "blocked_by_gate", error });
      } else if (notBefore > pass.now) {
        lots.push({ kind: "waits" });
        starts.push(notBefore);
      } else {
        lots.push({ kind: "candidate", index: tasks.length, dependent: depends_on.length > 0 });
        tasks.push(assignableTask(pending));
        sizes.push(line.length);
      }
    }
  }
  return { tasks, sizes, lots, lines, waiting: starts.length, ...nextStart(starts, pass.now) };
};

/**
 * The earliest start, put off to a tenth of the whole wait so that starts that lie close together share a pass: a wave has passes for
 * 200 of them, whatever its tasks ask for.
 */
const nextStart = (starts: readonly number[], now: number): { readonly nextStart?: number } => {
  if (starts.length === 0) return {};
  const earliest = starts.reduce((a, b) => Math.min(a, b));
  const latest = starts.reduce((a, b) => Math.max(a, b));
  return { nextStart: Math.ceil(Math.max(earliest, now + (latest - now) / 10)) };
};

/** The outcomes that gate 3 asks for: of the waves on which this one depends, the tasks that it names. */
const readOutcomes = async (
  { run_id, wave, pass }: Pass,
  { objects, runs }: Ports,
): Promise<ReadonlyMap<string, TerminalStatus>> => {
  const outcomes = new Map<string, TerminalStatus>();
  const plan = await readJson<RunPlan>(objects, runKeys(run_id).plan);
  const dependsOn = plan.waves.find((planned) => planned.wave === wave)?.depends_on_waves ?? [];
  if (dependsOn.length === 0) return outcomes;
  const needed = new Set<string>();
  for await (const batch of readJsonLines<PendingTask>(objects, runKeys(run_id).pending(wave, pass))) {
    for (const { task } of batch) for (const id of task.depends_on) needed.add(id);
  }
  const passesOf = new Map((await runs.readWaves(run_id)).map((item) => [item.wave, item.passes]));
  for (const before of dependsOn) {
    for (const key of runKeys(run_id).waveRecords(before, passesOf.get(before) ?? 0)) {
      for await (const records of readJsonLines<TaskRecord>(objects, key)) {
        for (const { task_id, status } of records) if (needed.has(task_id)) outcomes.set(task_id, status);
      }
    }
  }
  return outcomes;
};
