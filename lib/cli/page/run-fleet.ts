import { viewAgent } from "../../domain/agent.ts";
import type { FleetState, FleetStore } from "../../domain/ports.ts";
import type { AgentRow } from "./page-model.ts";

/** The agents of a fleet, with what they hold of a run. */
export const agentRows = ({ agents, leases }: FleetState, runId: string): readonly AgentRow[] => {
  const own = Map.groupBy(
    leases.filter((lease) => lease.runId === runId),
    ({ agentId }) => agentId,
  );
  return agents.map((agent) => ({
    ...viewAgent(agent),
    id: agent.id,
    capacity: agent.capacity,
    capabilities: agent.capabilities,
    kind: agent.endpoint.kind,
    offline: agent.online ? undefined : { since: agent.offline_since ?? "", reason: agent.offline_reason ?? "unknown" },
    leases: own.get(agent.id) ?? [],
  }));
};

/** Reads a fleet as it was at most so many ms ago: agents and leases are many items, and change slowly. */
export const readFleetAtMost = (
  fleet: Pick<FleetStore, "read">,
  now: () => number,
): ((name: string, maxAgeMs: number) => Promise<FleetState>) => {
  let latest: { readonly at: number; readonly name: string; readonly state: FleetState } | undefined;
  return async (name, maxAgeMs) => {
    if (latest?.name === name && now() - latest.at < maxAgeMs) return latest.state;
    const state = await fleet.read(name, now());
    latest = { at: now(), name, state };
    return state;
  };
};
