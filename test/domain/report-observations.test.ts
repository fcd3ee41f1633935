import { expect, test } from "vitest";
import { observePatterns } from "../../lib/domain/report-observations.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { agent, attempt, completed, config, failed, tallyOf, times, unassignable } from "./report-builders.ts";

const observe = (records: readonly TaskRecord[]) =>
  observePatterns({ totals: tallyOf(records), agents: [agent("agent_0")], config, failures: [], rejectedLines: 0 });

test("a wave in which all went well is told by outcome, effort and predictions", () => {
  expect(observe(times(2, () => completed()))).toEqual([
    "2 of 2 tasks completed",
    "2 executed tasks took 2 attempts: 0 retries, 0 reassignments",
    "predictions are under-confident: 90.0 % predicted, 100.0 % of executed tasks completed",
  ]);
});

test("the most frequent reason is named", () => {
  expect(observe([completed(), unassignable(), failed(), failed()])).toContain(
    "the most frequent reason among 3 not completed is permanent (2)",
  );
});

test("the strongest and the weakest agent are compared", () => {
  const records = [completed({ agent_id: "agent_1", attempt_log: [attempt({ agent_id: "agent_1" })] }), failed()];
  expect(observe(records)).toContain(
    "agent agent_1 completed most of what it tried (100.0 %), agent agent_0 least (0.0 %), all together 50.0 %",
  );
});

test("a wave in which nothing was executed says nothing of agents or predictions", () => {
  expect(observe([unassignable()])).toEqual([
    "0 of 1 task completed",
    "the most frequent reason among 1 not completed is unassignable (1)",
    "0 executed tasks took 0 attempts: 0 retries, 0 reassignments",
  ]);
});
