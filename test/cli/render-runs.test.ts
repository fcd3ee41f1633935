import { expect, test } from "vitest";

import { renderRuns } from "../../lib/cli/render-runs.ts";

const row = {
  run_id: "a-rather-long-name-of-a-run-57ab076b56b06bb3c85b",
  at: "2026-01-01T12:00:00.000Z",
  tasks: 20_000,
  completed: 0.84,
  health: { score: 88.61, status: "GOOD" },
  strategy: "LOAD_BALANCED",
  status: "ENDED",
};

test("a table of runs is as wide as its terminal at the most: of the id its beginning is left", () => {
  const lines = renderRuns([row], 80).trimEnd().split("\n");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^a-rathe\S*… +2026/u);
});

test("what is piped has the whole id and no colours", () => {
  const text = renderRuns([row], undefined);
  expect(text).toContain(row.run_id);
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("a run of which no time is known has a dash", () => {
  expect(renderRuns([{ ...row, at: null }], undefined)).toMatch(/c85b {2}–/u);
});
