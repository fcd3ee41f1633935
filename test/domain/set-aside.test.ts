import { describe, expect, it } from "vitest";
import type { PlanItem } from "../../lib/domain/plan.ts";
import { item, plan, ring } from "./plan-builders.ts";

describe("tasks that cannot run", () => {
  const asideOf = (tasks: readonly PlanItem[]) => Object.fromEntries(plan(tasks).setAside);

  it("sets the tasks of a cycle aside and names the cycle", () => {
    expect(asideOf([item("a", { dependsOn: ["b"] }), item("b", { dependsOn: ["a"] })])).toEqual({
      0: { reason: "cycle", error: "cycle: a → b → a" },
      1: { reason: "cycle", error: "cycle: a → b → a" },
    });
  });

  it("takes a task that depends on itself as a cycle", () => {
    expect(asideOf([item("a", { dependsOn: ["a"] })])).toEqual({ 0: { reason: "cycle", error: "cycle: a → a" } });
  });

  it("names a cycle, not the way into it, where cycles share tasks", () => {
    const tasks = [
      item("a", { dependsOn: ["b"] }),
      item("b", { dependsOn: ["c"] }),
      item("c", { dependsOn: ["b", "a"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({ 0: { error: "cycle: b → c → b" }, 2: { reason: "cycle" } });
  });

  it("cuts the name of a long cycle after ten ids", () => {
    expect(asideOf(ring(11))[5]?.error).toBe("cycle: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → …");
  });

  it("names a cycle of ten whole", () => {
    expect(asideOf(ring(10))[0]?.error).toMatch(/^cycle: t0 → t1 → .* → t9 → t0$/);
  });

  it("sets a task aside that depends on an id which is not in the input", () => {
    expect(asideOf([item("a", { dependsOn: ["x", "y\n"] })])).toEqual({
      0: { reason: "unknown_dependency", error: String.raw`unknown dependency: "x", "y\n"` },
    });
  });

  it("cuts the names of unknown ids after ten", () => {
    const dependsOn = Array.from({ length: 11 }, (_, index) => `x${index}`);
    expect(asideOf([item("a", { dependsOn })])[0]?.error).toMatch(/^unknown dependency: "x0", .*, "x9", …$/);
  });

  it("sets everything aside that hangs behind a cycle or an unknown id, naming the dependency", () => {
    const tasks = [
      item("after", { dependsOn: ["fine", "behind"] }),
      item("behind", { dependsOn: ["loop"] }),
      item("loop", { dependsOn: ["loop"] }),
      item("fine"),
      item("lost", { dependsOn: ["nowhere"] }),
      item("waits", { dependsOn: ["lost"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({
      0: { reason: "dependency_failed", blockedBy: "behind", error: "depends on behind, which cannot run" },
      1: { reason: "dependency_failed", blockedBy: "loop" },
      2: { reason: "cycle" },
      4: { reason: "unknown_dependency" },
      5: { reason: "dependency_failed", blockedBy: "lost" },
    });
    expect([...plan(tasks).waveOf]).toEqual([0, 0, 0, 1, 0, 0]);
  });

  it("keeps two cycles apart of which one depends on the other", () => {
    const tasks = [
      item("a", { dependsOn: ["b", "c"] }),
      item("b", { dependsOn: ["a"] }),
      item("c", { dependsOn: ["d"] }),
      item("d", { dependsOn: ["c"] }),
    ];
    expect(asideOf(tasks)).toMatchObject({
      0: { error: "cycle: a → b → a" },
      1: { error: "cycle: a → b → a" },
      2: { error: "cycle: c → d → c" },
      3: { error: "cycle: c → d → c" },
    });
  });

  it("finds a cycle whose tasks depend on others beside it", () => {
    const tasks = [item("a", { dependsOn: ["b"] }), item("b", { dependsOn: ["a", "c"] }), item("c")];
    expect(asideOf(tasks)).toMatchObject({ 0: { error: "cycle: a → b → a" }, 1: { error: "cycle: a → b → a" } });
  });

  it("calls it a cycle where a task of one names an unknown id too", () => {
    const tasks = [item("a", { dependsOn: ["b", "x"] }), item("b", { dependsOn: ["a"] })];
    expect(asideOf(tasks)).toMatchObject({ 0: { reason: "cycle" }, 1: { reason: "cycle" } });
  });

  it("finds a cycle of 100,000 tasks without overflowing the stack", () => {
    const count = 100_000;
    expect(plan(ring(count)).setAside.size).toBe(count);
  });
});
