import { viewAgent, type AgentState, type AgentView } from "./agent.ts";
import { countOf, formatNumber, formatPercent, listNames } from "./report-figures.ts";
import { escapeMarkdown, markdownTable } from "./report-markdown.ts";
import { createTally, type AgentTally, type TallyTotals } from "./wave-metrics.ts";

const shownAgents = 50;

/** Fewer tries than this say too little to call an agent weak: one failure in five is already 20 points. */
const fewestTries = 5;

/** An agent as it did in a run. */
export interface AgentRank {
  readonly agent_id: string;
  /** null where the fleet no longer has the agent. */
  readonly status: AgentView["status"] | null;
  /** Why the agent is OFFLINE; empty where nothing is known. */
  readonly offline_reason: string;
  readonly tally: AgentTally;
  /** Tasks that the agent had, those included that went on to a backup. */
  readonly tried: number;
  /** Share of the tried tasks that it completed; null where it had none. */
  readonly rate: number | null;
  /** It had enough tasks to tell, and its rate is more than 10 percentage points below that of all agents together. */
  readonly weak: boolean;
}

/** Share of the tries of all agents that ended in a completed task; null where nothing was tried. */
export const fleetRate = (totals: TallyTotals): number | null => {
  const tried = totals.agents.reduce((sum, { assigned, lost }) => sum + assigned + lost, 0);
  return tried === 0 ? null : totals.agents.reduce((sum, agent) => sum + agent.completed, 0) / tried;
};

/** The agents of the fleet and of the sums, weakest first, those that had nothing to do last. */
export const rankAgents = (totals: TallyTotals, agents: readonly AgentState[]): readonly AgentRank[] => {
  const states = new Map(agents.map((agent) => [agent.id, agent]));
  const tallies = createTally(totals);
  const all = fleetRate(totals) ?? 0;
  const ranks = [...new Set([...states.keys(), ...totals.agents.map((agent) => agent.agent_id)])].map(
    (agent_id): AgentRank => {
      const state = states.get(agent_id);
      const tally = tallies.agent(agent_id);
      const tried = tally.assigned + tally.lost;
      const rate = tried === 0 ? null : tally.completed / tried;
      return {
        agent_id,
        status: state === undefined ? null : viewAgent(state).status,
        offline_reason: state?.offline_reason ?? "",
        tally,
        tried,
        rate,
        weak: rate !== null && tried >= fewestTries && rate < all - 0.1,
      };
    },
  );
  const strength = (rank: AgentRank): number => rank.rate ?? 2;
  return ranks.toSorted((a, b) => strength(a) - strength(b) || (a.agent_id < b.agent_id ? -1 : 1));
};

const renderVerdict = (ranks: readonly AgentRank[], all: number | null): string => {
  if (all === null) return "No agent executed a task.";
  const weak = ranks.filter((rank) => rank.weak);
  const together = `all agents together completed ${formatPercent(all)} of what they tried`;
  if (weak.length === 0)
    return `None stands out: ${together}, and no agent is more than 10 percentage points below that.`;
  const names = weak.map(({ agent_id, rate }) => `${escapeMarkdown(agent_id)} (${formatPercent(rate)})`);
  return `${countOf(weak.length, "agent")} ${weak.length === 1 ? "is" : "are"} weak: ${listNames(names)}, while ${together}.`;
};

const renderOffline = (ranks: readonly AgentRank[]): string => {
  const offline = ranks.filter(({ status }) => status === "OFFLINE").map(({ agent_id }) => escapeMarkdown(agent_id));
  if (offline.length === 0) return "";
  return ` ${countOf(offline.length, "agent")} ${offline.length === 1 ? "is" : "are"} OFFLINE: ${listNames(offline)}.`;
};

/** The section "Which agents are weak": a sentence, then the agents, weakest first. */
export const renderAgents = (totals: TallyTotals, agents: readonly AgentState[]): string => {
  const ranks = rankAgents(totals, agents);
  const rows = ranks
    .slice(0, shownAgents)
    .map(({ agent_id, status, tally }) => [
      agent_id,
      status ?? "not in the fleet",
      formatNumber(tally.assigned),
      formatNumber(tally.completed),
      formatNumber(tally.failed),
      formatNumber(tally.lost),
      formatPercent(tally.completed / tally.assigned),
      formatNumber(tally.delta_sum / tally.assigned, 4),
    ]);
  const left = ranks.length - rows.length;
  return [
    renderVerdict(ranks, fleetRate(totals)) + renderOffline(ranks),
    markdownTable(
      ["agent", "status", "executed", "completed", "failed", "lost to backups", "success rate", "mean delta"],
      rows,
    ),
    ...(left > 0 ? [`${countOf(left, "stronger or idle agent")} left out.`] : []),
  ].join("\n\n");
};
