import { round } from "./round.ts";

/** The four parts of the health score, each 0..1 (SPEC H1). */
export interface HealthComponents {
  readonly success_rate: number;
  readonly availability: number;
  readonly accuracy: number;
  readonly load_balance: number;
}

export type HealthStatus = "EXCELLENT" | "GOOD" | "FAIR" | "POOR";

/** The figures of a wave or of a whole run that its health comes from. */
interface HealthInput {
  readonly tasks: number;
  readonly completed: number;
  readonly onlineAgents: number;
  readonly agents: number;
  /** Mean of |predicted − actual| over the executed tasks; 0 where none was executed, which gives accuracy 1. */
  readonly meanDelta: number;
  /** Executed tasks of each online agent, zeros included. */
  readonly loads: readonly number[];
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

const balance = (loads: readonly number[]): number => {
  const sum = loads.reduce((total, load) => total + load, 0);
  if (sum === 0) return 1;
  const mean = sum / loads.length;
  const variance = loads.reduce((total, load) => total + (load - mean) ** 2, 0) / loads.length;
  return clamp(1 - variance / mean);
};

/**
 * Breaks health into its parts (SPEC H1). Where there is nothing to measure nothing is held against the run: no tasks give
 * success_rate 1, no loads give load_balance 1. A fleet without agents has availability 0, since nothing can run on it.
 */
export const healthComponents = (input: HealthInput): HealthComponents => ({
  success_rate: input.tasks === 0 ? 1 : clamp(input.completed / input.tasks),
  availability: input.agents === 0 ? 0 : clamp(input.onlineAgents / input.agents),
  accuracy: clamp(1 - input.meanDelta),
  load_balance: balance(input.loads),
});

/** The health score, 0..100 with two decimals: the weighted sum of the parts (SPEC H1). */
export const healthScore = (components: HealthComponents): number =>
  round(
    100 *
      (0.4 * components.success_rate +
        0.2 * components.availability +
        0.2 * components.accuracy +
        0.2 * components.load_balance),
    2,
  );

/** The word for a health score (SPEC H1). */
export const healthStatus = (score: number): HealthStatus =>
  score >= 90 ? "EXCELLENT" : score >= 75 ? "GOOD" : score >= 50 ? "FAIR" : "POOR";
