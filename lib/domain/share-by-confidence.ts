import { isProbe, type AssignableAgent } from "./eligibility.ts";

/**
 * How many of the tasks each agent is due by its capacity, by largest remainder, and its position by descending confidence
 * (SPEC S4). OFFLINE agents are due none, a probe one beside the others' shares.
 */
export const shareByConfidence = (
  agents: readonly AssignableAgent[],
  tasks: number,
): { readonly shares: Int32Array; readonly positions: Int32Array } => {
  const ranking = [...agents.keys()].sort((a, b) => agents[b]!.confidence - agents[a]!.confidence);
  const positions = new Int32Array(agents.length);
  for (const [position, agent] of ranking.entries()) positions[agent] = position;

  const online = ranking.filter((agent) => agents[agent]!.online);
  const capacity = online.reduce((sum, agent) => sum + agents[agent]!.capacity, 0);
  const exact = (agent: number) => (tasks * agents[agent]!.capacity) / capacity;
  const shares = Int32Array.from(agents, (agent, index) =>
    agent.online ? Math.floor(exact(index)) : isProbe(agent) ? 1 : 0,
  );
  const dealt = online.reduce((sum, agent) => sum + shares[agent]!, 0);
  const remainder = (agent: number) => exact(agent) % 1;
  const byRemainder = online.toSorted((a, b) => remainder(b) - remainder(a));
  for (const agent of byRemainder.slice(0, tasks - dealt)) shares[agent]! += 1;
  return { shares, positions };
};
