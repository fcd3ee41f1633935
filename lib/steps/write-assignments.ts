import type { AssignmentPlan, UnassignedTask } from "../domain/assign.ts";
import type { Assignment, PendingTask } from "../domain/execution.ts";
import type { ObjectStore, ObjectWriter } from "../domain/ports.ts";
import { runKeys } from "../domain/run-keys.ts";
import { endedRecord, unassignedRecord } from "../domain/settle.ts";
import type { Candidates, Lot } from "./read-candidates.ts";
import type { RecordSink } from "./record-sink.ts";

/** Text of assignments that is held at a time to be put into dispatch order; larger waves are read once for each such part. */
const MAX_SORTED_LENGTH = 64 * 1024 * 1024;

export interface WriteAssignmentsInput {
  readonly run_id: string;
  readonly wave: number;
  readonly pass: number;
  readonly candidates: Candidates;
  readonly plan: AssignmentPlan;
  readonly agents: readonly { readonly id: string }[];
}

/** What the start of a pass writes. */
export interface PassFiles {
  /** Of tasks that end here. */
  readonly records: RecordSink;
  readonly assignments: ObjectWriter;
  /** Tasks that wait for a later pass. */
  readonly deferred: ObjectWriter;
}

/**
 * Writes the assignments in the order in which they are to be dispatched, the tasks that wait, and the records of those that end
 * here. The pending file is in another order, so it is read again, in parts where it is large.
 */
export const writeAssignments = async (
  input: WriteAssignmentsInput,
  files: PassFiles,
  objects: Pick<ObjectStore, "read">,
  maxLength = MAX_SORTED_LENGTH,
): Promise<void> => {
  const at = runKeys(input.run_id);
  const { wave, pass, candidates, plan } = input;
  const unassigned = new Map(plan.unassigned.map((task) => [task.taskIndex, task]));
  const rankOf = new Int32Array(candidates.tasks.length).fill(-1);
  for (const [rank, index] of plan.order.entries()) rankOf[index] = rank;
  for (const part of partsOf(plan, candidates, maxLength)) {
    const lines: string[] = [];
    let line = 0;
    for await (const batch of candidates.lines.again(objects, at.pending(wave, pass))) {
      for (const pending of batch) {
        const lot = candidates.lots[line]!;
        line += 1;
        const rank = lot.kind === "candidate" ? rankOf[lot.index]! : -1;
        if (lot.kind === "candidate" && rank >= 0) {
          if (rank >= part.from && rank < part.to) lines[rank - part.from] = assignmentLine(input, pending, lot);
        } else if (part.from === 0) {
          await setAside(pending, lot, unassigned, files);
        }
      }
    }
    for (const text of lines) await files.assignments.write(text);
  }
};

/** Ranks `from` to `to` (exclusive) whose lines fit into memory together; at least one part, for the tasks that end here. */
const partsOf = (
  { order }: AssignmentPlan,
  { sizes }: Candidates,
  maxLength: number,
): readonly { readonly from: number; readonly to: number }[] => {
  const parts: { from: number; to: number }[] = [];
  let from = 0;
  let held = 0;
  for (const [rank, index] of order.entries()) {
    const size = sizes[index]!;
    held += size;
    if (held <= maxLength || rank === from) continue;
    parts.push({ from, to: rank });
    from = rank;
    held = size;
  }
  parts.push({ from, to: order.length });
  return parts;
};

/** An {@link Assignment}: the pending task's own text with what was decided, because parsing it again would say nothing new. */
const assignmentLine = (
  { plan, agents }: WriteAssignmentsInput,
  pending: string,
  { index, dependent }: Extract<Lot, { kind: "candidate" }>,
): string => {
  const decided: Omit<Assignment, keyof PendingTask> = {
    // What depends on a task that did not complete is no candidate.
    ...(dependent && { dependencies_completed: true as const }),
    agent_id: agents[plan.agentOf[index]!]!.id,
    decision: plan.decisionOf(index),
  };
  return `${pending.slice(0, -1)},${JSON.stringify(decided).slice(1)}\n`;
};

const setAside = async (
  line: string,
  lot: Lot,
  unassigned: ReadonlyMap<number, UnassignedTask>,
  { deferred, records }: PassFiles,
): Promise<void> => {
  const pending = JSON.parse(line) as PendingTask;
  switch (lot.kind) {
    case "waits":
      await deferred.write(`${line}\n`);
      break;
    case "ends":
      await records.add(endedRecord(pending, lot));
      break;
    case "candidate": {
      const { reason, detail } = unassigned.get(lot.index)!;
      if (reason === "rate_limit") await deferred.write(`${line}\n`);
      else await records.add(unassignedRecord(pending, detail));
    }
  }
};
