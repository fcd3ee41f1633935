import type { TaskRecord } from "./record.ts";
import { terminalReasons } from "./redrive.ts";

/** How many tasks of two runs ended so in the one and so in the other. */
interface EndingChange {
  /** `COMPLETED`, or a status with its reason: `FAILED (permanent)`. */
  readonly from: string;
  readonly to: string;
  readonly tasks: number;
}

/** The tasks that both runs have, and those that ended differently. */
export interface EndingChanges {
  readonly in_both: number;
  readonly only_in_a: number;
  readonly only_in_b: number;
  /** Most tasks first. */
  readonly changes: readonly EndingChange[];
  /** At most ten. */
  readonly examples: readonly { readonly task_id: string; readonly from: string; readonly to: string }[];
}

/** Takes the records of one run, then those of the other; holds of the first an id and a small number for each task. */
export interface EndingComparer {
  addA(record: TaskRecord): void;
  addB(record: TaskRecord): void;
  changes(): EndingChanges;
}

const MAX_EXAMPLES = 10;

const statusOf = { 0: "COMPLETED", 1: "FAILED", 2: "BLOCKED", 3: "SKIPPED" } as const;
const statusCodes: Readonly<Record<TaskRecord["status"], number>> = { COMPLETED: 0, FAILED: 1, BLOCKED: 2, SKIPPED: 3 };

/** Status and reason in one byte. */
const codeOf = ({ status, reason }: TaskRecord): number =>
  statusCodes[status] * 16 + (reason === null ? 15 : terminalReasons.indexOf(reason));

const nameOf = (code: number): string => {
  const status = statusOf[(code >> 4) as keyof typeof statusOf];
  const reason = terminalReasons[code & 15];
  return reason === undefined ? status : `${status} (${reason})`;
};

/** Starts a comparison of how the tasks of two runs ended. */
export const createEndingComparer = (): EndingComparer => {
  const codes = new Map<string, number>();
  const counts = new Map<number, number>();
  const examples: { task_id: string; from: string; to: string }[] = [];
  let inBoth = 0;
  let onlyInB = 0;
  return {
    addA: (record) => {
      codes.set(record.task_id, codeOf(record));
    },
    addB: (record) => {
      const from = codes.get(record.task_id);
      if (from === undefined) {
        onlyInB += 1;
        return;
      }
      inBoth += 1;
      const to = codeOf(record);
      if (from === to) return;
      counts.set(from * 256 + to, (counts.get(from * 256 + to) ?? 0) + 1);
      if (examples.length < MAX_EXAMPLES)
        examples.push({ task_id: record.task_id, from: nameOf(from), to: nameOf(to) });
    },
    changes: () => ({
      in_both: inBoth,
      only_in_a: codes.size - inBoth,
      only_in_b: onlyInB,
      changes: [...counts]
        .toSorted(([, a], [, b]) => b - a)
        .map(([pair, tasks]) => ({ from: nameOf(pair >> 8), to: nameOf(pair & 255), tasks })),
      examples,
    }),
  };
};
