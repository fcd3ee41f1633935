/** `npm run bench`: prints what it measured as JSON, one object a line. Each benchmark is a process of its own, so that none warms another. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { benchAssign } from "./assign.ts";
import { benchEndToEnd } from "./end-to-end.ts";

/** Tasks of the run from upload to report. */
const END_TO_END_TASKS = 20_000;

/** Runs of the pipeline; the median is what to quote. */
const END_TO_END_RUNS = 5;

const [only] = process.argv.slice(2);
const runSelf = async (name: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, name]);
  return JSON.parse(stdout);
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

if (only === "assign") {
  console.log(JSON.stringify(benchAssign()));
} else if (only === "end-to-end") {
  console.log(JSON.stringify(await benchEndToEnd(END_TO_END_TASKS)));
} else {
  console.log(JSON.stringify(await runSelf("assign")));
  const runs: Awaited<ReturnType<typeof benchEndToEnd>>[] = [];
  for (let run = 0; run < END_TO_END_RUNS; run += 1) {
    runs.push((await runSelf("end-to-end")) as Awaited<ReturnType<typeof benchEndToEnd>>);
  }
  console.log(
    JSON.stringify({
      ...runs[0],
      runs: END_TO_END_RUNS,
      ready_seconds: median(runs.map((run) => run.ready_seconds)),
      run_seconds: median(runs.map((run) => run.run_seconds)),
      tasks_per_second: median(runs.map((run) => run.tasks_per_second)),
      tasks_per_second_all: runs.map((run) => Math.round(run.tasks_per_second)),
      cpu_microseconds_per_task: median(runs.map((run) => run.cpu_microseconds_per_task)),
      peak_rss_megabytes: Math.max(...runs.map((run) => run.peak_rss_megabytes)),
    }),
  );
}
