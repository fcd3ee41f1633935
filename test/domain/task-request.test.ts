import { describe, expect, test } from "vitest";

import type { Task } from "../../lib/domain/task.ts";
import { agentRequest } from "../../lib/domain/task-request.ts";
import { batchContext, task } from "../steps/builders.ts";

const deadline = Date.parse("2026-03-01T12:00:30.000Z");

describe("what an agent is asked", () => {
  test("is run, wave, task, attempt, payload and deadline", () => {
    const request = agentRequest(batchContext({ wave: 2 }), task("t1", { payload: { kind: "code" } }), 3, deadline);
    expect(request).toEqual({
      run_id: "run-1",
      wave: 2,
      task_id: "t1",
      attempt: 3,
      payload: { kind: "code" },
      idempotency_key: expect.stringMatching(/^[0-9a-f]{32}$/u),
      deadline: "2026-03-01T12:00:30.000Z",
    });
  });

  test("carries on the fields that the schema does not know, and no others", () => {
    const known: Task = task("t1", { wave: 1, estimated_duration_ms: 5, pinned_agent_id: "agent_0" });
    const { fields } = agentRequest(batchContext(), { ...known, owner: "team-a", tags: ["x"] } as Task, 1, deadline);
    expect(fields).toEqual({ owner: "team-a", tags: ["x"] });
  });
});

describe("the idempotency key", () => {
  const keyOf = (...[changes, id = "t1", attempt = 1]: [Parameters<typeof batchContext>[0]?, string?, number?]) =>
    agentRequest(batchContext(changes), task(id), attempt, deadline).idempotency_key;

  test.each([
    { title: "attempts", key: keyOf({}, "t1", 4) },
    { title: "passes", key: keyOf({ pass: 2 }) },
  ])("is the same for all $title at a task", ({ key }) => {
    expect(key).toBe(keyOf());
  });

  test.each([
    { title: "another task", key: keyOf({}, "t2") },
    { title: "another run", key: keyOf({ run_id: "run-2" }) },
    { title: "the same input run again another day", key: keyOf({ started_at: "2026-03-02T12:00:00.000Z" }) },
  ])("is another one for $title", ({ key }) => {
    expect(key).not.toBe(keyOf());
  });
});
