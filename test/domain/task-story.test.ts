import { describe, expect, test } from "vitest";

import { dependencyStory } from "../../lib/domain/story-facts.ts";
import { tellStory } from "../../lib/domain/task-story.ts";
import { attempt, completed, failed, unassignable } from "./report-builders.ts";
import { decision, facts, given, planned } from "./story-builders.ts";

describe("the prediction of a story", () => {
  test("is held against what came", () => {
    expect(tellStory(facts()).prediction).toEqual({ success_rate: 0.9, confidence: null, actual: 1, delta: 0.1 });
    expect(tellStory(facts({ record: failed() })).prediction).toMatchObject({ actual: 0, delta: 0.9 });
  });

  test("is held against nothing where nothing was executed", () => {
    expect(tellStory(facts({ record: unassignable() })).prediction).toMatchObject({ actual: null, delta: null });
  });

  test("of a task that has not ended comes from its plan", () => {
    expect(tellStory(facts({ record: undefined, planned: planned() })).prediction).toEqual({
      success_rate: 0.9,
      confidence: 0.8,
      actual: null,
      delta: null,
    });
  });

  test("of a rejected line is not known", () => {
    const rejected = [{ file: "predictions.jsonl", line: 1, reason: "line 1: expected JSON", text: "{" }];
    expect(tellStory(facts({ record: undefined, rejected }))).toMatchObject({
      status: "REJECTED",
      reason: null,
      prediction: null,
      asked: null,
      outcome: null,
      unknown: [],
    });
  });
});

describe("the wave of a story", () => {
  test("is a number without a reason where the plan is out of reach", () => {
    expect(tellStory(facts()).wave).toEqual({ number: 1, why: [] });
  });

  test("is none where the task can never run", () => {
    const record = failed({ status: "BLOCKED", reason: "cycle", wave: 4 });
    expect(tellStory(facts({ record })).wave).toEqual({
      number: null,
      why: ["planning gave it none, since it can never run"],
    });
  });

  test("of a rejected line is none", () => {
    expect(tellStory(facts({ record: undefined })).wave).toEqual({ number: null, why: [] });
  });

  test("says that none was asked for", () => {
    expect(tellStory(facts({ planned: planned() })).wave.why).toEqual([
      "no wave was asked for: tasks are dealt out in equal parts in the order of the file",
    ]);
  });

  test("names what was asked for, what comes before and what is exclusive", () => {
    const dependencies = [dependencyStory("a", completed()), dependencyStory("b", undefined)];
    const task = planned({ wave: 2, resources: ["lab"], depends_on: ["a", "b"] });
    expect(tellStory(facts({ planned: task, dependencies })).wave.why).toEqual([
      "wave 2 was asked for",
      "it comes after the tasks that it depends on: a (wave 1), b (wave not known)",
      "no other task of its wave may have lab",
    ]);
  });
});

describe("the gates of a story", () => {
  test("were passed before each attempt", () => {
    expect(tellStory(facts()).gates).toEqual(["passed before the attempt"]);
    const record = completed({ attempts: 2, attempt_log: [attempt({ error: "busy" }), attempt({ attempt: 2 })] });
    expect(tellStory(facts({ record })).gates).toEqual(["passed before each of 2 attempts"]);
  });

  test("tell once what they refused", () => {
    const record = failed({ reason: "blocked_by_gate", attempts: 0, attempt_log: [], error: "gate 4: too early" });
    expect(tellStory(facts({ record, assignments: [given(1)] })).gates).toEqual(["refused by gate 4: too early"]);
  });

  test("tell a refusal that another error came before", () => {
    const record = failed({ attempt_log: [], error: "busy; then phase 13 gate: no" });
    expect(tellStory(facts({ record })).gates).toEqual(["refused by phase 13 gate: no"]);
  });
});

test("the outcome has the output, or where a large one stands", () => {
  expect(tellStory(facts({ record: completed({ output: 1 }) })).outcome).toMatchObject({ output: 1, attempts: 1 });
  const record = failed({ output_key: "runs/run-1/outputs/task_1.json" });
  expect(tellStory(facts({ record })).outcome).toMatchObject({
    error: "bad request",
    output_key: "runs/run-1/outputs/task_1.json",
  });
});

test("what the task asked for leaves out what the story tells elsewhere, and its payload", () => {
  expect(tellStory(facts({ planned: planned({ payload: { large: true } }) })).asked).toEqual({
    priority: 50,
    capabilities: [],
    depends_on: [],
    resources: [],
    constraints: {},
  });
});

describe("what the records do not say", () => {
  test("is nothing where plan and assignments are there", () => {
    expect(tellStory(facts({ planned: planned(), assignments: [given(1)] })).unknown).toEqual([]);
  });

  test("is the plan, the agents passed over, earlier choices and passes without attempts", () => {
    const record = completed({ passes: 3, decision: decision({ passed_over: { offline: 1 } }) });
    expect(tellStory(facts({ record })).unknown).toEqual([
      "what the task asked for, and why it is in its wave: the plan is out of reach",
      "which agents were passed over: the records hold counts only",
      "why the passes before the last chose their agents: a task's record holds the last choice",
      "what happened in 2 passes that left no attempt",
    ]);
  });

  test("is no plan where planning itself ended the task", () => {
    const record = unassignable({ wave: null, status: "BLOCKED", reason: "unknown_dependency" });
    expect(tellStory(facts({ record })).unknown).toEqual([]);
  });
});
