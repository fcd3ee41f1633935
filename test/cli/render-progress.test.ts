import { expect, test } from "vitest";

import { renderControl, renderPlan, renderWave } from "../../lib/cli/render-progress.ts";
import { runItem, waveItem } from "../steps/builders.ts";

test("a plan is one line with what runs where and how", () => {
  expect(renderPlan({ ...runItem(), tasks: 12_345, waves: 3 }, 4)).toBe(
    "run run-1: 12,345 tasks in 3 waves on 4 agents, LOAD_BALANCED, EXPONENTIAL_BACKOFF",
  );
});

test("one of each is said in the singular", () => {
  expect(renderPlan({ ...runItem(), tasks: 1, waves: 1, rejected_lines: 1 }, 1)).toContain(
    "1 task in 1 wave on 1 agent, LOAD_BALANCED, EXPONENTIAL_BACKOFF (1 line rejected)",
  );
});

test("rejected lines are counted", () => {
  expect(renderPlan({ ...runItem(), rejected_lines: 2 }, 4)).toMatch(/ \(2 lines rejected\)$/u);
});

test("a wave is one line with its completed tasks and its health", () => {
  expect(renderWave(waveItem(2, { health_score: 95.666 }))).toBe("  wave 2: 2 of 2 completed, health 95.67 EXCELLENT");
});

test("what went wrong in a wave is in its line", () => {
  const anomaly = { type: "success_drop", wave: 2, message: "success fell" } as const;
  expect(renderWave(waveItem(2, { completed: 1, retries: 3, reassignments: 1, anomalies: [anomaly] }))).toBe(
    "  wave 2: 1 of 2 completed, health 98.00 EXCELLENT, 3 retried, 1 reassigned, ! success fell",
  );
});

test.each([
  ["PAUSED", /^ {2}paused: .* nothing new starts$/u],
  ["RUN", /^ {2}goes on$/u],
  ["CANCELLED", /^ {2}cancelled: .* SKIPPED \(cancelled\)$/u],
] as const)("a run that an operator set to %s says in one line what that means", (state, line) => {
  expect(renderControl(state)).toMatch(line);
});
