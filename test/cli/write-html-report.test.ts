import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { writeHtmlReport } from "../../lib/cli/write-html-report.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { attempt, completed, failed, times, unassignable } from "../domain/report-builders.ts";
import { outputFolder, wave } from "./html-report/report-folder.ts";

const report = async (...args: Parameters<typeof outputFolder>): Promise<string> => {
  const folder = await outputFolder(...args);
  await writeHtmlReport(folder);
  return readFile(join(folder, "execution_report.html"), "utf8");
};

const mixed: readonly TaskRecord[] = [
  ...times(8, (n) => completed({ task_id: `task_${n}` })),
  failed({ task_id: "task_9" }),
  completed({
    task_id: "task_10",
    agent_id: "agent_1",
    attempts: 3,
    passes: 2,
    attempt_log: [
      attempt({ error: "busy" }),
      attempt({ attempt: 2, error: "busy", started_at: "2026-01-01T12:00:01.100Z" }),
      attempt({ pass: 2, agent_id: "agent_1", started_at: "2026-01-01T12:02:00.000Z" }),
    ],
  }),
  unassignable({ task_id: "task_11" }),
];

test("the report says in its first lines how the run went, in the words of the text report", async () => {
  expect(await report(mixed)).toContain('<p class="verdict">In part: 9 of 11 tasks completed (81.8&nbsp;%);');
});

test("every chart has a title, a text in its place and its figures as a table", async () => {
  const html = await report(mixed);
  for (const id of ["waves", "reliability", "outcomes", "load", "latency", "retries"]) {
    const figure = new RegExp(`<figure id="${id}">.*?</figure>`, "su").exec(html)?.[0] ?? "";
    expect(figure).toMatch(/<h3>.+<\/h3>.*role="img" aria-label=".+".*<figcaption>.+<\/figcaption>.*<table>/su);
  }
});

test("the captions name the figures that matter", async () => {
  const html = await report(mixed);
  expect(html).toContain("<figcaption>The only wave scored 95.00 (EXCELLENT).");
  expect(html).toContain("<figcaption>1 retry and 1 backup among 12 attempts; most failed within 1.6 s");
  expect(html).toContain("weakest: agent_0 completed 80.0 % of 10 tasks.");
});

test("waves are told from the first to the last, and the lowest is named", async () => {
  const waves = [wave(), wave({ wave: 2, health_score: 40 }), wave({ wave: 3, health_score: 80 })];
  expect(await report(mixed, { waves })).toContain(
    "3 waves: from 95.00 (EXCELLENT) in the first to 80.00 (GOOD) in the last; lowest in wave 2 with 40.00 (POOR).",
  );
});

test.each([
  ["without tasks", [], []],
  ["in which nothing was executed", [unassignable()], [wave()]],
  ["of one task", [completed()], [wave()]],
] as const)("a run %s has a report without holes", async (_title, records, waves) => {
  const html = await report(records, { waves });
  expect(html).not.toMatch(/NaN|undefined|Infinity|null/u);
  expect(html).toContain("</html>");
});

test("a drawing that has nothing to show is a sentence instead", async () => {
  const html = await report([], { waves: [] });
  expect(html).not.toContain("<svg");
  expect(html).toContain('<p class="empty">There was no wave.</p>');
  expect(html).toContain('<p class="empty">No agent executed a task.</p>');
});

test("a run without a retry or a failed attempt says so, and shows no empty axes", async () => {
  expect(await report([completed()])).toContain(
    '<p class="empty">0 retries and 0 backups among 1 attempt; none failed.',
  );
});

test("anomalies are listed, the first fifty of many", async () => {
  const anomaly = { type: "success_drop", wave: 1, message: "success fell from 1 to 0" } as const;
  const html = await report(mixed, { waves: [wave({ anomalies: Array.from({ length: 51 }, () => anomaly) })] });
  expect(html.match(/success fell from 1 to 0/gu)).toHaveLength(50);
  expect(html).toContain("1 more anomaly in system_health.json.");
});

test("agents beyond thirty are drawn as one", async () => {
  const html = await report(times(34, (n) => completed({ agent_id: `agent_${n}` })));
  expect(html).toContain("4 other agents");
});

test("nothing in the page runs or comes from elsewhere", async () => {
  const html = await report(mixed);
  expect(html).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(html).not.toMatch(/<script|<link|<img|src=|url\((?!#)|@import/iu);
});

test("what came from input is text in the page", async () => {
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202e\u0007🤖`;
  const long = `${hostile}${"x".repeat(10_240)}`;
  const html = await report(
    [failed({ task_id: hostile, error: long, agent_id: hostile }), failed({ task_id: long, agent_id: long })],
    { run_id: hostile, waves: [wave({ anomalies: [{ type: "stuck_agent", wave: 1, message: hostile }] })] },
  );
  expect(html).not.toMatch(/<script|<img/iu);
  expect(html).not.toContain("\u202e");
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;");
  expect(html.length).toBeLessThan(200_000);
});

test("a folder without the files of a run is refused by the name of what is missing", async () => {
  const folder = await outputFolder([completed()]);
  await rm(join(folder, "system_health.json"));
  await expect(writeHtmlReport(folder)).rejects.toThrow(/system_health\.json: expected a file that can be read/u);
});
