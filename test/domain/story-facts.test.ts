import { expect, test } from "vitest";

import { dependencyStory, namedDependency } from "../../lib/domain/story-facts.ts";
import { completed, failed } from "./report-builders.ts";

test("the dependency that held a task up is read from its record", () => {
  const skipped = failed({ reason: "dependency_failed", error: "depends on a.b:c, which cannot run" });
  expect(namedDependency(skipped)).toBe("a.b:c");
});

test.each([
  ["another reason", failed({ error: "depends on a, which ended FAILED" })],
  ["another error", failed({ reason: "dependency_failed", error: "gate 3: dependency a" })],
  ["no error", completed({ reason: "dependency_failed" })],
])("a record with %s names none", (_title, record) => {
  expect(namedDependency(record)).toBeUndefined();
});

test("a dependency without a record has no status", () => {
  expect(dependencyStory("a", undefined)).toEqual({ task_id: "a", status: null, reason: null, wave: null });
});

test("a dependency tells how it ended and what held it up", () => {
  const cause = dependencyStory("b", completed());
  expect(dependencyStory("a", failed(), cause)).toEqual({
    task_id: "a",
    status: "FAILED",
    reason: "permanent",
    wave: 1,
    error: "bad request",
    held_up_by: { task_id: "b", status: "COMPLETED", reason: null, wave: 1 },
  });
});
