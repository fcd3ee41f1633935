import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { alarms } from "../../lib/domain/alarms.ts";
import { functionNames } from "../../lib/domain/function-environment.ts";
import { alarmsOf, synthesizeObserved } from "./observed-stack.ts";

const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");

/** The text of each section by its heading. */
const sections = new Map(
  runbook
    .split(/^## /mu)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);

/** As GitHub makes them: lower case, punctuation gone, spaces to hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");

describe("the runbook", () => {
  let described: readonly string[];

  beforeAll(() => {
    described = Object.values(alarmsOf(synthesizeObserved())).map(({ AlarmDescription }) => AlarmDescription);
  }, 60_000);

  test("has a section for each alarm, and each section has an alarm", () => {
    const linked = new Set(described.map((text) => /docs\/runbook\.md#(\S+)$/u.exec(text)?.[1]));
    expect(linked).toEqual(new Set([...sections.keys()].map((heading) => anchorOf(heading))));
  });

  test("has its sections in the order of the rules", () => {
    expect([...sections.keys()]).toEqual(Object.values(alarms).map(({ heading }) => heading));
  });

  test.each([...sections])(
    "says of %s what it means, what is noticed, how to look, what to do, when to ignore it",
    (_, text) => {
      const leads = ["What it means", "What a user notices", "How to look", "What to do", "When to ignore it"];
      expect([...text.matchAll(/^\*\*([^*.]+)/gmu)].map(([, lead]) => lead)).toEqual(leads);
    },
  );

  test("links to sections that are there", () => {
    const anchors = [...sections.keys()].map((heading) => anchorOf(heading));
    for (const [, anchor] of runbook.matchAll(/\]\(#([^)]+)\)/gu)) expect(anchors).toContain(anchor);
  });

  test("names functions that the stack has", () => {
    const named = [...runbook.matchAll(/log of ((?:[a-z]+-[a-z]+)(?:(?:, | or )[a-z]+-[a-z]+)*)/giu)].flatMap(
      ([, names]) => String(names).split(/, | or /u),
    );
    expect(named).not.toEqual([]);
    expect(functionNames).toEqual(expect.arrayContaining(named));
  });
});
