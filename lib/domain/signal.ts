import type { JsonObject } from "./json.ts";

export type SignalType =
  | "agent_performance"
  | "prediction_validation"
  | "multi_agent_coordination"
  | "heuristic_feedback";

/** The phases that learn from a run. */
export const targetPhases = [16, 18, 20] as const;
export type TargetPhase = (typeof targetPhases)[number];

/** What a run tells a phase that learns (SPEC F1). */
export interface Signal {
  /** Hash of run, wave, task and type: the same step run twice gives the same ids. */
  readonly signal_id: string;
  readonly signal_type: SignalType;
  readonly target_phase: TargetPhase;
  readonly content: JsonObject;
  /** 1 − delta between prediction and outcome, 0..1. */
  readonly confidence: number;
  readonly wave: number;
  readonly run_id: string;
  readonly schema_version: 1;
  /** ISO 8601. */
  readonly timestamp: string;
}
