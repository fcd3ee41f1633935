import { expect, test } from "vitest";
import { findAnomalies } from "../../lib/domain/anomalies.ts";
import { tallyMetrics } from "../../lib/domain/wave-metrics.ts";
import { agent, completed, failed, tallyOf, times } from "./report-builders.ts";

type Input = Parameters<typeof findAnomalies>[0];

const totals = tallyOf([...times(9, () => completed()), failed()]);
const sound: Input = {
  wave: 2,
  totals,
  metrics: tallyMetrics(totals, [agent("agent_0")]),
  previous: { wave: 1, success_rate: 1 },
  expectedTasks: 10,
  busyAgents: [{ agent_id: "agent_0", idle_seconds: 29.9 }],
  drop: 0.1,
  stuckSeconds: 30,
};
const found = (changes: Partial<Input>) => findAnomalies({ ...sound, ...changes });

test("a sound wave has no anomalies, a loss of exactly the accepted drop included", () => {
  expect(found({})).toEqual([]);
});

test("a loss of exactly the accepted drop is none even where floating point says a little more", () => {
  expect(
    found({ metrics: { ...sound.metrics, success_rate: 0.72 }, previous: { wave: 1, success_rate: 0.8 } }),
  ).toEqual([]);
});

test("success that falls by more than the accepted drop is an anomaly", () => {
  expect(found({ metrics: { ...sound.metrics, success_rate: 0.6 }, previous: { wave: 1, success_rate: 0.8 } })).toEqual(
    [
      {
        type: "success_drop",
        wave: 2,
        message: "success fell from 80.0 % in wave 1 to 60.0 %: a loss of 25.0 %, accepted are 10.0 %",
      },
    ],
  );
});

test("the first wave and a wave after total failure cannot fall", () => {
  const { previous: _, ...first } = sound;
  expect(findAnomalies(first)).toEqual([]);
  expect(found({ previous: { wave: 1, success_rate: 0 } })).toEqual([]);
});

test("success that falls to nothing because no agent could take a task is an anomaly, but not because the wave was stopped", () => {
  const ended = (reason: "unassignable" | "cancelled" | "budget_exhausted") => {
    const none = { ...tallyOf([]), tasks: 10 };
    const nothing = { ...none, by_reason: { ...none.by_reason, dependency_failed: 3, [reason]: 7 } };
    return found({ totals: nothing, metrics: { ...sound.metrics, success_rate: 0 } }).map(({ type }) => type);
  };
  expect(ended("unassignable")).toContain("success_drop");
  expect([...ended("cancelled"), ...ended("budget_exhausted")]).not.toContain("success_drop");
});

test("an agent that is BUSY without progress for long enough is stuck", () => {
  expect(found({ busyAgents: [{ agent_id: "agent_0", idle_seconds: 31.5 }] })).toEqual([
    {
      type: "stuck_agent",
      wave: 2,
      agent_id: "agent_0",
      message: "agent agent_0 is BUSY without progress for 31 seconds, accepted are 30",
    },
  ]);
});

test.each([
  [
    "a rate over 1",
    { metrics: { ...sound.metrics, accuracy: 1.5 } },
    "accuracy: expected a number from 0 to 1, received 1.5",
  ],
  [
    "a figure that is no number",
    { metrics: { ...sound.metrics, availability: NaN } },
    "availability: expected a number from 0 to 1, received NaN",
  ],
  [
    "more retries than attempts",
    { totals: { ...totals, retries: 11 } },
    "retries: expected a number from 0 to 10, received 11",
  ],
  [
    "a negative count",
    { totals: { ...totals, reassignments: -1 } },
    "reassignments: expected a finite number from 0, received -1",
  ],
])("%s is out of range", (_title, changes, message) => {
  expect(found(changes)).toEqual([{ type: "out_of_range", wave: 2, message }]);
});

test.each([
  ["planned tasks that never ended", { expectedTasks: 11 }, "tasks planned: 11, of these ended: 10"],
  [
    "tasks without a status",
    { totals: { ...totals, by_status: { ...totals.by_status, SKIPPED: 1 } } },
    "tasks ended: 10, of these have a status: 11",
  ],
  [
    "tasks without a reason",
    { totals: { ...totals, by_reason: { ...totals.by_reason, permanent: 0 } } },
    "tasks not completed: 1, of these have a reason: 0",
  ],
  [
    "executed tasks without an agent",
    { totals: { ...totals, agents: [] } },
    "tasks executed: 10, of these belong to an agent: 0",
  ],
])("%s are a count mismatch", (_title, changes, message) => {
  expect(found(changes)).toEqual([{ type: "count_mismatch", wave: 2, message }]);
});

test("the number of planned tasks is checked only where it is known", () => {
  const { expectedTasks: _, ...input } = sound;
  expect(findAnomalies(input)).toEqual([]);
});
