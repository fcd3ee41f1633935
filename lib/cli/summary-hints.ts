import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import type { TaskRecord } from "../domain/record.ts";
import type { MetricsSummary } from "../domain/summary.ts";
import { fileExists } from "./file-exists.ts";
import type { RunContext } from "./run-cloud.ts";

/** A command or a file, and what one gets from it. */
export interface Hint {
  readonly what: string;
  readonly why: string;
}

/** The first task that ended with this status; undefined where there is none. */
const findTask = async (results: string, status: TaskRecord["status"]): Promise<string | undefined> => {
  const input = createReadStream(results);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      // Most lines need no parsing; an output may hold these words, too.
      if (!line.includes(`"status":"${status}"`)) continue;
      const record = JSON.parse(line) as TaskRecord;
      if (record.status === status) return record.task_id;
    }
    return undefined;
  } finally {
    input.destroy();
  }
};

const worstStatus = ({ failed, blocked, skipped }: MetricsSummary["tasks"]): TaskRecord["status"] | undefined =>
  failed > 0 ? "FAILED" : blocked > 0 ? "BLOCKED" : skipped > 0 ? "SKIPPED" : undefined;

/** What to look at and what to try after a run whose files stand in `out`, the most useful first; at most three. */
export const summaryHints = async (
  { run_id: runId, tasks }: MetricsSummary,
  out: string,
  { data }: Pick<RunContext, "data">,
): Promise<readonly Hint[]> => {
  const status = worstStatus(tasks);
  const task = status === undefined ? undefined : await findTask(join(out, "results.jsonl"), status);
  const html = join(out, "execution_report.html");
  const report = (await fileExists(html)) ? { what: html, why: "in a browser" } : undefined;
  const run = out === join("out", runId) ? runId : out;
  const source = data === undefined ? "--predictions FILE" : `--data ${data}`;
  return [
    report ?? { what: join(out, "execution_report.md"), why: "the report" },
    ...(task === undefined ? [] : [{ what: `npm start -- why ${run} ${task}`, why: `why it is ${status}` }]),
    ...(tasks.completed < tasks.total
      ? [{ what: `npm start -- redrive ${runId} ${source}`, why: "what did not complete, again" }]
      : [{ what: "npm start -- runs", why: `the runs under ${dirname(out)}/; compare A B sets two side by side` }]),
  ];
};
