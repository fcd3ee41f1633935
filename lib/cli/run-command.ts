import { access, constants, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { configWarnings } from "../domain/config-file.ts";
import { parseFleet } from "../domain/fleet.ts";
import { outputFiles } from "../domain/run-keys.ts";
import type { SystemHealth, MetricsSummary } from "../domain/summary.ts";
import { downloadOutputs } from "./download-outputs.ts";
import { type ConfigFlags, effectiveConfig } from "./effective-config.ts";
import { createFunctionLogs, type Stack, withEmbeddedStack } from "./embedded.ts";
import { followRun } from "./follow-run.ts";
import { openInput, readInputBytes, readInputText } from "./input-file.ts";
import { restoreFleet } from "./local-fleet.ts";
import { renderPlan, renderWave } from "./render-progress.ts";
import { renderSummary } from "./render-summary.ts";
import { createTerminal } from "./terminal.ts";
import { uploadInbox } from "./upload-inbox.ts";
import { UsageError } from "./usage-error.ts";

export interface RunOptions extends ConfigFlags {
  readonly schedule?: string;
  readonly agents?: string;
  readonly config?: string;
  readonly out?: string;
  readonly timeScale: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs a predictions file and leaves the files of SPEC O1 in the output folder. */
export const runPredictions = async (predictions: string, options: RunOptions, signal: AbortSignal): Promise<void> => {
  const terminal = createTerminal(options.quiet ?? false);
  const configText = options.config === undefined ? undefined : await readInputText(options.config);
  const config = effectiveConfig(configText, options.config ?? "config.json", options);
  const fleet =
    options.agents === undefined ? undefined : parseFleet(await readInputText(options.agents), options.agents);
  const schedule = options.schedule === undefined ? undefined : await readInputBytes(options.schedule);
  await checkReadable(predictions);
  if (options.out !== undefined) await checkWritable(options.out);
  for (const warning of configWarnings(config)) terminal.say(`warning: ${warning}`);

  const logs = createFunctionLogs();
  const startedAt = Date.now();
  await withEmbeddedStack({ timeScale: options.timeScale, logs, signal }, async (stack) => {
    terminal.say(`embedded cloud ready in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
    const fleetName = await prepareFleet(stack, fleet);
    const { agents } = await stack.fleet.read(fleetName, Date.now());
    const runId = await uploadInbox(stack, {
      predictions,
      configText: JSON.stringify({ ...config, fleet: fleetName }),
      fleetText: JSON.stringify(agents),
      ...(schedule !== undefined && { schedule }),
    });
    const out = options.out ?? join("out", runId);
    await checkWritable(out);
    await clearOutputs(out);
    try {
      const observer = {
        planned: (run: Parameters<typeof renderPlan>[0]) => terminal.say(renderPlan(run, agents.length)),
        waveScored: (wave: Parameters<typeof renderWave>[0]) => terminal.say(renderWave(wave)),
      };
      await followRun(stack, runId, observer, signal);
    } finally {
      await downloadOutputs(stack, runId, out);
      await logs.save(out);
    }
    const summary = JSON.parse(await readFile(join(out, "metrics_summary.json"), "utf8")) as MetricsSummary;
    const health = JSON.parse(await readFile(join(out, "system_health.json"), "utf8")) as SystemHealth;
    terminal.say(renderSummary(summary, health, out));
    if (options.json) await terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
  });
};

const prepareFleet = async (stack: Stack, fleet: ReturnType<typeof parseFleet> | undefined): Promise<string> => {
  if (fleet === undefined) return restoreFleet(stack.fleet);
  await stack.fleet.apply(fleet);
  return fleet.fleet;
};

const checkReadable = async (path: string): Promise<void> => {
  const stream = await openInput(path);
  (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
};

/** Files of an earlier run in the same folder would pass for this one's, should it break off. */
const clearOutputs = async (directory: string): Promise<void> => {
  for (const name of [...outputFiles, "outputs", "logs"])
    await rm(join(directory, name), { recursive: true, force: true });
};

const checkWritable = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out ${directory}: expected a folder that can be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
};
