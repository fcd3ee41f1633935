import { parseFleet } from "../domain/fleet.ts";
import { OFFLINE_BY_OWNER, viewAgent } from "../domain/agent.ts";
import type { FleetStore } from "../domain/ports.ts";
import { createFunctionLogs, withEmbeddedStack } from "./embedded.ts";
import { readInputText } from "./input-file.ts";
import { keepFleet, restoreFleet } from "./local-fleet.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

type Change = (store: FleetStore, fleet: string) => Promise<string>;

/** Makes a change to the fleet, keeps it, and prints the fleet as it is then. */
const changeFleet = async (change: Change, signal: AbortSignal): Promise<void> => {
  await withEmbeddedStack({ timeScale: 1, logs: createFunctionLogs(), signal }, async ({ fleet: store }) => {
    const name = await change(store, await restoreFleet(store));
    await keepFleet(store, name);
    await printFleet(store, name);
  });
};

const printFleet = async (store: FleetStore, fleet: string): Promise<void> => {
  const { agents } = await store.read(fleet, Date.now());
  const rows = agents.map((agent) => {
    const { status } = viewAgent(agent);
    return [
      agent.id,
      status,
      agent.endpoint.kind,
      String(agent.capacity),
      agent.confidence.toFixed(2),
      agent.capabilities.join(" ") || "-",
    ];
  });
  const table = [["agent", "status", "kind", "capacity", "confidence", "capabilities"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? "").length)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  await createTerminal(false).out(`${lines.join("\n")}\n`);
};

/** Prints the agents of the fleet. */
export const listAgents = (signal: AbortSignal): Promise<void> => changeFleet(async (_store, fleet) => fleet, signal);

/** Makes the fleet what a file says. */
export const applyAgents = async (path: string, signal: AbortSignal): Promise<void> => {
  const fleet = parseFleet(await readInputText(path), path);
  await changeFleet(async (store) => {
    await store.apply(fleet);
    return fleet.fleet;
  }, signal);
};

const requireAgent = async (store: FleetStore, fleet: string, id: string): Promise<void> => {
  const { agents } = await store.read(fleet, Date.now());
  if (agents.some((agent) => agent.id === id)) return;
  throw new UsageError(`agent ${id}: expected one of the fleet: ${agents.map((agent) => agent.id).join(", ")}`);
};

/** Takes an agent out of service, or back into it. */
export const switchAgent = (id: string, to: "online" | "offline", signal: AbortSignal): Promise<void> =>
  changeFleet(async (store, fleet) => {
    await requireAgent(store, fleet, id);
    if (to === "online") await store.markOnline(fleet, id);
    else await store.markOffline(fleet, id, OFFLINE_BY_OWNER, Date.now());
    return fleet;
  }, signal);
