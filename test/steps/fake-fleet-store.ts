import { type Agent, type AgentState, type Fleet, OFFLINE_BY_OWNER } from "../../lib/domain/agent.ts";
import type { FleetState, FleetStore, Lease } from "../../lib/domain/ports.ts";
import { nextSlot } from "../../lib/domain/token-bucket.ts";

interface Row {
  readonly agent: Agent;
  readonly marks: Set<string>;
  offline: { readonly since: string; readonly reason: string } | undefined;
  completed: number;
  failed: number;
}

type LeaseKey = Omit<Lease, "weight" | "expiresAt">;

const toRow = (state: AgentState): Row => {
  const { online, offline_since, offline_reason, completed_tasks, failed_tasks, current_load: _load, ...agent } = state;
  return {
    agent,
    marks: new Set(),
    offline: online ? undefined : { since: offline_since ?? "", reason: offline_reason ?? "" },
    completed: completed_tasks,
    failed: failed_tasks,
  };
};

const toState = ({ agent, offline, completed, failed }: Row, load: number): AgentState => ({
  ...agent,
  online: offline === undefined,
  ...(offline !== undefined && { offline_since: offline.since, offline_reason: offline.reason }),
  completed_tasks: completed,
  failed_tasks: failed,
  current_load: load,
});

/** One fleet as the table keeps it: leases, totals once per mark, OFFLINE flags, token buckets, resource locks. */
export class FakeFleetStore implements FleetStore {
  reads = 0;
  /** Every lease that stands, live or not. */
  readonly leases = new Map<string, Lease>();
  readonly locks = new Map<string, { readonly holder: string; readonly until: number }>();
  #rows: Map<string, Row>;
  readonly #tat = new Map<string, number>();

  constructor(agents: readonly AgentState[]) {
    this.#rows = new Map(agents.map((agent) => [agent.id, toRow(agent)]));
  }

  async read(_fleet: string, now: number): Promise<FleetState> {
    this.reads += 1;
    const leases = [...this.leases.values()].filter(({ expiresAt }) => expiresAt > now);
    const loadOf = (id: string): number =>
      leases.filter(({ agentId }) => agentId === id).reduce((load, { weight }) => load + weight, 0);
    const rows = [...this.#rows.values()].toSorted((a, b) => (a.agent.id < b.agent.id ? -1 : 1));
    return { agents: rows.map((row) => toState(row, loadOf(row.agent.id))), leases };
  }

  async apply({ agents }: Fleet): Promise<void> {
    const fresh = { offline: undefined, completed: 0, failed: 0 };
    this.#rows = new Map(
      agents.map((agent) => [agent.id, { marks: new Set(), ...fresh, ...this.#rows.get(agent.id), agent }]),
    );
  }

  async putLeases(_fleet: string, leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) this.leases.set(this.#leaseKey(lease), lease);
  }

  async deleteLeases(_fleet: string, leases: readonly LeaseKey[]): Promise<void> {
    for (const lease of leases) this.leases.delete(this.#leaseKey(lease));
  }

  async markOffline(_fleet: string, agentId: string, reason: string, now: number, probed = false): Promise<void> {
    const row = this.#rows.get(agentId);
    if (row === undefined) return;
    const isNews = probed || reason === OFFLINE_BY_OWNER;
    if (isNews && row.offline?.reason !== OFFLINE_BY_OWNER) row.offline = undefined;
    row.offline ??= { since: new Date(now).toISOString(), reason };
  }

  async markOnline(_fleet: string, agentId: string, probed = false): Promise<void> {
    const row = this.#rows.get(agentId);
    if (row === undefined || (probed && row.offline?.reason === OFFLINE_BY_OWNER)) return;
    row.offline = undefined;
  }

  async addTotals(
    _fleet: string,
    agentId: string,
    mark: string,
    totals: { completed: number; failed: number },
  ): Promise<void> {
    const row = this.#rows.get(agentId);
    if (row === undefined || row.marks.has(mark)) return;
    row.marks.add(mark);
    row.completed += totals.completed;
    row.failed += totals.failed;
  }

  async reserveSlot(_fleet: string, agent: Agent, now: number, maxWaitMs: number): Promise<number | undefined> {
    const { slotMs, tatMs } = nextSlot(this.#tat.get(agent.id), now, agent.rate_limit_per_second ?? Infinity);
    if (slotMs - now > maxWaitMs) return undefined;
    this.#tat.set(agent.id, tatMs);
    return slotMs;
  }

  async acquireResources(
    _fleet: string,
    resources: readonly string[],
    holder: string,
    until: number,
    now: number,
  ): Promise<readonly { resource: string; holder: string }[]> {
    const held = resources.flatMap((resource) => {
      const lock = this.locks.get(resource);
      return lock === undefined || lock.holder === holder || lock.until <= now
        ? []
        : [{ resource, holder: lock.holder }];
    });
    if (held.length === 0) for (const resource of resources) this.locks.set(resource, { holder, until });
    return held;
  }

  async releaseResources(_fleet: string, resources: readonly string[], holder: string): Promise<void> {
    for (const resource of resources) {
      if (this.locks.get(resource)?.holder === holder) this.locks.delete(resource);
    }
  }

  #leaseKey({ agentId, runId, wave, pass }: LeaseKey): string {
    return `${agentId}#${runId}#${wave}#${pass}`;
  }
}
