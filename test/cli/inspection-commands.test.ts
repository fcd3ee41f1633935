import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { completed, failed, times } from "../domain/report-builders.ts";
import { enterFolder, inspect, leaveRun } from "./inspected-runs.ts";

beforeEach(enterFolder);

/** Says when a run's files were written. */
const writtenOn = async (runId: string, day: string): Promise<void> => {
  const at = new Date(`${day}T10:00:00Z`);
  for (const name of ["metrics_summary.json", "results.jsonl", "rejected.jsonl", "system_health.json"])
    await utimes(join("out", runId, name), at, at);
};

describe("runs", () => {
  test("lists the runs of out/, the newest first", async () => {
    await leaveRun("old", [completed()]);
    await leaveRun("new", [completed({ task_id: "a" }), failed({ task_id: "b" })]);
    await writtenOn("old", "2026-01-01");
    await writtenOn("new", "2026-01-02");
    const table = (await inspect("runs")).trimEnd().split("\n");
    expect(table.map((line) => line.split(/\s{2,}/u).slice(0, 4))).toEqual([
      ["run", "when", "tasks", "completed"],
      ["new", "2026-01-02 10:00Z", "2", "50.0 %"].slice(0, 4),
      ["old", "2026-01-01 10:00Z", "1", "100.0 %"],
    ]);
  });

  test("lists a run that broke off before its report, and one of no tasks", async () => {
    await leaveRun("none", []);
    await mkdir("out/broken");
    await writeFile("out/broken/rejected.jsonl", "");
    await mkdir("out/nothing");
    const rows = JSON.parse(await inspect("runs", "--json")) as { run_id: string; status: string; completed: null }[];
    expect(rows.map(({ run_id, status, completed: share }) => [run_id, status, share])).toEqual(
      expect.arrayContaining([
        ["broken", "NO REPORT", null],
        ["none", "ENDED", null],
      ]),
    );
    expect(rows).toHaveLength(2);
    expect(await inspect("runs")).toMatch(/broken .* – +– +– +– +NO REPORT/u);
  });

  test("says so where there are none", async () => {
    expect(await inspect("runs")).toBe("no runs in out/; --data or --stack names a cloud\n");
  });

  test("a summary that is no JSON is refused with its name", async () => {
    await mkdir("out/bad", { recursive: true });
    await writeFile("out/bad/metrics_summary.json", "{");
    await expect(inspect("runs")).rejects.toThrow(/^out\/bad\/metrics_summary\.json: expected the summary of a run/u);
  });
});

describe("show", () => {
  test("prints the summary and the folder of a run", async () => {
    await leaveRun("demo-1", [completed()]);
    expect(await inspect("show", "demo")).toMatch(/^run demo-1\n[\s\S]*Files +out\/demo-1\//u);
    expect(JSON.parse(await inspect("show", "demo-1", "--json"))).toMatchObject({ run_id: "demo-1" });
  });

  test("finds the files of a run where --out says, or in a folder that is named instead of the run", async () => {
    await leaveRun("demo-1", [completed()], { folder: "files" });
    expect(await inspect("show", "latest", "--out", "files")).toMatch(/^run demo-1\n/u);
    expect(await inspect("show", "files")).toMatch(/^run demo-1\n[\s\S]*Files +files\//u);
  });

  test("refuses an --out without files and one of another run", async () => {
    await leaveRun("demo-1", [completed()], { folder: "files" });
    await expect(inspect("show", "latest", "--out", "none")).rejects.toThrow(
      "--out none: expected the folder of a run's files, it has none",
    );
    await expect(inspect("show", "other", "--out", "files")).rejects.toThrow(
      "run other: expected a run of --out files; there are: demo-1",
    );
  });

  test("refuses a run that left no summary", async () => {
    await mkdir("out/broken", { recursive: true });
    await writeFile("out/broken/rejected.jsonl", "");
    await expect(inspect("show", "broken")).rejects.toThrow(
      "run broken: expected metrics_summary.json in out/broken, it is not there",
    );
  });
});

describe("why", () => {
  const hostile = `gone ${String.fromCharCode(27)}[31m${String.fromCharCode(0x202e)}red`;

  test("shows control characters of input as text", async () => {
    await leaveRun("demo-1", [failed({ error: hostile, output: hostile })], {
      rejected: [
        {
          file: "predictions.jsonl",
          line: 2,
          reason: `line 2: duplicate of ${hostile}`,
          text: `"task_id":"task_1" ${hostile}`,
        },
      ],
    });
    const text = await inspect("why", "demo-1", "task_1");
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text).toContain(String.raw`gone \u001b[31m\u202ered`);
    const json = await inspect("why", "demo-1", "task_1", "--json");
    expect(json).not.toContain(String.fromCharCode(0x202e));
    expect(JSON.parse(json)).toMatchObject({ outcome: { error: hostile } });
  });

  test("says that a run has no records, and does not take what is not JSON for one", async () => {
    await leaveRun("demo-1", []);
    await expect(inspect("why", "demo-1", "x")).rejects.toThrow("it has no records");
    await writeFile("out/demo-1/results.jsonl", "<html>\n");
    await expect(inspect("why", "demo-1", "x")).rejects.toThrow(
      "out/demo-1/results.jsonl: expected JSON lines, received <html>",
    );
  });

  test("names the first tasks where there are many, and reads records that were written anew", async () => {
    await leaveRun(
      "demo-1",
      times(9, (n) => completed({ task_id: `t${n}` })),
    );
    await expect(inspect("why", "demo-1", "somewhere")).rejects.toThrow("it has 9: t1, t2, t3, t4, t5, …;");
    const { task_id, ...rest } = completed({ task_id: "moved" });
    await writeFile("out/demo-1/results.jsonl", JSON.stringify({ ...rest, task_id }));
    expect(await inspect("why", "demo-1", "moved")).toMatch(/^moved COMPLETED/u);
  });
});

describe("compare", () => {
  test("prints figures, agents, tasks that ended differently, and settings", async () => {
    await leaveRun("one", [completed({ task_id: "a" }), failed({ task_id: "b" })]);
    await leaveRun("two", [completed({ task_id: "a" }), completed({ task_id: "b" })]);
    const text = await inspect("compare", "one", "two");
    expect(text).toMatch(/^A {2}one\nB {2}two\n/u);
    expect(text).toMatch(/success rate +0\.5000 +1 +\+0\.5000/u);
    expect(text).toMatch(/agent_0 +50\.0 % of 2 +100\.0 % of 2 +\+50\.0 points/u);
    expect(text).toMatch(/1 {2}FAILED \(permanent\) → COMPLETED\nfor example:\n {2}b: FAILED/u);
    expect(text).toMatch(/Settings\nno difference\nonly what the summaries name is known/u);
  });

  test("says where runs have nothing in common, or where nothing changed", async () => {
    await leaveRun("one", [completed({ task_id: "a" })]);
    await leaveRun("two", [completed({ task_id: "b" })]);
    expect(await inspect("compare", "one", "two")).toContain("the runs have no task ids in common");
    const same = await inspect("compare", "one", "one");
    expect(same).toContain("all of those in both ended the same");
    expect(same).toContain("no agent of both runs completed another share of its tasks");
    expect(JSON.parse(await inspect("compare", "one", "two", "--json"))).toMatchObject({ a: "one", b: "two" });
  });
});
