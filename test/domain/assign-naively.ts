import type { AssignableAgent, AssignableTask } from "../../lib/domain/assign.ts";
import type { Decision, PassedOverReason } from "../../lib/domain/record.ts";
import type { Strategy } from "../../lib/domain/run-config.ts";
import { shareByConfidence } from "../../lib/domain/share-by-confidence.ts";

/** An agent as a scan sees it. */
interface Candidate {
  readonly agent: AssignableAgent;
  readonly index: number;
  readonly share: number;
  readonly position: number;
  added: number;
  taken: number;
}

const loadOf = ({ agent, added }: Candidate): number => (agent.load + added) / agent.capacity;

/** Why an agent may not take a task (SPEC S5); null where it may. */
const obstacleOf = (task: AssignableTask, { agent, taken }: Candidate, again: boolean): PassedOverReason | null => {
  if (!agent.online && !agent.probe) return "offline";
  if (!task.capabilities.every((name) => agent.capabilities.includes(name))) return "capability";
  const isAllowed = task.allowed?.includes(agent.id) ?? true;
  const isWanted = (task.pinned ?? agent.id) === agent.id;
  if (!isAllowed || !isWanted || task.denied?.includes(agent.id) === true) return "constraint";
  if (!again && task.tried.includes(agent.id)) return "already_tried";
  return taken < (agent.online ? agent.quota : Math.min(agent.quota, 1)) ? null : "rate_limit";
};

/** What a strategy prefers (SPEC S1 to S4), smaller first. */
const preference = (strategy: Strategy, candidate: Candidate, cursor: number, agents: number): readonly number[] => {
  const { agent, index, share, position, taken } = candidate;
  const load = loadOf(candidate);
  switch (strategy) {
    case "ROUND_ROBIN":
      return [(index - cursor + agents) % agents];
    case "LOAD_BALANCED":
      return [load, index];
    case "PRIORITY_BASED":
      return [load < 1 ? -agent.successEstimate : 1, load, index];
    case "CONFIDENCE_BASED":
      return [taken < share ? position : agents, load, index];
  }
};

const compare = (some: readonly number[], other: readonly number[]): number =>
  some.map((value, at) => value - (other[at] ?? 0)).find((difference) => difference !== 0) ?? 0;

const inOrder = (strategy: Strategy, tasks: readonly AssignableTask[]): readonly number[] => {
  const key = ({ weight, priority, confidence }: AssignableTask): number =>
    ({ ROUND_ROBIN: 0, LOAD_BALANCED: -weight, PRIORITY_BASED: -priority, CONFIDENCE_BASED: -confidence })[strategy];
  const keys = tasks.map(key);
  return [...tasks.keys()].sort((some, other) => (keys[some] ?? 0) - (keys[other] ?? 0));
};

/** The rules of SPEC S1 to S5 with a scan over all agents for each task; -1 = nobody. */
export const assignNaively = (
  strategy: Strategy,
  tasks: readonly AssignableTask[],
  agents: readonly AssignableAgent[],
) => {
  const { shares, positions } = shareByConfidence(agents, tasks.length);
  const candidates = agents.map((agent, index): Candidate => {
    return { agent, index, share: shares[index] ?? 0, position: positions[index] ?? 0, added: 0, taken: 0 };
  });
  const agentOf = tasks.map(() => -1);
  const decisions: Decision[] = [];
  const order = inOrder(strategy, tasks);
  let cursor = 0;
  for (const index of order) {
    const task = tasks[index];
    if (task === undefined) continue;
    const obstacles = (again: boolean) => candidates.map((candidate) => obstacleOf(task, candidate, again));
    const met = obstacles(!obstacles(false).includes(null));
    const eligible = candidates.filter((candidate) => met[candidate.index] === null);
    const prefer = (candidate: Candidate) => preference(strategy, candidate, cursor, agents.length);
    const chosen = eligible.toSorted((some, other) => compare(prefer(some), prefer(other)))[0];
    const passed_over: { [reason in PassedOverReason]?: number } = {};
    for (const reason of met) if (reason !== null) passed_over[reason] = (passed_over[reason] ?? 0) + 1;
    const load = chosen === undefined ? 0 : loadOf(chosen);
    const probe = chosen?.agent.online === false && { probe: true as const };
    decisions[index] = { strategy, load, eligible: eligible.length, passed_over, ...probe };
    if (chosen === undefined) continue;
    agentOf[index] = chosen.index;
    chosen.added += task.weight;
    chosen.taken += 1;
    cursor = (chosen.index + 1) % agents.length;
  }
  return {
    order: order.filter((index) => agentOf[index] !== -1),
    agentOf,
    decisions,
    loadOf: candidates.map(({ added }) => added),
  };
};
