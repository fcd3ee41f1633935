import { expect, test } from "vitest";

import { findWeakAgents } from "../../lib/domain/weak-agents.ts";
import { completed, failed, tallyOf, times, unassignable } from "./report-builders.ts";

/** An agent that completed some of its tasks. */
const worked = (agent_id: string, done: number, assigned: number) =>
  times(assigned, (n) => (n <= done ? completed({ agent_id }) : failed({ agent_id })));

const idsOf = (records: Parameters<typeof tallyOf>[0]) =>
  findWeakAgents(tallyOf(records).agents).map((weak) => weak.agent_id);

test("the weak agents of a wave are named by success rate, the lowest first", () => {
  expect(idsOf([...worked("good", 3, 3), ...worked("bad", 1, 3), ...worked("fair", 2, 3)])).toEqual([
    "bad",
    "fair",
    "good",
  ]);
});

test("a weak agent is named with its figures", () => {
  expect(findWeakAgents(tallyOf(worked("fair", 2, 3)).agents)).toEqual([
    { agent_id: "fair", success_rate: 0.6667, assigned: 3, completed: 2 },
  ]);
});

test("agents with the same success rate are named by id, however much they did", () => {
  expect(idsOf([...worked("c", 1, 2), ...worked("a", 2, 4), ...worked("b", 1, 2)])).toEqual(["a", "b", "c"]);
});

test("an agent that executed nothing is not weak, also where it lost a task to another one", () => {
  const lost = failed({ agent_id: "b", passes: 2, attempts: 2 });
  const [first] = lost.attempt_log;
  const records = [
    {
      ...lost,
      attempt_log: [
        { ...first!, agent_id: "a" },
        { ...first!, agent_id: "b", pass: 2 },
      ],
    },
  ];
  expect(idsOf([...records, unassignable()])).toEqual(["b"]);
});

test("no more than ten agents are named", () => {
  const records = times(12, (n) => failed({ agent_id: `agent_${String(n).padStart(2, "0")}` }));
  expect(idsOf(records)).toEqual(Array.from({ length: 10 }, (_, n) => `agent_${String(n + 1).padStart(2, "0")}`));
});
