import { configWarnings } from "../domain/config-file.ts";
import type { Fleet } from "../domain/agent.ts";
import { parseFleet } from "../domain/fleet.ts";
import { type ConfigFlags, effectiveConfig } from "./effective-config.ts";
import type { Stack } from "./embedded.ts";
import type { FinishOptions } from "./finish-run.ts";
import { checkReadable, readInputBytes, readInputText } from "./input-file.ts";
import { restoreFleet } from "./local-fleet.ts";
import { checkWritable } from "./output-folder.ts";
import { performRun } from "./perform-run.ts";
import { withRunCloud } from "./run-cloud.ts";
import { createTerminal } from "./terminal.ts";

export interface RunOptions extends ConfigFlags, FinishOptions {
  readonly schedule?: string;
  readonly agents?: string;
  readonly config?: string;
  readonly data?: string;
  readonly timeScale: number;
  readonly quiet?: boolean;
}

/** Runs a predictions file and leaves the files of SPEC O1 in the output folder. */
export const runPredictions = async (predictions: string, options: RunOptions, signal: AbortSignal): Promise<void> => {
  const { data, timeScale, out } = options;
  const terminal = createTerminal(options.quiet ?? false);
  const configText = options.config === undefined ? undefined : await readInputText(options.config);
  const config = effectiveConfig(configText, options.config ?? "config.json", options);
  const fleet = options.agents === undefined ? undefined : await readFleet(options.agents);
  const schedule = options.schedule === undefined ? undefined : await readInputBytes(options.schedule);
  await checkReadable(predictions);
  if (out !== undefined) await checkWritable(out);
  for (const warning of configWarnings(config)) terminal.say(`warning: ${warning}`);

  await withRunCloud({ timeScale, data, terminal }, signal, async (context) => {
    const name = await prepareFleet(context.stack, fleet, data);
    await performRun(context, { predictions, schedule, config: { ...config, fleet: name } }, options);
  });
};

/** A fleet file that the user named. @throws UsageError, InvalidInputError */
export const readFleet = async (path: string): Promise<Fleet> => parseFleet(await readInputText(path), path);

/** Puts a fleet into the table, or the one that is kept where none is given, and gives its name. */
export const prepareFleet = async (
  stack: Stack,
  fleet: Fleet | undefined,
  data: string | undefined,
): Promise<string> => {
  if (fleet === undefined) return restoreFleet(stack.fleet, data);
  await stack.fleet.apply(fleet);
  return fleet.fleet;
};
