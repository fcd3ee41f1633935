import type { AssignableAgent, AssignableTask } from "./assign.ts";
import { type AgentState, OFFLINE_BY_OWNER } from "./agent.ts";
import type { PendingTask } from "./execution.ts";
import { limits } from "./function-environment.ts";

/** Passes after which a wave gives up on tasks that never spent one of their own, such as those of a starved rate limit. */
export const MAX_ROUNDS = 200;

/** A rate-limited agent takes what it can do in this time in one pass, so that its tasks do not die of waiting in a child. */
const RATE_WINDOW_SECONDS = 60;

/** Weight of the owner's own estimate against what was observed, in tasks. */
const PRIOR_TASKS = 20;

/**
 * The probability that an agent completes a task: what was observed, held back towards its declared confidence while there is
 * little of it.
 */
export const successEstimate = ({ confidence, completed_tasks, failed_tasks }: AgentState): number =>
  (completed_tasks + PRIOR_TASKS * confidence) / (completed_tasks + failed_tasks + PRIOR_TASKS);

const rested = (agent: AgentState, now: number, cooldownSeconds: number): boolean =>
  agent.offline_since !== undefined &&
  agent.offline_reason !== OFFLINE_BY_OWNER &&
  now - Date.parse(agent.offline_since) >= cooldownSeconds * 1_000;

/** An agent as assignment sees it: an OFFLINE one whose cooldown is over may take one probe task (SPEC E5). */
export const assignableAgent = (agent: AgentState, now: number, cooldownSeconds: number): AssignableAgent => {
  const probe = !agent.online && rested(agent, now, cooldownSeconds);
  const rate = agent.rate_limit_per_second;
  return {
    id: agent.id,
    capabilities: agent.capabilities,
    capacity: agent.capacity,
    confidence: agent.confidence,
    online: agent.online,
    load: agent.current_load,
    successEstimate: successEstimate(agent),
    quota: probe
      ? 1
      : rate === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(1, Math.floor(rate * RATE_WINDOW_SECONDS)),
    probe,
  };
};

const none: readonly string[] = [];

/** A pending task as assignment sees it: without payload and history. */
export const assignableTask = ({ task, weight, tried }: PendingTask): AssignableTask => ({
  task_id: task.task_id,
  priority: task.priority,
  confidence: task.confidence,
  weight,
  capabilities: task.capabilities.length === 0 ? none : task.capabilities,
  tried: tried === undefined || tried.length === 0 ? none : tried,
  ...(task.constraints.allowed_agents !== undefined && { allowed: task.constraints.allowed_agents }),
  ...(task.constraints.denied_agents !== undefined && { denied: task.constraints.denied_agents }),
  ...(task.pinned_agent_id !== undefined && { pinned: task.pinned_agent_id }),
});

/**
 * How long a pass of `tasks` may take at the most, in ms: no child execution lives longer than five minutes, and only `children`
 * run at a time. A lease that old has lost its owner.
 */
export const leaseDurationMs = (tasks: number, children: number): number => {
  const batches = Math.ceil(tasks / limits.batchSize);
  const rounds = Math.ceil(batches / children);
  return (rounds + 1) * limits.expressChildSeconds * 1_000;
};
