import { expect, test } from "vitest";

import type { TaskRecord } from "../../lib/domain/record.ts";
import { createReportTally } from "../../lib/domain/report-tally.ts";
import { attempt, completed, failed, times, unassignable } from "./report-builders.ts";

const figuresOf = (records: readonly TaskRecord[]) => {
  const tally = createReportTally();
  for (const record of records) tally.add(record);
  return tally.figures();
};

test("an empty run has figures, and they are zero", () => {
  const { totals, latencies, timeline, agents, failures } = figuresOf([]);
  expect(totals.tasks).toBe(0);
  expect([latencies, timeline.steps, agents, failures]).toEqual([[], [], [], []]);
});

test("agents stand with their outcomes, attempts and time, those with most tasks first", () => {
  const moved = completed({
    task_id: "moved",
    agent_id: "agent_0",
    attempts: 2,
    passes: 2,
    attempt_log: [attempt({ agent_id: "agent_1", error: "busy" }), attempt({ pass: 2, duration_ms: 500 })],
  });
  expect(figuresOf([moved, failed()]).agents).toEqual([
    { agent_id: "agent_0", agents: 1, completed: 1, failed: 1, lost: 0, attempts: 2, busy_ms: 1_500 },
    { agent_id: "agent_1", agents: 1, completed: 0, failed: 0, lost: 1, attempts: 1, busy_ms: 1_000 },
  ]);
});

test("agents beyond thirty are folded into one entry without a name", () => {
  const { agents } = figuresOf(times(33, (n) => completed({ agent_id: `agent_${n}` })));
  expect(agents).toHaveLength(31);
  expect(agents.at(-1)).toEqual({
    agent_id: null,
    agents: 3,
    completed: 3,
    failed: 0,
    lost: 0,
    attempts: 3,
    busy_ms: 3_000,
  });
});

test("an agent that the log does not have made no attempts", () => {
  expect(figuresOf([completed({ attempt_log: [] })]).agents[0]).toMatchObject({ attempts: 0, busy_ms: 0 });
});

test("agents with as many tasks stand in the order of their ids", () => {
  const ids = (order: readonly string[]) => figuresOf(order.map((agent_id) => completed({ agent_id }))).agents;
  expect(ids(["b", "a"])).toEqual(ids(["a", "b"]));
});

test("only executed tasks count among the times, and those that did not complete are sampled", () => {
  const { latencies, failures } = figuresOf([completed(), unassignable()]);
  expect(latencies.map(({ count }) => count)).toEqual([1]);
  expect(failures.map(({ reason }) => reason)).toEqual(["unassignable"]);
});
