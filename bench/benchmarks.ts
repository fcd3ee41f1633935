import { benchAssign } from "./assign.ts";
import type { Benchmark } from "./benchmark.ts";
import { benchBundles } from "./bundles.ts";
import { benchEndToEnd, benchLargeRun } from "./end-to-end.ts";
import { benchPlan } from "./plan.ts";
import { benchReport } from "./report.ts";
import { benchStartUp } from "./start-up.ts";
import { benchTakeIn } from "./take-in.ts";

const PROCESSES = 5;

const MILLION = 1_000_000;

const endToEnd = (tasks: number): Benchmark => ({
  name: `end_to_end_${tasks}`,
  what: `${tasks} tasks from the upload to the finished run, after warm-up runs`,
  processes: PROCESSES,
  headline: "tasks_per_second",
  measure: () => benchEndToEnd(tasks),
});

/** Everything that `npm run bench` measures, in this order; `large_run_1000000` only where it is named. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: "assign_1m_x_1k",
    what: "a million tasks to a thousand agents, assignment alone",
    processes: PROCESSES,
    headline: "seconds",
    measure: benchAssign,
  },
  {
    name: "plan_1m_x_1k",
    what: "a million lines read, checked, put into waves and assigned to a thousand agents",
    processes: PROCESSES,
    headline: "seconds",
    measure: () => benchPlan(MILLION, 1_000),
  },
  {
    name: "take_in_1m",
    what: "a million lines read and checked, a tenth of them bad",
    processes: PROCESSES,
    headline: "lines_per_second",
    measure: () => benchTakeIn(MILLION),
  },
  {
    name: "html_report_100000",
    what: "execution_report.html of a run of 100,000 tasks",
    processes: PROCESSES,
    headline: "seconds",
    measure: () => benchReport(100_000),
  },
  {
    name: "start_up",
    what: "the embedded cloud, and the README's first run",
    processes: PROCESSES,
    headline: "example_run_seconds",
    measure: benchStartUp,
  },
  {
    name: "bundles",
    what: "sizes of the functions' bundles, and what importing each takes a fresh process",
    processes: 1,
    headline: "slowest_cold_import_ms",
    measure: benchBundles,
  },
  endToEnd(2_000),
  endToEnd(20_000),
  endToEnd(200_000),
  {
    name: "large_run_1000000",
    what: "a million tasks in five waves, from the upload to the finished run",
    processes: 1,
    headline: "seconds",
    measure: () => benchLargeRun(MILLION),
  },
];

/** Left out unless it is named: it takes minutes and several GB. */
export const onlyWhenNamed: ReadonlySet<string> = new Set(["large_run_1000000"]);
