import { createReadStream } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { TaskRecord } from "../domain/record.ts";
import { createReportTally, type ReportFigures } from "../domain/report-tally.ts";
import { outputFiles } from "../domain/run-keys.ts";
import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import { htmlReportFile } from "./html-report-file.ts";
import { renderPage } from "./html-report/page.ts";
import { readMarkdown } from "./html-report/read-markdown.ts";
import { readInputText } from "./input-file.ts";
import { parseLine, readTextLines } from "./record-lines.ts";

const readFigures = async (path: string): Promise<ReportFigures> => {
  const tally = createReportTally();
  // Large pieces: a run's records are tens of megabytes.
  for await (const lines of readTextLines(createReadStream(path, { highWaterMark: 1024 * 1024 }))) {
    for (const line of lines) tally.add(parseLine<TaskRecord>(line, path));
  }
  return tally.figures();
};

/**
 * Writes `execution_report.html` from the files of a finished run, beside them.
 *
 * @throws UsageError when one of the files is missing or is not what a run leaves
 */
export const writeHtmlReport = async (folder: string): Promise<void> => {
  const at = (file: string): string => join(folder, file);
  const summary = parseLine<MetricsSummary>(await readInputText(at("metrics_summary.json")), folder);
  const health = parseLine<SystemHealth>(await readInputText(at("system_health.json")), folder);
  const sections = readMarkdown(await readInputText(at("execution_report.md")));
  const there = await readdir(folder);
  const page = renderPage({
    summary,
    health,
    figures: await readFigures(at("results.jsonl")),
    sections,
    css: await readFile(new URL("html-report/report.css", import.meta.url), "utf8"),
    files: outputFiles.filter((file) => there.includes(file)),
  });
  await writeFile(at(htmlReportFile), page);
};
