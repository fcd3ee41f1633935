import { expect, test } from "vitest";

import { createEndingComparer } from "../../lib/domain/ending-changes.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { completed, failed, times, unassignable } from "./report-builders.ts";

const compare = (a: readonly TaskRecord[], b: readonly TaskRecord[]) => {
  const comparer = createEndingComparer();
  for (const record of a) comparer.addA(record);
  for (const record of b) comparer.addB(record);
  return comparer.changes();
};

test("tasks of both runs that ended the same are counted and not listed", () => {
  expect(compare([completed(), failed({ task_id: "x" })], [completed(), failed({ task_id: "x" })])).toEqual({
    in_both: 2,
    only_in_a: 0,
    only_in_b: 0,
    changes: [],
    examples: [],
  });
});

test("tasks that ended differently are counted by what became of what, most first", () => {
  const a = [...times(3, (n) => completed({ task_id: `c${n}` })), failed({ task_id: "f" })];
  const b = [...times(3, (n) => unassignable({ task_id: `c${n}` })), completed({ task_id: "f" })];
  const { changes, examples } = compare([a[3]!, ...a.slice(0, 3)], [b[3]!, ...b.slice(0, 3)]);
  expect(changes).toEqual([
    { from: "COMPLETED", to: "FAILED (unassignable)", tasks: 3 },
    { from: "FAILED (permanent)", to: "COMPLETED", tasks: 1 },
  ]);
  expect(examples[0]).toEqual({ task_id: "f", from: "FAILED (permanent)", to: "COMPLETED" });
});

test("at most ten of them are named", () => {
  const runs = [
    times(12, (n) => completed({ task_id: `t${n}` })),
    times(12, (n) => failed({ task_id: `t${n}` })),
  ] as const;
  const { changes, examples } = compare(...runs);
  expect(changes[0]?.tasks).toBe(12);
  expect(examples).toHaveLength(10);
});

test("tasks of one run alone are counted for that run", () => {
  expect(
    compare(
      [completed({ task_id: "a" })],
      times(2, (n) => failed({ task_id: `b${n}` })),
    ),
  ).toMatchObject({
    in_both: 0,
    only_in_a: 1,
    only_in_b: 2,
  });
});

test.each(["BLOCKED", "SKIPPED"] as const)("a task that ended %s keeps its status", (status) => {
  const reason = status === "BLOCKED" ? "cycle" : "dependency_failed";
  expect(compare([completed()], [failed({ status, reason })]).changes[0]?.to).toBe(`${status} (${reason})`);
});
