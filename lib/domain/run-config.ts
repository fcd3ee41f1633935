import type { Budget } from "./budget.ts";
import type { SafetyGate } from "./safety-gate.ts";

export const strategies = ["LOAD_BALANCED", "ROUND_ROBIN", "PRIORITY_BASED", "CONFIDENCE_BASED"] as const;
export type Strategy = (typeof strategies)[number];

export const retryStrategies = ["EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF", "NO_RETRY"] as const;
export type RetryStrategy = (typeof retryStrategies)[number];

/** The choices of a run, checked and with defaults filled in (SPEC IN3). */
export interface RunConfig {
  readonly strategy: Strategy;
  readonly retry_strategy: RetryStrategy;
  /** Retries after the first attempt, 0..5. */
  readonly max_retries: number;
  readonly num_waves: number;
  readonly wave_concurrency: number;
  /** Child executions of a wave at a time, each of up to 40 tasks. */
  readonly dispatch_concurrency: number;
  readonly max_passes: number;
  /** Time limit of one attempt. */
  readonly task_timeout_seconds: number;
  /** How long an OFFLINE agent rests before one probe task may bring it back. */
  readonly cooldown_seconds: number;
  readonly seed: number;
  /** true: one bad line refuses the run. */
  readonly strict: boolean;
  /** The fleet whose agents take the tasks. */
  readonly fleet: string;
  readonly feedback: {
    readonly phase_16: boolean;
    readonly phase_18: boolean;
    readonly phase_20: boolean;
    readonly signals_per_message: number;
  };
  /** What the run may spend; no bound where absent. */
  readonly budget?: Budget;
  /** Asked before each attempt, beside the four gates (SPEC E1); none where absent. */
  readonly safety_gate?: SafetyGate;
  /** The run whose tasks this one makes up for. */
  readonly redrive_of?: string;
  readonly anomalies: {
    /** Relative loss of success against the wave before that counts as an anomaly, 0..1. */
    readonly drop: number;
    readonly stuck_seconds: number;
  };
}
