import { describe, expect, test } from "vitest";

import type { Assignment, ExecutionOutcome, ExecutionResult, PendingTask } from "../../lib/domain/execution.ts";
import { pendingOutcomes } from "../../lib/domain/execution.ts";
import {
  diedWithBatch,
  endsHere,
  pendingAgain,
  terminalRecord,
  unassignedRecord,
  unexecutedRecord,
} from "../../lib/domain/settle.ts";
import { assignment, decision, planned, result } from "../steps/builders.ts";
import { attempt } from "./report-builders.ts";

/** A result whose one attempt failed. */
const failedResult = (outcome: ExecutionOutcome, changes: Partial<ExecutionResult> = {}): ExecutionResult =>
  result("t1", { outcome, attempts: [attempt({ error: "no" })], error: "no", ...changes });

describe("the last result of a task", () => {
  test.each([
    "completed",
    "permanent",
    "blocked_by_gate",
    "dependency_failed",
    "cancelled",
    "budget_exhausted",
  ] as const)("%s ends a task in its first pass, however many passes are left", (outcome) => {
    expect(endsHere(failedResult(outcome), 0, 10)).toBe(true);
  });

  test.each(pendingOutcomes)("%s goes on to another pass while there is one", (outcome) => {
    expect(endsHere(failedResult(outcome), 0, 2)).toBe(false);
  });

  test.each(pendingOutcomes.filter((outcome) => outcome !== "deferred"))(
    "%s ends a task whose last pass this was",
    (outcome) => {
      expect(endsHere(failedResult(outcome), 1, 2)).toBe(true);
    },
  );

  test("a deferred task spends no pass", () => {
    expect(endsHere(failedResult("deferred"), 1, 2)).toBe(false);
  });

  test("a deferred task ends when no pass at all is left", () => {
    expect(endsHere(failedResult("deferred"), 0, 0)).toBe(true);
  });
});

describe("a terminal record", () => {
  test("tells of a completed task who did it, how often it was tried and how long it took", () => {
    expect(terminalRecord(result("t1", { output: { answer: 42 } }), { wave: 3 })).toEqual({
      task_id: "t1",
      wave: 3,
      status: "COMPLETED",
      reason: null,
      agent_id: "agent_0",
      passes: 1,
      attempts: 1,
      predicted_success_rate: 0.9,
      duration_ms: 1_000,
      output: { answer: 42 },
      decision,
      attempt_log: [attempt()],
    });
  });

  test("names the object of an output that is too large for it", () => {
    const { output, output_key, output_bytes } = terminalRecord(
      result("t1", { output_key: "outputs/t1.json", output_bytes: 5_000 }),
      { wave: 1 },
    );
    expect({ output, output_key, output_bytes }).toEqual({
      output: undefined,
      output_key: "outputs/t1.json",
      output_bytes: 5_000,
    });
  });

  test.each([
    ["permanent", "FAILED", "permanent"],
    ["retries_exhausted", "FAILED", "retries_exhausted"],
    ["timed_out", "FAILED", "timed_out"],
    ["agent_offline", "FAILED", "agent_offline"],
    ["executor_died", "FAILED", "retries_exhausted"],
    ["deferred", "FAILED", "timed_out"],
    ["blocked_by_gate", "FAILED", "retries_exhausted"],
    ["dependency_failed", "SKIPPED", "dependency_failed"],
    ["cancelled", "FAILED", "retries_exhausted"],
    ["budget_exhausted", "FAILED", "retries_exhausted"],
  ] as const)("of a task that ran and ended %s is %s %s", (outcome, status, reason) => {
    expect(terminalRecord(failedResult(outcome), { wave: 1 })).toMatchObject({ status, reason, error: "no" });
  });

  test.each(["blocked_by_gate"] as const)(
    "of a task that was never allowed to run is BLOCKED and names no agent: %s",
    (outcome) => {
      expect(terminalRecord(failedResult(outcome, { attempts: [] }), { wave: 1 })).toMatchObject({
        status: "BLOCKED",
        reason: "blocked_by_gate",
        agent_id: null,
        attempts: 0,
        duration_ms: 0,
      });
    },
  );

  test("joins the attempts of all passes and counts the time between them", () => {
    const earlier = [attempt({ agent_id: "agent_1", error: "no", started_at: "2026-01-01T11:59:00.000Z" })];
    expect(terminalRecord(result("t1"), { wave: 1, passes: 1, earlier })).toMatchObject({
      agent_id: "agent_0",
      passes: 2,
      attempts: 2,
      duration_ms: 61_000,
      attempt_log: [...earlier, attempt()],
    });
  });

  test("takes no time where the clocks of two executors disagree", () => {
    const earlier = [attempt({ started_at: "2026-01-01T12:01:00.000Z" })];
    expect(terminalRecord(result("t1"), { wave: 1, passes: 1, earlier }).duration_ms).toBe(0);
  });
});

