import { expect, test } from "vitest";
import { hashHex } from "../../lib/domain/random.ts";
import { taskSignals, waveSignals } from "../../lib/domain/signals.ts";
import { agent, attempt, completed, config, failed, tallyOf, times, unassignable } from "./report-builders.ts";

const timestamp = "2026-01-01T12:00:00.000Z";
const context = { run_id: "run-1", wave: 1, timestamp, feedback: config.feedback };
const records = [...times(3, (n) => completed({ task_id: `t${n}` })), failed({ task_id: "t4" }), unassignable()];
const tally = tallyOf(records);
const wave = {
  totals: tally,
  agents: [agent("agent_0"), agent("agent_1")],
  config,
  failures: [],
  rejectedLines: 0,
  anomalies: [{ type: "success_drop", wave: 1, message: "success fell" }],
} as const;

test("agent_performance tells phase 18 how the agent did in the wave", () => {
  const [signal] = taskSignals(completed({ task_id: "t1" }), tally, context);
  expect(signal).toEqual({
    signal_id: hashHex("run-1", "1", "t1", "agent_performance"),
    signal_type: "agent_performance",
    target_phase: 18,
    content: { agent_id: "agent_0", success: true, assigned_tasks: 4, completed_tasks: 3, success_rate: 0.75 },
    confidence: 0.9,
    wave: 1,
    run_id: "run-1",
    schema_version: 1,
    timestamp,
  });
});

test("prediction_validation tells phase 20 the prediction and the outcome", () => {
  const signal = taskSignals(failed({ task_id: "t4" }), tally, context)[1];
  expect(signal).toMatchObject({
    signal_id: hashHex("run-1", "1", "t4", "prediction_validation"),
    signal_type: "prediction_validation",
    target_phase: 20,
    confidence: 0.1,
  });
  expect(signal?.content).toEqual({
    task_id: "t4",
    predicted_success: 0.9,
    actual_success: 0,
    delta: 0.9,
    agent_id: "agent_0",
    wave: 1,
  });
});

test("a success counts as 1", () => {
  expect(taskSignals(completed(), tally, context)[1]?.content).toMatchObject({ actual_success: 1, delta: 0.1 });
});

test("n executed tasks of a wave give n + n + 1 signals, and one more for phase 16", () => {
  const ofTasks = records.flatMap((record) => taskSignals(record, tally, context));
  expect(ofTasks).toHaveLength(8);
  expect(waveSignals(wave, context)).toHaveLength(2);
  expect(waveSignals(wave, { ...context, feedback: { ...config.feedback, phase_16: false } })).toHaveLength(1);
});

test("every signal of a wave has its own id, and the same step gives the same ids again", () => {
  const ids = () =>
    [...records.flatMap((record) => taskSignals(record, tally, context)), ...waveSignals(wave, context)].map(
      (signal) => signal.signal_id,
    );
  expect(new Set(ids()).size).toBe(10);
  expect(ids()).toEqual(ids());
});

test.each([18, 20] as const)("phase %d is not told anything where its feedback is off", (phase) => {
  const silent = { ...context, feedback: { ...config.feedback, [`phase_${phase}`]: false } };
  const signals = [...taskSignals(completed(), tally, silent), ...waveSignals(wave, silent)];
  expect(signals.map((signal) => signal.target_phase)).not.toContain(phase);
  expect(signals).not.toEqual([]);
});

test("a tally that lacks the agent gives a success rate of 0", () => {
  expect(taskSignals(completed(), tallyOf([]), context)[0]?.content).toMatchObject({
    assigned_tasks: 0,
    success_rate: 0,
  });
});

test("multi_agent_coordination shows the load of every agent, idle ones included", () => {
  const [signal] = waveSignals(wave, context);
  expect(signal).toMatchObject({
    signal_id: hashHex("run-1", "1", "", "multi_agent_coordination"),
    target_phase: 18,
    confidence: 0.7,
    content: { total_agents: 2, load_distribution: { agent_0: 4, agent_1: 0 } },
  });
});

test("an agent that left the fleet during the wave keeps its place in the load", () => {
  const [signal] = waveSignals({ ...wave, agents: [agent("agent_1")] }, context);
  expect(signal?.content["load_distribution"]).toEqual({ agent_0: 4, agent_1: 0 });
});

test("agents stand in the load by id, however busy they are", () => {
  const totals = tallyOf([completed({ agent_id: "agent_1" })]);
  const agents = [agent("agent_2"), agent("agent_0"), agent("agent_3"), agent("agent_1")];
  const [signal] = waveSignals({ ...wave, totals, agents }, context);
  expect(JSON.stringify(signal?.content["load_distribution"])).toBe(
    '{"agent_0":0,"agent_1":1,"agent_2":0,"agent_3":0}',
  );
});

test("synchronization_time lies between the ends of the first and the last agent", () => {
  const late = attempt({ agent_id: "agent_1", started_at: "2026-01-01T12:00:07.500Z" });
  const totals = tallyOf([completed(), completed({ agent_id: "agent_1", attempt_log: [late] })]);
  expect(waveSignals({ ...wave, totals }, context)[0]?.content["synchronization_time"]).toBe(7500);
});

test("a wave in which nothing was executed is told with full confidence and no time", () => {
  const [signal] = waveSignals({ ...wave, totals: tallyOf([unassignable()]) }, context);
  expect(signal).toMatchObject({
    confidence: 1,
    content: { load_distribution: { agent_0: 0, agent_1: 0 }, synchronization_time: 0 },
  });
});

test("a fleet too large for one message names the busiest agents and sums up the others", () => {
  const id = (n: number) => `${"a".repeat(120)}${String(n).padStart(5, "0")}`;
  const agents = Array.from({ length: 2000 }, (_, n) => agent(id(n)));
  const totals = tallyOf(Array.from({ length: 3000 }, (_, n) => completed({ agent_id: id((n * 7) % 2000) })));
  const [signal] = waveSignals({ ...wave, totals, agents }, context);
  const loads = signal?.content["load_distribution"] as Record<string, number>;
  expect(JSON.stringify(signal).length).toBeLessThan(65_536);
  expect(Object.values(loads).reduce((sum, load) => sum + load, 0)).toBe(3000);
  expect(Object.keys(loads).at(-1)).toBe("(others)");
  expect(Object.values(loads)[0]).toBe(2);
});

test("heuristic_feedback tells phase 16 what was seen, what is odd and what to change", () => {
  const content = waveSignals({ ...wave, rejectedLines: 2 }, context)[1]?.content;
  expect(content?.["pattern_observations"]).toContain("3 of 5 tasks completed");
  expect(content?.["anomalies_detected"]).toEqual(["success fell"]);
  expect(content?.["recommendations"]).toContain("2 lines rejected: mend what rejected.jsonl lists and run it again");
});
