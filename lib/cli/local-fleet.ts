import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Fleet } from "../domain/agent.ts";
import { defaultFleet, parseFleet } from "../domain/fleet.ts";
import type { FleetStore } from "../domain/ports.ts";

/** Where the owner's part of the fleet is kept: beside the cloud's state where that is kept, else in the folder of the commands. */
const fileOf = (data: string | undefined): string => join(data ?? ".phase21", "fleet.json");

/** What the owner decided of a fleet: its agents, and which of them are to rest. */
interface SavedFleet {
  readonly fleet: Fleet;
  readonly offline: readonly { readonly id: string; readonly reason: string }[];
}

const readSaved = async (file: string): Promise<SavedFleet | undefined> => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { fleet, offline } = JSON.parse(text) as SavedFleet;
  return { fleet: parseFleet(JSON.stringify(fleet), file), offline };
};

/** The fleet that the owner's commands left, or the default one, without a look at the table. */
export const readKept = async (data: string | undefined): Promise<SavedFleet> =>
  (await readSaved(fileOf(data))) ?? (await readSaved(fileOf(undefined))) ?? { fleet: defaultFleet, offline: [] };

/** The name of the fleet that the owner's commands were about, without a look at the table. */
export const nameOfKeptFleet = async (data: string | undefined): Promise<string> => (await readKept(data)).fleet.fleet;

/**
 * Puts the fleet that `agents` commands left into the table, unless the table is kept in a folder and has it already, and gives its
 * name. An embedded cloud without a folder forgets its table when it stops, so the owner's part of it is kept in
 * `.phase21/fleet.json`. Without that, the default fleet.
 */
export const restoreFleet = async (store: FleetStore, data?: string): Promise<string> => {
  const { fleet, offline } = await readKept(data);
  if (data !== undefined && (await store.read(fleet.fleet, Date.now())).agents.length > 0) return fleet.fleet;
  await store.apply(fleet);
  for (const { id, reason } of offline) await store.markOffline(fleet.fleet, id, reason, Date.now());
  return fleet.fleet;
};

/** Keeps what the table says of the fleet for the commands that follow in this folder, or on this data folder. */
export const keepFleet = async (store: FleetStore, name: string, data?: string): Promise<void> => {
  const { agents } = await store.read(name, Date.now());
  const saved: SavedFleet = {
    fleet: {
      fleet: name,
      agents: agents.map(({ id, capabilities, capacity, confidence, rate_limit_per_second, endpoint }) => ({
        id,
        capabilities,
        capacity,
        confidence,
        ...(rate_limit_per_second !== undefined && { rate_limit_per_second }),
        endpoint,
      })),
    },
    offline: agents
      .filter(({ online }) => !online)
      .map(({ id, offline_reason = "" }) => ({ id, reason: offline_reason })),
  };
  const file = fileOf(data);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(saved, null, 2)}\n`);
};
