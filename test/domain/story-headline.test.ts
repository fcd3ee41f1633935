import { describe, expect, test } from "vitest";

import type { TaskRecord } from "../../lib/domain/record.ts";
import { dependencyStory } from "../../lib/domain/story-facts.ts";
import { storyHeadline } from "../../lib/domain/story-headline.ts";
import { attempt, completed, failed, unassignable } from "./report-builders.ts";
import { facts, given, planned } from "./story-builders.ts";

const of = (record: TaskRecord): string => storyHeadline(facts({ record }));

const broken = attempt({ error: "busy" });
const nothing = { agent_id: null, attempts: 0, attempt_log: [] };

describe("the headline of a completed task", () => {
  test.each([
    ["a first attempt", completed(), "at its first attempt, on agent_0"],
    ["a pass that left no attempt", completed({ passes: 2 }), "at its first attempt, on agent_0, in pass 2"],
    [
      "a retry",
      completed({ attempts: 2, attempt_log: [broken, attempt({ attempt: 2 })] }),
      "on agent_0 at attempt 2, after 1 failed: busy",
    ],
    [
      "several retries",
      completed({ attempts: 3, attempt_log: [broken, broken, attempt({ attempt: 3 })] }),
      "on agent_0 at attempt 3, after 2 failed: busy",
    ],
    [
      "a backup",
      completed({ agent_id: "agent_1", attempts: 2, attempt_log: [broken, attempt({ agent_id: "agent_1" })] }),
      "on backup agent_1 after agent_0 failed: busy",
    ],
  ])("tells of %s", (_title, record, how) => {
    expect(of(record)).toBe(`task_1 COMPLETED ${how}`);
  });
});

describe("the headline of a task that did not complete says why", () => {
  test.each([
    [failed({ error: "disk full" }), "FAILED because its agent agent_0 said permanent: disk full"],
    [failed({ reason: "retries_exhausted" }), "FAILED because its only attempt, on agent_0, failed: bad request"],
    [
      failed({ reason: "retries_exhausted", attempts: 6 }),
      "FAILED because all 6 attempts failed, the last on agent_0: bad request",
    ],
    [
      failed({ reason: "retries_exhausted", ...nothing, error: "died" }),
      "FAILED because no attempt of it came to an end: died",
    ],
    [failed({ reason: "timed_out" }), "FAILED because agent_0 gave no answer within the time limit: bad request"],
    [failed({ reason: "timed_out", ...nothing }), "FAILED because it never came to an attempt: bad request"],
    [
      failed({ reason: "agent_offline", error: "gone" }),
      "FAILED because its agent was OFFLINE and no backup was left: gone",
    ],
    [unassignable(), "FAILED because no agent may take it: no agent covers capabilities gpu"],
    [
      failed({ status: "BLOCKED", reason: "blocked_by_gate", error: "gate 4: no" }),
      "BLOCKED because a gate refused it: gate 4: no",
    ],
    [
      failed({ status: "BLOCKED", reason: "cycle", error: "cycle: a → a" }),
      "BLOCKED because it depends on itself: a → a",
    ],
    [
      failed({ status: "BLOCKED", reason: "unknown_dependency", error: 'unknown dependency: "x"' }),
      'BLOCKED because it depends on what is not in the run: "x"',
    ],
    [
      failed({ status: "SKIPPED", reason: "dependency_failed", error: "depends on a, which ended FAILED" }),
      "SKIPPED because it depends on a, which ended FAILED",
    ],
    [failed({ status: "SKIPPED", reason: "cancelled", error: "stop" }), "SKIPPED because the run was cancelled: stop"],
    [
      failed({ status: "SKIPPED", reason: "budget_exhausted", error: "9 USD" }),
      "SKIPPED because the budget of the run was used up: 9 USD",
    ],
  ])("%#: $reason", (record, says) => {
    expect(of(record)).toBe(`task_1 ${says}`);
  });

  test("and says so where the record has no error", () => {
    const { error: _error, ...silent } = failed();
    expect(of(silent)).toMatch(/: no error is on record$/u);
  });

  test("with what held its dependency up", () => {
    const record = failed({
      status: "SKIPPED",
      reason: "dependency_failed",
      error: "depends on b, which ended FAILED",
    });
    const dependencies = [dependencyStory("a", completed()), dependencyStory("b", failed())];
    expect(storyHeadline(facts({ record, dependencies }))).toBe(
      "task_1 SKIPPED because it depends on b, which ended FAILED (permanent: bad request)",
    );
  });
});

describe("without a record the headline", () => {
  const none = { record: undefined };

  test("tells of a rejected line what was wrong with it", () => {
    const rejected = [{ file: "predictions.jsonl", line: 3, reason: "line 3: expected JSON", text: "{" }];
    expect(storyHeadline(facts({ ...none, rejected }))).toBe("line 3 of predictions.jsonl was rejected: expected JSON");
  });

  test("tells which agent has the task", () => {
    expect(storyHeadline(facts({ ...none, planned: planned(), assignments: [given(1)] }))).toBe(
      "task_1 has not ended: pass 1 gave it to agent_0",
    );
  });

  test("tells which wave the task waits for", () => {
    expect(storyHeadline(facts({ ...none, planned: planned() }))).toBe("task_1 has not ended: it waits for wave 1");
  });

  test("says that there is none", () => {
    expect(storyHeadline(facts(none))).toBe("task_1 has no record");
  });
});
