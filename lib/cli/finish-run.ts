import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { BreakdownError } from "../local/breakdown.ts";
import type { RunItem } from "../domain/run-item.ts";
import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import type { Usage } from "../domain/usage.ts";
import { addCost } from "./add-cost.ts";
import { downloadOutputs } from "./download-outputs.ts";
import { fileExists } from "./file-exists.ts";
import { followRun, type RunObserver } from "./follow-run.ts";
import { createLineProgress, createLiveProgress } from "./live-progress.ts";
import { checkWritable, clearOutputs } from "./output-folder.ts";
import { renderSummary } from "./render-summary.ts";
import type { RunContext } from "./run-cloud.ts";
import { summaryHints } from "./summary-hints.ts";
import type { Terminal } from "./terminal.ts";
import { RunFailedError } from "./usage-error.ts";
import { htmlReportFile } from "./html-report-file.ts";

/** Where the files of a run go, and whether its summary is printed as JSON. */
export interface FinishOptions {
  /** @default out/<run_id> */
  readonly out?: string | undefined;
  readonly json?: boolean | undefined;
}

const loadReport = () => import("./write-html-report.ts");

const observe = ({ stack, terminal }: RunContext): RunObserver => {
  const countAgents = async ({ config }: RunItem) => {
    // What draws its charts takes a tenth of a second to load: now there is time.
    loadReport().catch(() => {});
    return (await stack.fleet.read(config.fleet, Date.now())).agents.length;
  };
  return terminal.live === undefined
    ? createLineProgress(terminal, countAgents)
    : createLiveProgress(terminal, terminal.live, countAgents);
};

/** Writes the page of a run from its other files; a page that cannot be drawn is no reason to lose the run. */
const drawReport = ({ say }: Terminal, out: string): Promise<void> =>
  loadReport()
    .then(({ writeHtmlReport }) => writeHtmlReport(out))
    .catch((fault: Error) => say(`warning: ${join(out, htmlReportFile)} could not be written: ${fault.message}`));

/** @throws RunFailedError that names the file that could not be written, such as for want of space */
const save = async ({ stack, logs }: RunContext, runId: string, out: string, used?: () => Usage): Promise<void> => {
  try {
    await downloadOutputs(stack, runId, out);
    if (used !== undefined) await addCost(stack, runId, out, used());
    await logs.save(out);
  } catch (error) {
    const { code, path = out, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new RunFailedError(`${path}: expected to write the files of run ${runId}, received ${message}`, {
      cause: error,
    });
  }
};

/**
 * Follows a run to its end and leaves its files (SPEC O1) and its functions' logs in the output folder, also where it ends badly.
 * `used` gives what it was billed for, which is told where it did not end badly.
 *
 * @throws RunFailedError when it did not finish, or when its files could not be written
 */
export const finishRun = async (
  context: RunContext,
  runId: string,
  { out = join("out", runId), json = false }: FinishOptions,
  used?: () => Usage,
): Promise<void> => {
  const { stack, terminal, signal } = context;
  await checkWritable(out);
  await clearOutputs(out);
  try {
    await followRun(stack, runId, observe(context), signal).finally(() => terminal.live?.end());
  } catch (error) {
    // From a cloud that broke down nothing can be read any more.
    if (signal.reason instanceof BreakdownError) throw error;
    // How the run ended matters more than that nothing could be saved of it.
    await save(context, runId, out).catch((fault: Error) => terminal.say(`warning: ${fault.message}`));
    // A run that was salvaged has all of its files.
    if (await fileExists(join(out, "metrics_summary.json"))) await drawReport(terminal, out);
    throw error;
  }
  await save(context, runId, out, used);
  await drawReport(terminal, out);
  const summary = JSON.parse(await readFile(join(out, "metrics_summary.json"), "utf8")) as MetricsSummary;
  const health = JSON.parse(await readFile(join(out, "system_health.json"), "utf8")) as SystemHealth;
  terminal.say(renderSummary(summary, health, out, { hints: await summaryHints(summary, out, context) }));
  if (json) await terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
};
