import type { AgentRoster } from "./agent-roster.ts";
import type { AgentChooser } from "./agent-chooser.ts";
import type { Eligibility } from "./eligibility.ts";

/** Chooses agents in turn (SPEC S1); `cursor` is the index of the agent whose turn is first. */
export const createRoundRobinChooser = (
  { groupOf }: Eligibility,
  roster: AgentRoster,
  cursor: number,
): AgentChooser => {
  const agents = groupOf.length;
  let turn = cursor;
  /** How many turns from now the agent is next. */
  const turnsUntil = (agent: number) => (agent - (turn % agents) + agents) % agents;
  const among = (candidates: readonly number[]): number =>
    candidates.reduce((best, agent) => {
      if (!roster.isOpen(agent)) return best;
      return best === -1 || turnsUntil(agent) < turnsUntil(best) ? agent : best;
    }, -1);
  return {
    among,
    amongUntried: ({ coverage, named, excluded }) => {
      if (named !== undefined) return among(named);
      for (let step = 0; step < agents; step += 1) {
        const agent = (turn + step) % agents;
        if (coverage.covers[groupOf[agent]!] === 1 && !excluded.has(agent) && roster.isOpen(agent)) return agent;
      }
      return -1;
    },
    took: (agent) => {
      turn = (agent + 1) % agents;
    },
    cursor: () => turn,
  };
};
