import type { AgentState } from "../domain/agent.ts";
import type { Clock, FleetState, FleetStore, Lease } from "../domain/ports.ts";

/** How old the executor's view of the fleet may be: an agent marked OFFLINE is seen by all within 5 s (SPEC E5). */
export const FLEET_CACHE_MS = 5_000;

/** A fleet, indexed for the executor. */
interface FleetView {
  agent(id: string): AgentState | undefined;
  hasLiveLease(lease: Omit<Lease, "weight" | "expiresAt">, now: number): boolean;
}

/** A view of the fleet that many invocations of one executor share, so that reading it costs nothing per task. */
export interface FleetCache {
  /** A view read at `since` (epoch ms) or later: leases written before `since` are in it. */
  read(fleet: string, since: number): Promise<FleetView>;
  /** The next read asks the table. */
  forget(fleet: string): void;
}

const leaseKey = ({ agentId, runId, wave, pass }: Omit<Lease, "weight" | "expiresAt">): string =>
  `${agentId}#${runId}#${wave}#${pass}`;

const viewFleet = ({ agents, leases }: FleetState): FleetView => {
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const expiry = new Map(leases.map((lease) => [leaseKey(lease), lease.expiresAt]));
  return {
    agent: (id) => byId.get(id),
    hasLiveLease: (lease, now) => (expiry.get(leaseKey(lease)) ?? 0) > now,
  };
};

/** A cache over the table that keeps a view for {@link FLEET_CACHE_MS}. */
export const createFleetCache = (store: Pick<FleetStore, "read">, clock: Pick<Clock, "now">): FleetCache => {
  const entries = new Map<string, { readonly readAt: number; readonly view: Promise<FleetView> }>();
  return {
    read: (fleet, since) => {
      const now = clock.now();
      const entry = entries.get(fleet);
      if (entry !== undefined && now - entry.readAt < FLEET_CACHE_MS && entry.readAt >= since) return entry.view;
      const view = store.read(fleet, now).then(viewFleet);
      entries.set(fleet, { readAt: now, view });
      view.catch(() => {
        if (entries.get(fleet)?.view === view) entries.delete(fleet);
      });
      return view;
    },
    forget: (fleet) => {
      entries.delete(fleet);
    },
  };
};
