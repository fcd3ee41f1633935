import { expect, test } from "vitest";
import { createFailureSample } from "../../lib/domain/report-failures.ts";
import { recommend } from "../../lib/domain/report-recommendations.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { agent, attempt, completed, config, failed, tallyOf, times, unassignable } from "./report-builders.ts";

type Input = Parameters<typeof recommend>[0];

const sound = [...times(9, () => completed()), ...times(1, () => failed({ reason: "agent_offline" }))];
const advise = (records: readonly TaskRecord[], changes: Partial<Input> = {}) => {
  const sample = createFailureSample();
  for (const record of records) sample.add(record);
  return recommend({
    totals: tallyOf(records),
    agents: [agent("agent_0")],
    config,
    failures: sample.tasks(),
    rejectedLines: 0,
    ...changes,
  });
};

test("a sound run needs no change", () => {
  expect(advise(sound)).toEqual([]);
});

test("a run without tasks needs no change", () => {
  expect(advise([])).toEqual([]);
});

test("an OFFLINE agent is to be brought back or taken out", () => {
  const agents = [agent("agent_0"), agent("agent_1", { online: false, offline_reason: "timed out" })];
  expect(advise(sound, { agents })).toEqual([
    '1 agent OFFLINE: agent_1 (timed out). Check it, then bring it back with "agents online ID" or take it out of the fleet',
  ]);
});

test("several OFFLINE agents are named together", () => {
  const agents = [agent("agent_0"), agent("agent_1", { online: false }), agent("agent_2", { online: false })];
  expect(advise(sound, { agents })).toEqual([
    '2 agents OFFLINE: agent_1, agent_2. Check them, then bring them back with "agents online ID" or take them out of the fleet',
  ]);
});

test("where time limits dominate, the limit or the agent that suffered most is to be looked at", () => {
  const slow = failed({ reason: "timed_out", agent_id: "agent_1", attempt_log: [attempt({ agent_id: "agent_1" })] });
  const agents = [agent("agent_0"), agent("agent_1")];
  expect(advise([...times(9, () => completed()), slow, slow, failed()], { agents })[0]).toBe(
    "2 of 3 failed tasks ended by the time limit: raise task_timeout_seconds (now 30) or check agent agent_1",
  );
});

test("time limits that no agent can be blamed for point at the agents", () => {
  const waiting = unassignable({ reason: "timed_out" });
  const text = "1 of 1 failed task ended by the time limit: raise task_timeout_seconds (now 30) or check the agents";
  expect(advise([waiting])).toContain(text);
  expect(advise([waiting], { agents: [] })).toContain(text);
});

test("a few time limits among other failures are not worth a change", () => {
  expect(advise([...sound, ...sound, failed({ reason: "timed_out" })])).toEqual([]);
});

test.each([
  ["NO_RETRY", 5, "choose EXPONENTIAL_BACKOFF instead of NO_RETRY"],
  ["LINEAR_BACKOFF", 2, "raise max_retries (now 2, at most 5)"],
  ["EXPONENTIAL_BACKOFF", 5, "max_retries is at its limit of 5, so find out why attempts keep failing"],
] as const)("used up attempts under %s with %d retries: %s", (retry_strategy, max_retries, remedy) => {
  const records = [...times(9, () => completed()), failed({ reason: "retries_exhausted" })];
  expect(advise(records, { config: { ...config, retry_strategy, max_retries } })).toEqual([
    `1 of 1 failed task used up every attempt: ${remedy}`,
  ]);
});

test("permanent failures are to be read, not retried", () => {
  expect(advise([...times(9, () => completed()), failed()])).toEqual([
    "1 of 1 failed task failed permanently, which no retry can mend: look at their errors",
  ]);
});

test("tasks without an agent name what is missing, once each", () => {
  const records = [...times(9, () => completed()), unassignable(), unassignable({ task_id: "task_2" }), failed()];
  expect(advise(records)).toContain(
    "2 tasks found no agent (no agent covers capabilities gpu): add an agent with the capability, or loosen the constraints",
  );
});

test("tasks without an agent are counted even where no example tells more", () => {
  expect(advise([unassignable({ error: "" })])).toEqual([
    "1 task found no agent: add an agent with the capability, or loosen the constraints",
  ]);
});

test("faults of the dependencies are to be mended in the input", () => {
  const cycle = unassignable({ status: "BLOCKED", reason: "cycle" });
  const unknown = unassignable({ status: "BLOCKED", reason: "unknown_dependency" });
  expect(advise([cycle])).toEqual(["dependencies: break the cycles behind 1 BLOCKED task"]);
  expect(advise([cycle, cycle, unknown])).toEqual([
    "dependencies: break the cycles behind 2 BLOCKED tasks, and mend depends_on of 1 task: no such task is in the file",
  ]);
});

test("refusals by a gate are to be read", () => {
  expect(advise([unassignable({ status: "BLOCKED", reason: "blocked_by_gate" })])).toEqual([
    "1 task refused by a safety gate: read the reasons in their errors",
  ]);
});

test("weak agents are to get less", () => {
  const weak = times(5, () => failed({ agent_id: "agent_1", reason: "agent_offline" }));
  const records = [...times(5, () => completed()), ...weak];
  expect(advise(records, { agents: [agent("agent_0"), agent("agent_1")] })).toEqual([
    "give less to the agents that complete least, by lower confidence or denied_agents: agent_1 (0.0 %)",
  ]);
});

test("uneven load asks for LOAD_BALANCED, or where that is chosen for a reason", () => {
  const agents = [agent("agent_0"), agent("agent_1")];
  expect(advise(sound, { agents, config: { ...config, strategy: "ROUND_ROBIN" } })).toEqual([
    "load is uneven (load_balance 0.00): use LOAD_BALANCED instead of ROUND_ROBIN",
  ]);
  expect(advise(sound, { agents })[0]).toMatch(
    /^load is uneven \(load_balance 0.00\): different capacities or weights/,
  );
});

test("predictions that promise too much are to be recalibrated", () => {
  const records = [...times(10, () => completed()), ...times(10, () => failed({ reason: "agent_offline" }))];
  expect(advise(records)).toEqual([
    "predictions are over-confident (90.0 % predicted, 50.0 % completed): recalibrate success_rate in Phase 20",
  ]);
});

test("predictions are not judged by fewer than 20 tasks, nor where they are in line", () => {
  expect(advise(times(19, () => completed({ predicted_success_rate: 0.5 })))).toEqual([]);
  expect(advise(times(20, () => completed({ predicted_success_rate: 0.5 })))).toHaveLength(1);
  expect(advise(times(20, () => completed({ predicted_success_rate: 0.98 })))).toEqual([]);
});

test("rejected lines are to be mended", () => {
  expect(advise(sound, { rejectedLines: 1 })).toEqual([
    "1 line rejected: mend what rejected.jsonl lists and run it again",
  ]);
});
