import type { AgentView } from "../domain/agent.ts";
import type { SystemHealth } from "../domain/summary.ts";
import type { Paint } from "./paint.ts";
import { cutText } from "./render-bar.ts";

/** Agents that a summary names: the ones that lost most, since those are what a person must look at. */
const SHOWN_AGENTS = 3;

/** An id may have 128 characters. */
const MAX_ID_WIDTH = 28;

const weakestFirst = ([idA, a]: readonly [string, AgentView], [idB, b]: readonly [string, AgentView]): number =>
  Number(b.status === "OFFLINE") - Number(a.status === "OFFLINE") ||
  (a.success_rate ?? 1) - (b.success_rate ?? 1) ||
  (idA < idB ? -1 : 1);

const rateOf = ({ success_rate: rate, completed_tasks: completed, failed_tasks: failed }: AgentView): string =>
  rate === null ? "nothing done" : `${(100 * rate).toFixed(1)} % of ${(completed + failed).toLocaleString("en-US")}`;

/** Lines about the agents that did worst, the offline ones first. */
export const renderWeakestAgents = (agents: SystemHealth["agents"], paint: Paint): readonly string[] => {
  const ranked = Object.entries(agents).toSorted(weakestFirst);
  // A line that says "and 1 more" can as well name it.
  const count = ranked.length === SHOWN_AGENTS + 1 ? ranked.length : SHOWN_AGENTS;
  const shown = ranked.slice(0, count).map(([id, agent]) => ({
    id: cutText(id, MAX_ID_WIDTH),
    rate: rateOf(agent),
    status: agent.status === "OFFLINE" ? paint("red", agent.status) : agent.status,
  }));
  const idWidth = Math.max(0, ...shown.map(({ id }) => id.length));
  const rateWidth = Math.max(0, ...shown.map(({ rate }) => rate.length));
  const left = ranked.length - count;
  return [
    ...shown.map(({ id, rate, status }) => `${id.padEnd(idWidth)}  ${rate.padEnd(rateWidth)}  ${status}`),
    ...(left > 0 ? [`and ${left.toLocaleString("en-US")} more in system_health.json`] : []),
  ];
};
