import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { BreakdownError } from "../local/breakdown.ts";
import type { MetricsSummary, SystemHealth } from "../domain/summary.ts";
import { downloadOutputs } from "./download-outputs.ts";
import { followRun, type RunObserver } from "./follow-run.ts";
import { checkWritable, clearOutputs } from "./output-folder.ts";
import { renderControl, renderPlan, renderWave } from "./render-progress.ts";
import { renderSummary } from "./render-summary.ts";
import type { RunContext } from "./run-cloud.ts";
import { RunFailedError } from "./usage-error.ts";

/** Where the files of a run go, and whether its summary is printed as JSON. */
export interface FinishOptions {
  /** @default out/<run_id> */
  readonly out?: string | undefined;
  readonly json?: boolean | undefined;
}

const observe = ({ stack, terminal }: RunContext): RunObserver => ({
  planned: async (run) => {
    const { agents } = await stack.fleet.read(run.config.fleet, Date.now());
    terminal.say(renderPlan(run, agents.length));
  },
  waveScored: (wave) => terminal.say(renderWave(wave)),
  controlled: (state) => terminal.say(renderControl(state)),
});

/** @throws RunFailedError that names the file that could not be written, such as for want of space */
const save = async ({ stack, logs }: RunContext, runId: string, out: string): Promise<void> => {
  try {
    await downloadOutputs(stack, runId, out);
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
 *
 * @throws RunFailedError when it did not finish, or when its files could not be written
 */
export const finishRun = async (
  context: RunContext,
  runId: string,
  { out = join("out", runId), json = false }: FinishOptions,
): Promise<void> => {
  const { stack, terminal, signal } = context;
  await checkWritable(out);
  await clearOutputs(out);
  try {
    await followRun(stack, runId, observe(context), signal);
  } catch (error) {
    // From a cloud that broke down nothing can be read any more.
    if (signal.reason instanceof BreakdownError) throw error;
    // How the run ended matters more than that nothing could be saved of it.
    await save(context, runId, out).catch((fault: Error) => terminal.say(`warning: ${fault.message}`));
    throw error;
  }
  await save(context, runId, out);
  const summary = JSON.parse(await readFile(join(out, "metrics_summary.json"), "utf8")) as MetricsSummary;
  const health = JSON.parse(await readFile(join(out, "system_health.json"), "utf8")) as SystemHealth;
  terminal.say(renderSummary(summary, health, out));
  if (json) await terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
};
