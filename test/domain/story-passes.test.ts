import { expect, test } from "vitest";

import { storyPasses } from "../../lib/domain/story-passes.ts";
import { attempt, completed, failed } from "./report-builders.ts";
import { decision, facts, given } from "./story-builders.ts";

const second = (ms: number, changes = {}) =>
  attempt({ attempt: 2, started_at: new Date(Date.parse("2026-01-01T12:00:01.000Z") + ms).toISOString(), ...changes });

test("each attempt tells how long it waited after the one before", () => {
  const record = completed({ attempts: 2, attempt_log: [attempt({ error: "busy" }), second(250)] });
  expect(storyPasses(facts({ record }))[0]?.attempts.map(({ waited_ms }) => waited_ms)).toEqual([null, 250]);
});

test("clocks that disagree make no negative wait", () => {
  const record = completed({ attempts: 2, attempt_log: [attempt({ error: "busy" }), second(-400)] });
  expect(storyPasses(facts({ record }))[0]?.attempts[1]?.waited_ms).toBe(0);
});

test("a record alone knows the choice of the last pass only", () => {
  const log = [attempt({ error: "busy" }), second(0, { pass: 2, attempt: 1, agent_id: "agent_1" })];
  const record = completed({ agent_id: "agent_1", passes: 2, attempts: 2, attempt_log: log, decision: decision() });
  expect(storyPasses(facts({ record }))).toMatchObject([
    { pass: 1, agent_id: "agent_0", decision: null, outcome: null, error: "busy" },
    { pass: 2, agent_id: "agent_1", decision: { eligible: 3 }, outcome: "COMPLETED" },
  ]);
});

test("assignments tell of every pass what it chose and what it came to", () => {
  const record = failed({ passes: 2, attempt_log: [attempt({ pass: 2, agent_id: "agent_1", error: "bad request" })] });
  const assignments = [
    given(1),
    given(2, { agent_id: "agent_1", last_outcome: "agent_offline", last_error: "gate 2: agent_0 is offline" }),
  ];
  expect(storyPasses(facts({ record, assignments }))).toMatchObject([
    { pass: 1, agent_id: "agent_0", attempts: [], outcome: "agent_offline", error: "gate 2: agent_0 is offline" },
    { pass: 2, agent_id: "agent_1", decision: { eligible: 3 }, outcome: "permanent", error: "bad request" },
  ]);
});

test("the last pass without an attempt has the error of the record", () => {
  const record = failed({
    reason: "blocked_by_gate",
    attempts: 0,
    attempt_log: [],
    error: "gate 1: no",
    decision: decision(),
  });
  expect(storyPasses(facts({ record }))).toEqual([
    { pass: null, agent_id: null, decision: decision(), attempts: [], outcome: "blocked_by_gate", error: "gate 1: no" },
  ]);
  expect(storyPasses(facts({ record, assignments: [given(1)] }))).toMatchObject([
    { pass: 1, agent_id: "agent_0", outcome: "blocked_by_gate", error: "gate 1: no" },
  ]);
});

test("a pass that left neither attempt nor error is told by its choice alone", () => {
  const record = completed({ attempt_log: [], decision: decision() });
  expect(storyPasses(facts({ record }))).toEqual([
    { pass: null, agent_id: null, decision: decision(), attempts: [], outcome: null },
  ]);
});

test("a pass of which nothing is on record is not made up", () => {
  expect(storyPasses(facts({ record: failed({ attempt_log: [], decision: null }) }))).toEqual([]);
});

test("the last attempt of a record without a decision leaves the choice open", () => {
  expect(storyPasses(facts({ record: completed({ decision: null }) }))).toMatchObject([{ pass: 1, decision: null }]);
});

test("a task that has not ended shows what it was given and what it has behind it", () => {
  const assignments = [
    given(1),
    given(2, { earlier: [attempt({ error: "busy" })], last_outcome: "retries_exhausted" }),
  ];
  expect(storyPasses(facts({ record: undefined, assignments }))).toMatchObject([
    { pass: 1, attempts: [{ error: "busy" }], outcome: "retries_exhausted" },
    { pass: 2, attempts: [], outcome: null },
  ]);
  expect(storyPasses(facts({ record: undefined }))).toEqual([]);
  expect(storyPasses(facts({ record: undefined, assignments: [given(1)] }))).toMatchObject([{ pass: 1, attempts: [] }]);
});
