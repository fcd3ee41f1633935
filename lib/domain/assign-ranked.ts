import type { AgentChooser } from "./agent-chooser.ts";
import { AgentHeap, AgentOrder } from "./agent-heap.ts";
import type { AgentRoster } from "./agent-roster.ts";
import type { Eligibility } from "./eligibility.ts";

/**
 * Chooses the agent of the lowest rank, then of the least load, then of the earliest id: `rankOf` says which agents a strategy
 * prefers as things stand, lower first, and may only grow with what the agent takes. O(log agents) a task.
 */
export const createRankedChooser = (
  { groups, groupOf }: Eligibility,
  roster: AgentRoster,
  rankOf: (agent: number) => number,
  cursor: number,
): AgentChooser => {
  const order = new AgentOrder(groupOf.length);
  // An agent whose quota is used up sinks below all others instead of being taken out of its heap.
  const setKeys = (agent: number): void => {
    const isOpen = roster.isOpen(agent);
    order.rank[agent] = isOpen ? rankOf(agent) : Infinity;
    order.load[agent] = isOpen ? roster.relativeLoad[agent]! : Infinity;
  };
  for (const agent of groupOf.keys()) setKeys(agent);
  const placeOf = new Int32Array(groupOf.length);
  const heaps = groups.map((members) => new AgentHeap(members, order, placeOf));
  const ifOpen = (agent: number): number => (agent !== -1 && roster.isOpen(agent) ? agent : -1);
  const among = (candidates: readonly number[]) =>
    ifOpen(candidates.reduce((best, agent) => order.firstOf(best, agent), -1));
  return {
    among,
    amongUntried: ({ coverage, named, excluded }) => {
      if (named !== undefined) return among(named);
      let best = -1;
      for (const group of coverage.groups) best = order.firstOf(best, heaps[group]!.first(excluded));
      return ifOpen(best);
    },
    took: (agent) => {
      setKeys(agent);
      heaps[groupOf[agent]!]!.sink(agent);
    },
    cursor: () => cursor,
  };
};
