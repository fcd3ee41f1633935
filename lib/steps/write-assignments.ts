import type { AssignmentPlan, UnassignedTask } from "../domain/assign.ts";
import type { Assignment, PendingTask } from "../domain/execution.ts";
import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import { runKeys } from "../domain/run-keys.ts";
import { unassignedRecord, unexecutedRecord } from "../domain/settle.ts";
import type { Candidates, Lot } from "./read-candidates.ts";
import { readJsonLines } from "./read-json-lines.ts";
import type { RecordSink } from "./record-sink.ts";
import { withWriters } from "./with-writers.ts";

/** Bytes of assignments that are held at a time to be put into dispatch order; larger waves are read once for each such part. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

export interface WriteAssignmentsInput {
  readonly run_id: string;
  readonly wave: number;
  readonly pass: number;
  readonly candidates: Candidates;
  readonly plan: AssignmentPlan;
  readonly agents: readonly { readonly id: string }[];
}

/**
 * Writes the assignments in the order in which they are to be dispatched, the tasks that wait, and the records of those that end
 * here. The pending file is in another order, so it is read again, in parts where it is large.
 */
export const writeAssignments = async (
  input: WriteAssignmentsInput,
  records: RecordSink,
  objects: ObjectStore,
  maxHeldBytes = MAX_HELD_BYTES,
): Promise<void> => {
  const at = runKeys(input.run_id);
  const { wave, pass, candidates, plan } = input;
  const unassigned = new Map(plan.unassigned.map((task) => [task.taskIndex, task]));
  const rankOf = new Int32Array(candidates.tasks.length).fill(-1);
  for (const [rank, index] of plan.order.entries()) rankOf[index] = rank;
  await withWriters(objects, [at.assignments(wave, pass), at.deferred(wave, pass)], async ([assignments, deferred]) => {
    for (const part of partsOf(plan, candidates, maxHeldBytes)) {
      const lines: string[] = [];
      let line = 0;
      for await (const batch of readJsonLines<PendingTask>(objects, at.pending(wave, pass))) {
        for (const pending of batch) {
          const lot = candidates.lots[line]!;
          line += 1;
          const rank = lot.kind === "candidate" ? rankOf[lot.index]! : -1;
          if (lot.kind === "candidate" && rank >= 0) {
            if (rank >= part.from && rank < part.to)
              lines[rank - part.from] = assignmentLine(input, pending, lot.index);
          } else if (part.from === 0) {
            await setAside(pending, lot, unassigned, { deferred, records });
          }
        }
      }
      for (const text of lines) await assignments.write(text);
    }
  });
};

/** Ranks `from` to `to` (exclusive) whose lines fit into memory together; at least one part, for the tasks that end here. */
const partsOf = (
  { order }: AssignmentPlan,
  { sizes }: Candidates,
  maxHeldBytes: number,
): readonly { readonly from: number; readonly to: number }[] => {
  const parts: { from: number; to: number }[] = [];
  let from = 0;
  let held = 0;
  for (const [rank, index] of order.entries()) {
    const size = sizes[index]!;
    held += size;
    if (held <= maxHeldBytes || rank === from) continue;
    parts.push({ from, to: rank });
    from = rank;
    held = size;
  }
  parts.push({ from, to: order.length });
  return parts;
};

const assignmentLine = ({ plan, agents }: WriteAssignmentsInput, pending: PendingTask, index: number): string => {
  const { depends_on } = pending.task;
  const assignment: Assignment = {
    ...pending,
    // What depends on a task that did not complete is no candidate.
    ...(depends_on.length > 0 && { dependencies_completed: true as const }),
    agent_id: agents[plan.agentOf[index]!]!.id,
    decision: plan.decisionOf(index),
  };
  return `${JSON.stringify(assignment)}\n`;
};

const setAside = async (
  pending: PendingTask,
  lot: Lot,
  unassigned: ReadonlyMap<number, UnassignedTask>,
  { deferred, records }: { readonly deferred: ObjectWriter; readonly records: RecordSink },
): Promise<void> => {
  const { task, wave } = pending;
  switch (lot.kind) {
    case "waits":
      await deferred.write(`${JSON.stringify(pending)}\n`);
      break;
    case "ends":
      await records.add(unexecutedRecord(task, { wave, status: lot.status, reason: lot.reason, error: lot.error }));
      break;
    case "candidate": {
      const { reason, detail } = unassigned.get(lot.index)!;
      if (reason === "rate_limit") await deferred.write(`${JSON.stringify(pending)}\n`);
      else await records.add(unassignedRecord(pending, detail));
    }
  }
};
