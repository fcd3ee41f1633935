import { describe, expect, it } from "vitest";
import { applySchedule, parseScheduleEntry } from "../../lib/domain/schedule.ts";
import type { Task } from "../../lib/domain/task.ts";

const perfect = {
  task_id: "task-1",
  wave: 4,
  priority: 90,
  agent_id: "agent_2",
  not_before: "2026-01-31T09:00:00Z",
  depends_on: ["task-0"],
};

const task: Task = {
  task_id: "task-1",
  success_rate: 0.9,
  confidence: 0.9,
  priority: 50,
  capabilities: [],
  depends_on: ["task-9"],
  resources: [],
  wave: 1,
  constraints: { max_retries: 1, not_before: "2026-01-01T00:00:00Z" },
  payload: { a: 1 },
};

describe("parseScheduleEntry", () => {
  it("takes an entry that gives every field", () => {
    expect(parseScheduleEntry(perfect)).toEqual({ ok: true, entry: perfect });
  });

  it("takes an entry that gives a task_id only", () => {
    expect(parseScheduleEntry({ task_id: "a" })).toEqual({ ok: true, entry: { task_id: "a" } });
  });

  it("leaves unknown fields out, so that they cannot override the task's", () => {
    expect(parseScheduleEntry({ ...perfect, success_rate: 1 })).toEqual({ ok: true, entry: perfect });
  });

  it("names every bad field", () => {
    expect(parseScheduleEntry({ ...perfect, wave: 0, agent_id: "agent 2" })).toEqual({
      ok: false,
      reason:
        "wave: expected an integer from 1 to 1000000, received 0; " +
        'agent_id: expected 1 to 128 characters of A-Z a-z 0-9 . _ : -, received "agent 2"',
    });
  });
});

describe("applySchedule", () => {
  it("leaves a task without an entry as it is", () => {
    expect(applySchedule(task, undefined)).toBe(task);
  });

  it("overrides what the entry gives, pins the agent and keeps the other constraints", () => {
    expect(applySchedule(task, perfect)).toEqual({
      ...task,
      wave: 4,
      priority: 90,
      pinned_agent_id: "agent_2",
      depends_on: ["task-0"],
      constraints: { max_retries: 1, not_before: "2026-01-31T09:00:00Z" },
    });
  });

  it("keeps what the entry does not give", () => {
    expect(applySchedule(task, { task_id: "task-1" })).toEqual(task);
  });

  it("lets the schedule take all dependencies away", () => {
    expect(applySchedule(task, { task_id: "task-1", depends_on: [] }).depends_on).toEqual([]);
  });
});
