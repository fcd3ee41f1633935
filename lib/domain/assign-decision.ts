import type { TaskClass } from "./eligibility.ts";
import type { Decision } from "./record.ts";

/**
 * How many agents were passed over for which reason, each agent counted once (SPEC S5). `agent` is the one chosen, -1 = none;
 * `eligible` says how many there were to choose from.
 */
export const countPassedOver = (taskClass: TaskClass, agent: number, eligible: number): Decision["passed_over"] => {
  const { passedOver, tried, untried } = taskClass;
  const triedAreEligible = agent === -1 || tried.includes(agent);
  const counts = {
    ...passedOver,
    already_tried: triedAreEligible ? 0 : tried.length,
    rate_limit: (triedAreEligible ? untried + tried.length : untried) - eligible,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
};

/** Why no agent may take a task now. */
export interface Unassigned {
  /** `rate_limit`: only used-up quotas are in the way, so a later pass may assign the task. */
  readonly reason: "unassignable" | "rate_limit";
  readonly detail: string;
}

/** Why no agent may take the tasks of a class now. */
export const explainUnassigned = (taskClass: TaskClass): Unassigned => {
  const { offline = 0, ...others } = countPassedOver(taskClass, -1, 0);
  const counts = Object.entries(others).map(([reason, count]) => `${count} passed over for ${reason}`);
  if (offline > 0) counts.push(`${offline} offline`);
  const detail = [nameObstacle(taskClass), counts.join(", ")].filter((part) => part !== "").join(": ");
  return { reason: others.rate_limit === undefined ? "unassignable" : "rate_limit", detail };
};

const nameObstacle = ({ example, passedOver, tried, untried }: TaskClass): string => {
  if (untried + tried.length > 0) return "every agent that may take the task has used up its rate limit";
  if (passedOver.constraint > 0) {
    return example.pinned === undefined
      ? "no agent is allowed by the task's constraints"
      : `the task is pinned to ${example.pinned}, which may not take it`;
  }
  if (passedOver.capability > 0) return `no agent covers capabilities ${example.capabilities.join(", ")}`;
  return passedOver.offline > 0 ? "no agent is online" : "the fleet has no agents";
};
