import { round } from "./round.ts";
import type { AgentTally } from "./wave-metrics.ts";

/** Agents that a wave names; each is a line of the log. */
const MAX_NAMED = 10;

/** The message of the line that names a weak agent; the dashboard's query looks for it. */
export const WEAK_AGENT = "weak agent";

/** An agent as the log names it. */
interface WeakAgent {
  readonly agent_id: string;
  /** completed ÷ assigned, 0..1 with four decimals. */
  readonly success_rate: number;
  /** Tasks of the wave that the agent executed. */
  readonly assigned: number;
  readonly completed: number;
}

/** The agents with the lowest success rate of those that executed anything, at most ten, the weakest first; ties by id. */
export const findWeakAgents = (agents: readonly AgentTally[]): readonly WeakAgent[] =>
  agents
    .filter(({ assigned }) => assigned > 0)
    .toSorted((a, b) => a.completed / a.assigned - b.completed / b.assigned || (a.agent_id < b.agent_id ? -1 : 1))
    .slice(0, MAX_NAMED)
    .map(({ agent_id, assigned, completed }) => ({
      agent_id,
      success_rate: round(completed / assigned, 4),
      assigned,
      completed,
    }));
