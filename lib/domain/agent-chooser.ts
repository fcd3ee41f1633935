import type { TaskClass } from "./eligibility.ts";

/** How a strategy chooses. Agents are given by index, -1 = none may take a task now. */
export interface AgentChooser {
  /** The choice among a few candidates. */
  among(candidates: readonly number[]): number;
  /** The choice among the untried agents of a class. */
  amongUntried(taskClass: TaskClass): number;
  /** Must be told of each task that an agent took. */
  took(agent: number): void;
  /** Index of the agent whose turn is next. */
  cursor(): number;
}
