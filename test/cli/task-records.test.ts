import { expect, test } from "vitest";

import { findTaskFacts } from "../../lib/cli/task-records.ts";
import type { Stack } from "../../lib/cli/stack.ts";
import type { RunRecords } from "../../lib/cli/run-records.ts";
import { runKeys } from "../../lib/domain/run-keys.ts";
import { taskSignals } from "../../lib/domain/signals.ts";
import { completed, config, failed, tallyOf, times } from "../domain/report-builders.ts";
import { given, planned } from "../domain/story-builders.ts";

const at = runKeys("run-1");

const bytes = (text: string) =>
  (async function* () {
    // In pieces, so that a line stands in two of them.
    for (let from = 0; from < text.length; from += 50) yield new TextEncoder().encode(text.slice(from, from + 50));
  })();

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** A run that only a cloud has, with these objects of JSON lines. */
const inCloud = (objects: Readonly<Record<string, readonly unknown[]>>): RunRecords => {
  const read = async (key: string) => (objects[key] === undefined ? undefined : bytes(lines(objects[key])));
  const list = async (prefix: string) => Object.keys(objects).filter((key) => key.startsWith(prefix));
  return {
    runId: "run-1",
    place: "s3://bucket/runs/run-1/output",
    folder: undefined,
    read: (file) => read(at.output(file)),
    stack: { objects: { read, list } } as unknown as Stack,
    item: undefined,
  };
};

test("a task of a run that is under way is found in its plan, with what it was given", async () => {
  const records = inCloud({
    [at.tasks(1)]: [planned({ task_id: "other", depends_on: ["task_1"] }), planned()],
    [at.tasks(2)]: [planned({ task_id: "later" })],
    [at.assignments(1, 2)]: [given(2).assignment],
    [at.assignments(1, 1)]: [given(1).assignment],
    [at.assignments(1, 3)]: [given(3, planned({ task_id: "other" })).assignment],
    [at.assignments(2, 1)]: [given(1).assignment],
  });
  const facts = await findTaskFacts(records, "task_1");
  expect(facts.record).toBeUndefined();
  expect(facts.planned?.task.task_id).toBe("task_1");
  expect(facts.assignments?.map(({ pass }) => pass)).toEqual([1, 2]);
});

test("what a wave that has ended has on record is found before the run ends, its signals in the wave's ledger", async () => {
  const record = completed();
  const context = { run_id: "run-1", wave: 1, timestamp: "2026-01-01T12:00:00.000Z", feedback: config.feedback };
  const records = inCloud({
    [at.planRecords]: [failed({ task_id: "ring", reason: "cycle", wave: null })],
    [at.records(1, 1)]: [record],
    [at.ledger(1)]: taskSignals(record, tallyOf([record]), context),
  });
  const facts = await findTaskFacts(records, "task_1");
  expect(facts.record?.status).toBe("COMPLETED");
  expect(facts.signals.map(({ signal_type }) => signal_type)).toEqual(["agent_performance", "prediction_validation"]);
  expect((await findTaskFacts(records, "ring")).record?.reason).toBe("cycle");
});

test("every dependency that the plan names is looked up, the one that held the task up first", async () => {
  const skipped = failed({ status: "SKIPPED", reason: "dependency_failed", error: "depends on b, which ended FAILED" });
  const records = inCloud({
    [at.output("results.jsonl")]: [
      completed({ task_id: "a" }),
      failed({ task_id: "b", reason: "dependency_failed", error: "depends on gone, which cannot run" }),
      skipped,
    ],
    [at.tasks(1)]: [planned({ depends_on: ["a", "b"] })],
  });
  expect((await findTaskFacts(records, "task_1")).dependencies).toMatchObject([
    { task_id: "b", status: "FAILED", held_up_by: { task_id: "gone", status: null } },
    { task_id: "a", status: "COMPLETED" },
  ]);
});

test("at most ten rejected lines of the same id are kept", async () => {
  const rejected = times(12, () => completed()).map((_, index) => ({
    file: "predictions.jsonl",
    line: index + 1,
    reason: `line ${index + 1}: duplicate`,
    text: '{"task_id":"task_1"}',
  }));
  const records = inCloud({ [at.output("rejected.jsonl")]: rejected });
  expect((await findTaskFacts(records, "task_1")).rejected).toHaveLength(10);
});

test("a switched-off phase leaves fewer signals, and a run without a ledger none", async () => {
  const record = completed();
  const feedback = { ...config.feedback, phase_20: false };
  const context = { run_id: "run-1", wave: 1, timestamp: "2026-01-01T12:00:00.000Z", feedback };
  const results = { [at.output("results.jsonl")]: [record] };
  const ledger = { [at.output("learning_signals.jsonl")]: taskSignals(record, tallyOf([record]), context) };
  expect((await findTaskFacts(inCloud({ ...results, ...ledger }), "task_1")).signals).toHaveLength(1);
  expect((await findTaskFacts(inCloud(results), "task_1")).signals).toEqual([]);
});
