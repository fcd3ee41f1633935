import { expect, test } from "vitest";

import { renderComparison } from "../../lib/cli/render-comparison.ts";
import type { RunComparison } from "../../lib/domain/compare-runs.ts";

const comparison: RunComparison = {
  a: "one",
  b: "two",
  figures: [
    { figure: "health score", a: 90, b: 88.5, difference: -1.5 },
    { figure: "latency p50 ms", a: null, b: 12.5, difference: null },
    { figure: "retries", a: 3, b: 3, difference: 0 },
  ],
  agents: [
    {
      agent_id: "agent_0",
      a: { assigned: 10, completed: 9 },
      b: { assigned: 20, completed: 10 },
      difference: -0.4,
    },
  ],
  endings: { in_both: 0, only_in_a: 10, only_in_b: 20, changes: [], examples: [] },
  settings: [
    { setting: "seed", a: "21", b: "4" },
    { setting: "redrive_of", a: null, b: "zero" },
    { setting: "budget.usd", a: "5", b: null },
  ],
  all_settings_known: true,
};

test("figures stand side by side, with a dash where a run has none", () => {
  const lines = renderComparison(comparison, undefined).split("\n");
  expect(lines.slice(3, 7)).toEqual([
    "figure           A      B    B − A",
    "health score    90  88.50  -1.5000",
    "latency p50 ms   –  12.50        –",
    "retries          3      3        =",
  ]);
});

test("an agent that did worse loses points, and settings that one run lacks have a dash", () => {
  const text = renderComparison(comparison, 80);
  expect(text).toContain("-40.0 points");
  expect(text).toMatch(/Settings\nseed: 21 → 4\nredrive_of: – → zero\nbudget\.usd: 5 → –\n$/u);
});
