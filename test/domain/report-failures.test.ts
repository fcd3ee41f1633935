import fc from "fast-check";
import { expect, test } from "vitest";
import { createFailureSample, renderFailures } from "../../lib/domain/report-failures.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { completed, failed, tallyOf, times, unassignable } from "./report-builders.ts";

const sampleOf = (records: readonly TaskRecord[]) => {
  const sample = createFailureSample();
  for (const record of records) sample.add(record);
  return sample.tasks();
};
const render = (records: readonly TaskRecord[]) => renderFailures(tallyOf(records), sampleOf(records));

test("completed tasks are no examples of failure", () => {
  expect(sampleOf([completed()])).toEqual([]);
});

test("an example shows where and how the task ended, its error on one line", () => {
  expect(sampleOf([failed({ error: "bad\nrequest" })])).toEqual([
    {
      task_id: "task_1",
      wave: 1,
      status: "FAILED",
      reason: "permanent",
      agent_id: "agent_0",
      attempts: 1,
      error: "bad request",
    },
  ]);
});

test("at most 20 examples are kept, and every reason has its turn", () => {
  const tasks = sampleOf([
    ...times(500, (n) => failed({ task_id: `p${String(n).padStart(3, "0")}` })),
    unassignable({ task_id: "u1" }),
    failed({ task_id: "c1", status: "BLOCKED", reason: "cycle", wave: null }),
  ]);
  expect(tasks).toHaveLength(20);
  expect(tasks.map((task) => task.task_id)).toEqual([
    ...times(18, (n) => failed({ task_id: `p${String(n).padStart(3, "0")}` })).map((record) => record.task_id),
    "u1",
    "c1",
  ]);
});

test("the choice does not depend on the order in which records come", () => {
  const records = times(300, (n) => failed({ task_id: `t${n}`, wave: n % 7 === 0 ? null : n % 5 }));
  const inOrder = sampleOf(records);
  fc.assert(
    fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (shuffled) => {
      expect(sampleOf(shuffled)).toEqual(inOrder);
    }),
    { numRuns: 20 },
  );
});

test("examples of early waves come first, tasks without a wave last", () => {
  const waves = [null, 2, 1].map((wave) => failed({ task_id: `t${wave}`, wave }));
  expect(sampleOf(waves).map((task) => task.wave)).toEqual([1, 2, null]);
});

test("a run without failures says so", () => {
  expect(render([completed()])).toBe("Nothing failed.");
});

test("reasons stand with their counts, worst first, those without tasks left out", () => {
  const text = render([completed(), unassignable(), failed(), failed({ task_id: "task_2", error: "a|b" })]);
  expect(text).toContain("3 tasks of 4 did not complete.");
  expect(text.match(/^\| (permanent|unassignable|cycle) .*$/gm)).toEqual([
    "| permanent | FAILED | 2 | the agent answered that trying again is of no use |",
    "| unassignable | FAILED | 1 | no agent may take the task |",
  ]);
  expect(text).toContain("| task_2 | 1 | permanent | agent_0 | 1 | a\\|b |");
});

test("what a task does not have is a dash", () => {
  const { error: _, ...record } = unassignable({ wave: null });
  expect(render([record])).toContain("| task_1 | – | unassignable | – | 0 | – |");
});

test("examples say where the rest is", () => {
  expect(render(times(30, (n) => failed({ task_id: `t${n}` })))).toContain(
    "20 examples, taken from every reason (all of them stand in results.jsonl):",
  );
});
