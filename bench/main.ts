/** `npm run bench`: prints what it measured as JSON, one object a line. Each benchmark is a process of its own, so that none warms another. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { benchAssign } from "./assign.ts";
import { benchEndToEnd, type EndToEndResult } from "./end-to-end.ts";
import { benchReport } from "./report.ts";

/** Tasks of the run from upload to report. */
const END_TO_END_TASKS = 20_000;

/** Records of the run whose report is written. */
const REPORT_TASKS = 100_000;

/** Processes that are measured; the median is what to quote. */
const PROCESSES = 5;

const runSelf = async (name: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, name]);
  return JSON.parse(stdout);
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const summarize = (runs: readonly EndToEndResult[]) => {
  const medianOf = (of: (run: EndToEndResult) => number): number => Number(median(runs.map(of)).toPrecision(4));
  return {
    name: "end_to_end",
    tasks: END_TO_END_TASKS,
    agents: runs[0]?.agents,
    processes: runs.length,
    ready_seconds: medianOf((run) => run.ready_seconds),
    first_tasks_per_second: medianOf((run) => run.first_tasks_per_second),
    tasks_per_second: medianOf((run) => run.tasks_per_second),
    tasks_per_second_all: runs.map((run) => Math.round(run.tasks_per_second)),
    cpu_microseconds_per_task: medianOf((run) => run.cpu_microseconds_per_task),
    peak_rss_megabytes: Math.round(Math.max(...runs.map((run) => run.peak_rss_megabytes))),
  };
};

const [only] = process.argv.slice(2);
if (only === "assign") {
  console.log(JSON.stringify(benchAssign()));
} else if (only === "end-to-end") {
  console.log(JSON.stringify(await benchEndToEnd(END_TO_END_TASKS)));
} else if (only === "report") {
  console.log(JSON.stringify(await benchReport(REPORT_TASKS)));
} else {
  console.log(JSON.stringify(await runSelf("assign")));
  console.log(JSON.stringify(await runSelf("report")));
  const runs: EndToEndResult[] = [];
  for (let run = 0; run < PROCESSES; run += 1) runs.push((await runSelf("end-to-end")) as EndToEndResult);
  console.log(JSON.stringify(summarize(runs)));
}