describe("a task that is pending again", () => {
  test("remembers its agent, its attempts and what went wrong", () => {
    expect(pendingAgain(assignment("t1"), failedResult("timed_out"))).toEqual({
      ...planned("t1"),
      passes: 1,
      earlier: [attempt({ error: "no" })],
      tried: ["agent_0"],
      last_outcome: "timed_out",
      last_decision: assignment("t1").decision,
      last_error: "no",
    });
  });

  test("adds to what it remembers of the passes before", () => {
    const before: Partial<Assignment> = { passes: 1, earlier: [attempt({ pass: 1 })], tried: ["agent_1"] };
    expect(pendingAgain(assignment("t1", before), failedResult("agent_offline", { attempts: [] }))).toMatchObject({
      passes: 2,
      earlier: [attempt({ pass: 1 })],
      tried: ["agent_1", "agent_0"],
    });
  });

  test("names an agent once, however often it had the task", () => {
    const before: Partial<Assignment> = { passes: 1, tried: ["agent_0"] };
    expect(pendingAgain(assignment("t1", before), failedResult("retries_exhausted")).tried).toEqual(["agent_0"]);
  });

  test("has not tried the agent whose rate limit deferred it, nor spent a pass", () => {
    const pending = pendingAgain(assignment("t1"), result("t1", { outcome: "deferred", attempts: [] }));
    expect(pending).toEqual({
      ...planned("t1"),
      passes: 0,
      earlier: [],
      tried: [],
      last_outcome: "deferred",
      last_decision: assignment("t1").decision,
    });
  });

  test("counts as died where its result says that it should have ended", () => {
    expect(pendingAgain(assignment("t1"), result("t1")).last_outcome).toBe("executor_died");
  });
});

test("a task whose batch died has the attempts that were logged", () => {
  const attempts = [attempt({ error: "no" })];
  expect(diedWithBatch(assignment("t1"), attempts, "it died")).toEqual(
    result("t1", { outcome: "executor_died", attempts, error: "it died" }),
  );
});

test.each(["cancelled", "budget_exhausted"] as const)(
  "a task that was %s before its first attempt is SKIPPED, and no pass was spent on it",
  (outcome) => {
    const record = terminalRecord(result("t1", { outcome, attempts: [], error: "no" }), { wave: 1 });
    expect(record).toMatchObject({ status: "SKIPPED", reason: outcome, passes: 0, attempts: 0, agent_id: null });
  },
);

test("a task that reached no agent has a record without agent, pass or attempt", () => {
  const end = { wave: null, status: "BLOCKED", reason: "cycle", error: "cycle: a → a" } as const;
  expect(unexecutedRecord({ task_id: "a", success_rate: 0.7 }, end)).toEqual({
    task_id: "a",
    wave: null,
    status: "BLOCKED",
    reason: "cycle",
    agent_id: null,
    passes: 0,
    attempts: 0,
    predicted_success_rate: 0.7,
    duration_ms: 0,
    error: "cycle: a → a",
    decision: null,
    attempt_log: [],
  });
});

describe("a task for which no agent is left", () => {
  const waits = result("t1", { outcome: "deferred", attempts: [] });
  const again = (pending: PendingTask, of = waits) => pendingAgain({ ...assignment("t1"), ...pending }, of);
  const reasonOf = (pending: PendingTask) => unassignedRecord(pending, "no agent is online").reason;

  test("is unassignable where the ones that it waited for never called it", () => {
    expect(reasonOf(again(again(planned("t1"))))).toBe("unassignable");
  });

  test("ended as it had before it only waited, however often", () => {
    const timedOut = again(planned("t1"), result("t1", { outcome: "timed_out" }));
    expect(reasonOf(again(again(timedOut)))).toBe("timed_out");
    const offline = again(planned("t1"), result("t1", { outcome: "agent_offline", attempts: [] }));
    expect(reasonOf(again(offline))).toBe("agent_offline");
    expect(reasonOf(again(again(offline), result("t1", { outcome: "timed_out" })))).toBe("timed_out");
  });

  test("has failed in its attempts where it waited after some of the same pass", () => {
    const timedOut = again(planned("t1"), result("t1", { outcome: "timed_out" }));
    expect(reasonOf(again(timedOut, result("t1", { outcome: "deferred" })))).toBe("retries_exhausted");
  });

  test("is unassignable where no agent ever had it", () => {
    expect(unassignedRecord(planned("t1"), "no agent is online")).toMatchObject({
      status: "FAILED",
      reason: "unassignable",
      agent_id: null,
      passes: 0,
      attempts: 0,
      error: "no agent is online",
    });
  });

  test("ends as its last pass did, because that went wrong first", () => {
    const pending: PendingTask = {
      ...planned("t1"),
      passes: 1,
      earlier: [attempt({ error: "no" })],
      tried: ["agent_0"],
      last_outcome: "timed_out",
      last_error: "no answer within 30 s",
    };
    expect(unassignedRecord(pending, "no agent is online")).toMatchObject({
      status: "FAILED",
      reason: "timed_out",
      agent_id: "agent_0",
      passes: 1,
      attempts: 1,
      duration_ms: 1_000,
      error: "no answer within 30 s; then no agent is online",
      attempt_log: [attempt({ error: "no" })],
    });
  });
});
