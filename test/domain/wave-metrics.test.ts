import fc from "fast-check";
import { expect, test } from "vitest";
import { createTally, isExecuted, meanDelta, predictionDelta, tallyMetrics } from "../../lib/domain/wave-metrics.ts";
import { agent, attempt, completed, failed, tallyOf, times, unassignable } from "./report-builders.ts";

/** Two attempts on agent_0, then a backup completes the task. */
const rescued = completed({
  agent_id: "agent_1",
  passes: 2,
  attempts: 3,
  attempt_log: [
    attempt({ error: "HTTP 503" }),
    attempt({ attempt: 2, error: "HTTP 503", started_at: "2026-01-01T12:00:02.000Z" }),
    attempt({ pass: 2, agent_id: "agent_1", started_at: "2026-01-01T12:00:05.000Z" }),
  ],
});

test("tasks are counted by status and by reason", () => {
  const tally = tallyOf([completed(), failed(), failed({ reason: "timed_out" }), unassignable()]);
  expect(tally.tasks).toBe(4);
  expect(tally.by_status).toEqual({ COMPLETED: 1, FAILED: 3, BLOCKED: 0, SKIPPED: 0 });
  expect(tally.by_reason).toMatchObject({ permanent: 1, timed_out: 1, unassignable: 1, cycle: 0 });
});

test("the first attempt of a pass is no retry", () => {
  const tally = tallyOf([rescued]);
  expect([tally.attempts, tally.retries, tally.reassignments]).toEqual([3, 1, 1]);
});

test("a task that was never dispatched has no reassignment", () => {
  expect(tallyOf([unassignable()]).reassignments).toBe(0);
});

test("a task counts for the agent of its last attempt and as lost for the one before", () => {
  const tally = tallyOf([rescued]);
  expect(tally.agent("agent_0")).toMatchObject({ assigned: 0, completed: 0, failed: 0, lost: 1 });
  expect(tally.agent("agent_1")).toMatchObject({ assigned: 1, completed: 1, failed: 0, lost: 0 });
});

test("a second pass on the same agent is not lost to a backup", () => {
  const tally = tallyOf([failed({ passes: 2, attempts: 2, attempt_log: [attempt(), attempt({ pass: 2 })] })]);
  expect(tally.agent("agent_0").lost).toBe(0);
  expect(tally.retries).toBe(0);
});

test("a task that was cancelled after an attempt is neither completed nor failed on its agent", () => {
  const tally = tallyOf([completed({ status: "SKIPPED", reason: "cancelled" })]);
  expect(tally.agent("agent_0")).toMatchObject({ assigned: 1, completed: 0, failed: 0 });
});

test("an agent finishes with the end of its last attempt", () => {
  const tally = tallyOf([rescued, completed()]);
  expect(tally.agent("agent_0").last_finish_ms).toBe(Date.parse("2026-01-01T12:00:03.000Z"));
  expect(tally.agent("agent_1").last_finish_ms).toBe(Date.parse("2026-01-01T12:00:06.000Z"));
});

test("cost and tokens of every attempt add up", () => {
  const log = [attempt({ cost_usd: 0.25, tokens: 100 }), attempt({ attempt: 2, cost_usd: 0.5, tokens: 50 })];
  const tally = tallyOf([completed({ attempts: 2, attempt_log: log })]);
  expect([tally.cost_usd, tally.tokens]).toEqual([0.75, 150]);
});

test("only executed tasks say something about predictions", () => {
  const tally = tallyOf([
    completed({ predicted_success_rate: 0.75 }),
    failed({ predicted_success_rate: 0.5 }),
    unassignable(),
  ]);
  expect(tally.executed).toBe(2);
  expect(meanDelta(tally)).toBe(0.375);
});

test("nothing executed gives a mean delta of 0", () => {
  expect(meanDelta(tallyOf([unassignable()]))).toBe(0);
});

test.each([
  ["a completed task", completed(), true],
  ["a task without attempts", unassignable(), false],
  ["attempts without an agent", failed({ agent_id: null }), false],
])("%s: executed is %s", (_title, record, expected) => {
  expect(isExecuted(record)).toBe(expected);
});

test("the delta is the distance between prediction and outcome", () => {
  expect(predictionDelta(completed({ predicted_success_rate: 0.75 }))).toBe(0.25);
  expect(predictionDelta(failed({ predicted_success_rate: 0.75 }))).toBe(0.75);
});

test("an agent that did nothing has zeros, and asking for it adds none", () => {
  const tally = createTally();
  expect(tally.agent("agent_9")).toMatchObject({ agent_id: "agent_9", assigned: 0, last_finish_ms: 0 });
  expect(tally.agents).toEqual([]);
});

test("an agent may be called __proto__", () => {
  expect(tallyOf([completed({ agent_id: "__proto__" })]).agent("__proto__").completed).toBe(1);
});

test("sums survive JSON and go on from there", () => {
  const saved = tallyOf([rescued, failed()]);
  const tally = createTally(JSON.parse(JSON.stringify(saved)));
  tally.add(completed());
  expect(JSON.stringify(tally)).toBe(JSON.stringify(tallyOf([rescued, failed(), completed()])));
});

test("merged waves have the sums of all their records", () => {
  const record = fc.constantFrom(rescued, completed(), failed(), unassignable(), completed({ agent_id: "agent_2" }));
  fc.assert(
    fc.property(fc.array(record), fc.array(record), (first, second) => {
      const merged = tallyOf(first);
      merged.merge(tallyOf(second));
      const whole = tallyOf([...first, ...second]);
      expect(merged.delta_sum).toBeCloseTo(whole.delta_sum);
      expect(merged.agents).toEqual(
        whole.agents.map((sums) => Object.assign({}, sums, { delta_sum: expect.closeTo(sums.delta_sum) })),
      );
      expect([merged.tasks, merged.retries, merged.executed, merged.by_reason]).toEqual([
        whole.tasks,
        whole.retries,
        whole.executed,
        whole.by_reason,
      ]);
    }),
  );
});

test("health comes from the sums and the fleet, OFFLINE agents without load", () => {
  const records = [...times(6, () => completed()), ...times(2, () => failed({ agent_id: "agent_2" }))];
  const agents = [agent("agent_0"), agent("agent_1"), agent("agent_2", { online: false })];
  expect(tallyMetrics(tallyOf(records), agents)).toEqual({
    success_rate: 0.75,
    availability: expect.closeTo(2 / 3),
    accuracy: expect.closeTo(0.7),
    load_balance: 0,
  });
});
