import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Fleet } from "../domain/agent.ts";
import { defaultFleet, parseFleet } from "../domain/fleet.ts";
import type { FleetStore } from "../domain/ports.ts";

const file = join(".phase21", "fleet.json");

/** What the owner decided of a fleet: its agents, and which of them are to rest. */
interface SavedFleet {
  readonly fleet: Fleet;
  readonly offline: readonly { readonly id: string; readonly reason: string }[];
}

const readSaved = async (): Promise<SavedFleet> => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { fleet: defaultFleet, offline: [] };
    throw error;
  }
  const { fleet, offline } = JSON.parse(text) as SavedFleet;
  return { fleet: parseFleet(JSON.stringify(fleet), file), offline };
};

/**
 * Puts the fleet that `agents` commands left in this folder into the table: the embedded cloud forgets its table when it stops, so
 * the owner's part of it is kept in `.phase21/fleet.json`. Without one, the default fleet.
 */
export const restoreFleet = async (store: FleetStore): Promise<string> => {
  const { fleet, offline } = await readSaved();
  await store.apply(fleet);
  for (const { id, reason } of offline) await store.markOffline(fleet.fleet, id, reason, Date.now());
  return fleet.fleet;
};

/** Keeps what the table says of the fleet for the commands that follow in this folder. */
export const keepFleet = async (store: FleetStore, name: string): Promise<void> => {
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
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(saved, null, 2)}\n`);
};
