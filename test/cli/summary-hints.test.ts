import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { summaryHints } from "../../lib/cli/summary-hints.ts";
import type { MetricsSummary } from "../../lib/domain/summary.ts";

const records = [
  { task_id: "ok", status: "COMPLETED", output: '{"status":"FAILED"}', nested: { status: "FAILED" } },
  { task_id: "after", status: "SKIPPED" },
  { task_id: "bad", status: "FAILED" },
];

const hintsOf = async (tasks: Partial<MetricsSummary["tasks"]>, data?: string) => {
  const out = await mkdtemp(join(tmpdir(), "phase21-hints-"));
  onTestFinished(() => rm(out, { recursive: true, force: true }));
  await writeFile(join(out, "results.jsonl"), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const summary = { run_id: "run-1", tasks: { total: 3, completed: 3, failed: 0, blocked: 0, skipped: 0, ...tasks } };
  const read = () => summaryHints(summary as MetricsSummary, out, { data });
  return { out, read, commands: (await read()).map(({ what }) => what) };
};

test("after failures the next steps are the report, the story of a failed task, and a redrive", async () => {
  const { out, commands } = await hintsOf({ completed: 1, failed: 1, skipped: 1 });
  expect(commands).toEqual([
    join(out, "execution_report.md"),
    `npm start -- why ${out} bad`,
    "npm start -- redrive run-1 --predictions FILE",
  ]);
});

test("where none failed, one that was skipped is told of", async () => {
  const { commands } = await hintsOf({ completed: 2, skipped: 1 }, "state");
  expect(commands[1]).toMatch(/^npm start -- why .* after$/u);
  expect(commands[2]).toBe("npm start -- redrive run-1 --data state");
});

test("a status that no record has names no task", async () => {
  const { commands } = await hintsOf({ completed: 2, blocked: 1 });
  expect(commands).toHaveLength(2);
});

test("after a run in which all completed there is nothing to explain or to repeat", async () => {
  const { commands } = await hintsOf({});
  expect(commands.slice(1)).toEqual(["npm start -- runs"]);
});

test("the report that opens in a browser is named where it is there", async () => {
  const { out, read } = await hintsOf({});
  await writeFile(join(out, "execution_report.html"), "");
  expect((await read())[0]?.what).toBe(join(out, "execution_report.html"));
});
