import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeHtmlReport } from "../lib/cli/write-html-report.ts";
import type { Figures } from "./benchmark.ts";
import { writeReportFolder } from "./report-folder.ts";

/** Takes how long the report for a browser takes to write, and how large it gets, for a run of 40 agents and 5 waves. */
export const benchReport = async (tasks: number): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), "phase21-bench-report-"));
  await writeReportFolder(folder, { tasks, agents: 40, waves: 5 });
  const begin = performance.now();
  await writeHtmlReport(folder);
  const seconds = (performance.now() - begin) / 1_000;
  const { size } = await stat(join(folder, "execution_report.html"));
  await rm(folder, { recursive: true, force: true });
  return { seconds, bytes: size, peak_rss_megabytes: process.resourceUsage().maxRSS / 1_024 };
};
