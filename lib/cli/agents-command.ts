import { OFFLINE_BY_OWNER } from "../domain/agent.ts";
import type { FleetStore } from "../domain/ports.ts";
import { defaultFleet } from "../domain/fleet.ts";
import type { LiveCloud } from "../local/data-folder.ts";
import { withAwsStack } from "./aws-stack.ts";
import { createFunctionLogs, withEmbeddedStack } from "./embedded.ts";
import { reachClouds, whereFlags, type Whereabouts } from "./find-run.ts";
import { listFleetsAtWork } from "./list-runs.ts";
import { withLiveStack } from "./live-stack.ts";
import { keepFleet, nameOfKeptFleet, restoreFleet } from "./local-fleet.ts";
import { renderFleet } from "./render-fleet.ts";
import { checkHasAgents, readFleet } from "./run-command.ts";
import type { Stack } from "./stack.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Which fleet a command is about. */
export interface FleetOptions extends Whereabouts {
  /** @default the fleet of the runs that are under way, else the one that is kept; of a deployed stack "default" */
  readonly fleet?: string;
}

/** Changes fleets of a table and gives their names. */
type Change = (store: FleetStore, fleets: readonly string[]) => Promise<readonly string[]>;

const print = async (store: FleetStore, fleets: readonly string[]): Promise<void> => {
  for (const fleet of fleets) {
    const { agents } = await store.read(fleet, Date.now());
    await createTerminal(false).out(renderFleet(agents));
  }
};

/** Changes the fleet of a cloud that is started for it, and keeps it for the commands that follow. */
const changeKept = (change: Change, { data, fleet }: FleetOptions, signal: AbortSignal): Promise<void> =>
  withEmbeddedStack(
    { timeScale: 1, logs: createFunctionLogs(), signal, data, resume: false },
    async ({ fleet: store }) => {
      const kept = await restoreFleet(store, data);
      const changed = await change(store, [fleet ?? kept]);
      for (const name of changed) await keepFleet(store, name, data);
      await print(store, changed);
    },
  );

/** Changes the fleets at work on a cloud that is up. */
const changeLive = async (stack: Stack, change: Change, { data, fleet }: FleetOptions): Promise<void> => {
  const atWork = [...(await listFleetsAtWork(stack)), await nameOfKeptFleet(data)];
  const changed = await change(stack.fleet, fleet === undefined ? [...new Set(atWork)] : [fleet]);
  if (data !== undefined) for (const name of changed) await keepFleet(stack.fleet, name, data);
  await print(stack.fleet, changed);
};

/** Changes the fleet of a deployed stack, whose table keeps it. @throws UsageError when it has no agents */
const changeDeployed = (name: string, change: Change, { fleet = defaultFleet.fleet }: FleetOptions): Promise<void> =>
  withAwsStack(name, async ({ fleet: store }) => {
    const changed = await change(store, [fleet]);
    for (const each of changed) await checkHasAgents(store, each, name);
    await print(store, changed);
  });

/** A live cloud must be changed where it runs: a data folder serves one process at a time. */
const changeFolder = async (change: Change, options: FleetOptions, signal: AbortSignal): Promise<void> => {
  if (options.stack !== undefined) return changeDeployed(options.stack, change, options);
  const [cloud] = options.data === undefined ? [] : await reachClouds(options.data);
  if (cloud === undefined) return changeKept(change, options, signal);
  await withLiveStack(cloud, (stack) => changeLive(stack, change, options));
};

/** Prints the agents of the fleet. */
export const listAgents = (options: FleetOptions, signal: AbortSignal): Promise<void> =>
  changeFolder(async (_store, fleets) => fleets, options, signal);

/** Makes the fleet what a file says. */
export const applyAgents = async (path: string, options: FleetOptions, signal: AbortSignal): Promise<void> => {
  const fleet = await readFleet(path);
  const change: Change = async (store) => {
    await store.apply(fleet);
    return [fleet.fleet];
  };
  await changeFolder(change, options, signal);
};

/** Those of the fleets that have the agent. @throws UsageError when none does */
const fleetsWith = async (store: FleetStore, fleets: readonly string[], id: string): Promise<readonly string[]> => {
  const known: string[] = [];
  const having: string[] = [];
  for (const fleet of fleets) {
    const ids = (await store.read(fleet, Date.now())).agents.map((agent) => agent.id);
    known.push(...ids);
    if (ids.includes(id)) having.push(fleet);
  }
  if (having.length > 0) return having;
  throw new UsageError(`agent ${id}: expected one of the fleet: ${known.join(", ") || "it has none"}`);
};

/**
 * Takes an agent out of service, or back into it: of the deployed stack, else of the clouds that are up, else of the fleet that is kept.
 *
 * @throws UsageError when the fleet has no such agent
 */
export const switchAgent = async (
  id: string,
  to: "online" | "offline",
  options: FleetOptions,
  signal: AbortSignal,
): Promise<void> => {
  const change: Change = async (store, fleets) => {
    const having = await fleetsWith(store, fleets, id);
    for (const fleet of having) {
      if (to === "online") await store.markOnline(fleet, id);
      else await store.markOffline(fleet, id, OFFLINE_BY_OWNER, Date.now());
    }
    return having;
  };
  if (options.stack !== undefined) return changeDeployed(options.stack, change, options);
  const clouds = await reachClouds(options.data);
  if (clouds.length === 0) return changeKept(change, options, signal);
  await changeSome(clouds, change, options);
};

/** Makes a change on each cloud that has what it is about. @throws UsageError when none has */
const changeSome = async (clouds: readonly LiveCloud[], change: Change, options: FleetOptions): Promise<void> => {
  const refusals: UsageError[] = [];
  for (const cloud of clouds) {
    try {
      await withLiveStack(cloud, (stack) => changeLive(stack, change, options));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refusals.push(error);
    }
  }
  if (refusals.length === clouds.length) throw refusals[0];
};

/** Takes an agent out of service and says what becomes of the tasks that it has. */
export const drainAgent = async (id: string, options: FleetOptions, signal: AbortSignal): Promise<void> => {
  await switchAgent(id, "offline", options, signal);
  await createTerminal(false).out(
    `agent ${id} gets no new tasks, what it runs now ends; back with: npm start -- agents online ${id}${whereFlags(options)}\n`,
  );
};
