import { configWarnings } from "../domain/config-file.ts";
import type { Fleet } from "../domain/agent.ts";
import type { FleetStore } from "../domain/ports.ts";
import { parseFleet } from "../domain/fleet.ts";
import { type ConfigFlags, effectiveConfig } from "./effective-config.ts";
import type { Whereabouts } from "./find-run.ts";
import type { FinishOptions } from "./finish-run.ts";
import { checkReadable, readInputBytes, readInputText } from "./input-file.ts";
import { restoreFleet } from "./local-fleet.ts";
import { checkWritable } from "./output-folder.ts";
import { withRunStack } from "./run-stack.ts";
import type { Stack } from "./stack.ts";
import { createLiveTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export interface RunOptions extends ConfigFlags, FinishOptions, Whereabouts {
  readonly schedule?: string;
  readonly agents?: string;
  readonly config?: string;
  readonly timeScale: number;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
}

/** Runs a predictions file and leaves the files of SPEC O1 in the output folder. */
export const runPredictions = async (predictions: string, options: RunOptions, signal: AbortSignal): Promise<void> => {
  const { out } = options;
  const terminal = await createLiveTerminal(options.quiet ?? false);
  const configText = options.config === undefined ? undefined : await readInputText(options.config);
  const config = effectiveConfig(configText, options.config ?? "config.json", options);
  const fleet = options.agents === undefined ? undefined : await readFleet(options.agents);
  const schedule = options.schedule === undefined ? undefined : await readInputBytes(options.schedule);
  await checkReadable(predictions);
  if (out !== undefined) await checkWritable(out);
  for (const warning of configWarnings(config)) terminal.say(`warning: ${warning}`);

  // Loaded while the stack starts.
  const performing = import("./perform-run.ts");
  await withRunStack({ ...options, terminal }, signal, async (context) => {
    const { performRun } = await performing;
    const name = await prepareFleet(context.stack, fleet, { ...options, fleet: config.fleet });
    await performRun(context, { predictions, schedule, config: { ...config, fleet: name } }, options);
  });
};

/** A fleet file that the user named. @throws UsageError, InvalidInputError */
export const readFleet = async (path: string): Promise<Fleet> => parseFleet(await readInputText(path), path);

/** @throws UsageError when a deployed stack has no agents in the fleet */
export const checkHasAgents = async (store: FleetStore, fleet: string, stack: string): Promise<void> => {
  if ((await store.read(fleet, Date.now())).agents.length > 0) return;
  const apply = `npm start -- agents apply agents.json --stack ${stack}`;
  throw new UsageError(`fleet ${fleet}: expected agents in stack ${stack}, it has none; put them there with: ${apply}`);
};

/**
 * Puts a fleet into the table and gives its name. Where none is given, it is the one that is kept on this machine, or the one of that
 * name in a deployed stack.
 *
 * @throws UsageError when the deployed stack has no agents in it
 */
export const prepareFleet = async (
  { fleet: store }: Pick<Stack, "fleet">,
  given: Fleet | undefined,
  { stack, data, fleet }: Whereabouts & { readonly fleet: string },
): Promise<string> => {
  if (given === undefined && stack === undefined) return restoreFleet(store, data);
  if (given !== undefined) await store.apply(given);
  const name = given?.fleet ?? fleet;
  if (stack !== undefined) await checkHasAgents(store, name, stack);
  return name;
};
