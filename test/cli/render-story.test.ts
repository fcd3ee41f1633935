import { expect, test } from "vitest";

import { renderStory } from "../../lib/cli/render-story.ts";
import { dependencyStory, type StoryFacts } from "../../lib/domain/story-facts.ts";
import { tellStory } from "../../lib/domain/task-story.ts";
import { attempt, completed, failed, unassignable } from "../domain/report-builders.ts";
import { decision, facts, given, planned } from "../domain/story-builders.ts";

const render = (changes: Partial<StoryFacts> = {}): string => renderStory(tellStory(facts(changes)), "out/run-1");

test("a task that ran shows prediction, choice, attempt, outcome and that no signal names it", () => {
  expect(render({ record: completed({ decision: decision(), output: { a: 1 } }) })).toBe(
    [
      "task_1 COMPLETED at its first attempt, on agent_0",
      "",
      "Run           run-1, read in out/run-1",
      "Prediction    90.0 % success predicted; it completed: off by 0.10",
      "Wave          1",
      "Pass 1        agent_0, chosen by LOAD_BALANCED from 3 eligible of 3 agents when its load was 20.0 % of its capacity",
      "                attempt 1  2026-01-01T12:00:00.000Z  1000 ms  succeeded",
      "                came to COMPLETED",
      "Gates         passed before the attempt",
      "Outcome       COMPLETED after 1 pass, 1 attempt, 1000 ms, last on agent_0",
      '              output: {"a":1}',
      "Signals       none",
      "Not known     what the task asked for, and why it is in its wave: the plan is out of reach",
      "",
    ].join("\n"),
  );
});

test("what a task asked for is shown as far as it asked", () => {
  const task = planned({
    capabilities: ["gpu"],
    depends_on: ["a"],
    resources: ["lab"],
    pinned_agent_id: "agent_0",
    constraints: { allowed_agents: ["agent_0"], denied_agents: ["agent_1"], not_before: "2026-01-01T00:00:00Z" },
  });
  expect(render({ planned: task })).toContain(
    "Asked for     capabilities gpu; depends on a; resources lab; only agents agent_0; not agents agent_1; pinned to agent_0; not before 2026-01-01T00:00:00Z; priority 50\n",
  );
});

test("a choice shows who was passed over, and that it was a probe", () => {
  const record = completed({ decision: decision({ passed_over: { offline: 2, capability: 1 }, probe: true }) });
  expect(render({ record })).toContain(
    "from 3 eligible of 6 agents when its load was 20.0 % of its capacity; passed over: 2 for offline, 1 for capability; a probe: it was OFFLINE and had rested\n",
  );
});

test("a retry shows the wait before it, and what of its pass is not known", () => {
  const log = [
    attempt({ error: "busy" }),
    attempt({ attempt: 2, started_at: "2026-01-01T12:00:01.100Z", agent_id: "agent_1", error: "x".repeat(600) }),
  ];
  const text = render({ record: failed({ passes: 3, attempts: 2, attempt_log: log }), assignments: [given(3)] });
  expect(text).toContain("attempt 1  2026-01-01T12:00:00.000Z  1000 ms  failed: busy\n");
  expect(text).toContain(
    `attempt 2 on agent_1  2026-01-01T12:00:01.100Z  1000 ms, 100 ms after the one before  failed: ${"x".repeat(500)}…\n`,
  );
  expect(text).toContain("FAILED (permanent) after 3 passes, 2 attempts");
  expect(text).toContain("Pass 3        agent_0, chosen by");
});

test("passes of which only the number or only the choice is known say so", () => {
  const log = [attempt({ error: "busy" })];
  const two = render({ record: failed({ passes: 2, attempt_log: log, decision: decision() }) });
  expect(two).toContain("Pass 1        agent_0; why is not in the records at hand\n");
  expect(two).toContain("Last pass     no agent is on record, chosen by LOAD_BALANCED");
  expect(two).toContain("no attempt: bad request\n");
  const silent = render({ record: completed({ attempt_log: [], decision: decision() }) });
  expect(silent).toMatch(/ {2}no attempt\n/u);
});

test("dependencies show how they ended and what held them up", () => {
  const dependencies = [
    dependencyStory("a", failed({ error: "late" }), dependencyStory("b", undefined)),
    dependencyStory("c", completed()),
  ];
  const text = render({ dependencies });
  expect(text).toContain(
    "Depends on    a FAILED (permanent), wave 1: late; b has no record\n              c COMPLETED, wave 1\n",
  );
});

test("a task that never ran has no signals, and nothing is held against its prediction", () => {
  const text = render({ record: unassignable() });
  expect(text).toContain("nothing was executed, so nothing is held against it");
  expect(text).toContain("Signals       none, since nothing was executed");
});

test("signals show where they went, and a large output where it stands", () => {
  const signals = [
    {
      signal_id: "f00",
      signal_type: "agent_performance",
      target_phase: 18,
      content: {},
      confidence: 0.9,
      wave: 1,
      run_id: "run-1",
      schema_version: 1,
      timestamp: "2026-01-01T12:00:00.000Z",
    },
  ] as const;
  const text = render({ signals, record: completed({ output_key: "runs/run-1/outputs/task_1.json" }) });
  expect(text).toContain("Signals       agent_performance to phase 18, confidence 0.90, id f00\n");
  expect(text).toContain("output: in runs/run-1/outputs/task_1.json\n");
});

test("a rejected line is all that there is to its story", () => {
  const rejected = [{ file: "predictions.jsonl", line: 2, reason: "line 2: expected JSON", text: "{oops" }];
  expect(render({ record: undefined, rejected })).toBe(
    [
      "line 2 of predictions.jsonl was rejected: expected JSON",
      "",
      "Run           run-1, read in out/run-1",
      "Rejected      predictions.jsonl: line 2: expected JSON",
      "                {oops",
      "",
    ].join("\n"),
  );
});

test("a task that can never run has no wave; one that waits shows its plan and its sureness", () => {
  const record = failed({ status: "BLOCKED", reason: "cycle", wave: null, error: "cycle: a → a" });
  expect(render({ record })).toContain("Wave          none; planning gave it none, since it can never run\n");
  expect(render({ record: undefined, planned: planned() })).toContain(
    "success predicted, confidence 0.80; nothing was",
  );
});
