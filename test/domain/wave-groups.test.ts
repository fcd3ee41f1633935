import { describe, expect, it } from "vitest";
import type { PlanItem } from "../../lib/domain/plan.ts";
import { item, items, plan } from "./plan-builders.ts";

describe("groups", () => {
  const groupsOf = (tasks: readonly PlanItem[], waveConcurrency = 2) => plan(tasks, 4, waveConcurrency).groups;

  it("puts all waves in one group where waves run one at a time", () => {
    expect(groupsOf([item("a"), item("b", { dependsOn: ["a"] })], 1)).toEqual([[1, 2]]);
  });

  it("puts independent waves in one group", () => {
    expect(groupsOf(items(4))).toEqual([[1, 2, 3, 4]]);
  });

  it("has no group where no task can run", () => {
    expect(groupsOf([item("a", { dependsOn: ["a"], resources: ["db"] })])).toEqual([]);
  });

  it("starts a group where a wave depends on one of the group before", () => {
    expect(groupsOf([item("a"), item("b"), item("c", { dependsOn: ["b"] }), item("d")])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("starts a group where a wave shares a resource with one of the group before", () => {
    const db = { resources: ["db", "db"] };
    expect(groupsOf([item("a"), item("b", db), item("c"), item("d", db)])).toEqual([[1, 2, 3], [4]]);
  });

  it("looks at all resources of a wave", () => {
    const tasks = [
      item("a", { wave: 1, resources: ["x"] }),
      item("b", { wave: 2, resources: ["y"] }),
      item("c", { wave: 3, resources: ["y"] }),
      item("d", { wave: 3, resources: ["x"] }),
    ];
    expect(groupsOf(tasks)).toEqual([[1, 2], [3]]);
  });
});
