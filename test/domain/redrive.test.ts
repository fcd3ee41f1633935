import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { TerminalReason } from "../../lib/domain/record.ts";
import { chooseRedriven, dropCompletedDependencies, terminalReasons } from "../../lib/domain/redrive.ts";

const ended = new Map<string, TerminalReason | null>([
  ["done", null],
  ["late", "timed_out"],
  ["broken", "permanent"],
  ["after", "dependency_failed"],
]);
const dependencies: Readonly<Record<string, readonly string[]>> = { after: ["broken", "done"], broken: ["late"] };
const dependenciesOf = (id: string) => dependencies[id] ?? [];

describe("the tasks that are redriven", () => {
  test("are all that did not complete", () => {
    const { tasks, added } = chooseRedriven(ended, dependenciesOf);
    expect([...tasks]).toEqual(["late", "broken", "after"]);
    expect(added).toEqual([]);
  });

  test("are those that ended for a wanted reason", () => {
    const { tasks, added } = chooseRedriven(ended, dependenciesOf, new Set<TerminalReason>(["timed_out"]));
    expect({ tasks: [...tasks], added }).toEqual({ tasks: ["late"], added: [] });
  });

  test("bring along what they need and what did not complete either, however far back", () => {
    const { tasks, added } = chooseRedriven(ended, dependenciesOf, new Set<TerminalReason>(["dependency_failed"]));
    expect({ tasks: [...tasks], added }).toEqual({ tasks: ["after", "broken", "late"], added: ["broken", "late"] });
  });

  test("leave out a dependency that the run did not have", () => {
    const { tasks } = chooseRedriven(new Map([["lost", "unknown_dependency"]]), () => ["nowhere"]);
    expect([...tasks]).toEqual(["lost"]);
  });

  test("may go round in a circle", () => {
    const { tasks } = chooseRedriven(
      new Map<string, TerminalReason>([
        ["a", "cycle"],
        ["b", "cycle"],
      ]),
      (id) => (id === "a" ? ["b"] : ["a"]),
      new Set<TerminalReason>(["cycle"]),
    );
    expect([...tasks]).toEqual(["a", "b"]);
  });

  test("hold no completed task, and with each task every dependency that did not complete", () => {
    const id = fc.integer({ min: 0, max: 20 }).map(String);
    const task = fc.tuple(id, fc.option(fc.constantFrom(...terminalReasons)), fc.array(id, { maxLength: 4 }));
    const run = fc.array(task);
    const holds = (
      tasks: readonly (typeof task extends fc.Arbitrary<infer Task> ? Task : never)[],
      wanted: string[],
    ) => {
      const ends = new Map(tasks.map(([name, reason]) => [name, reason]));
      const needs = new Map(tasks.map(([name, , dependsOn]) => [name, dependsOn]));
      const chosen = chooseRedriven(ends, (name) => needs.get(name) ?? [], new Set(wanted as TerminalReason[])).tasks;
      const isOpen = (name: string) => typeof ends.get(name) === "string";
      const asked = [...ends].filter(([, reason]) => reason !== null && wanted.includes(reason));
      const needed = [...chosen].flatMap((name) => (needs.get(name) ?? []).filter(isOpen));
      return (
        [...chosen].every(isOpen) && asked.every(([name]) => chosen.has(name)) && needed.every((n) => chosen.has(n))
      );
    };
    const counterexample = fc.check(fc.property(run, fc.subarray([...terminalReasons]), holds)).counterexample;
    expect(counterexample).toBeNull();
  });
});

describe("the line of a redriven task", () => {
  test("waits no longer for what has completed", () => {
    const line = { task_id: "after", depends_on: ["broken", "done"], payload: { keep: true } };
    expect(dropCompletedDependencies(line, ended)).toEqual({ ...line, depends_on: ["broken"] });
  });

  test("keeps a dependency that the run did not have, which is refused again", () => {
    const line = { task_id: "lost", depends_on: ["nowhere"] };
    expect(dropCompletedDependencies(line, ended)).toBe(line);
  });

  test("is left as it is where it depends on nothing", () => {
    const line = { task_id: "late" };
    expect(dropCompletedDependencies(line, ended)).toBe(line);
  });
});

test("a task may be redriven for every reason that SPEC E7 names", () => {
  expect(terminalReasons).toHaveLength(11);
});
