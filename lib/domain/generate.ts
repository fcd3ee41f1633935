import { randomFor } from "./random.ts";

const capabilities = ["search", "code", "review", "deploy"] as const;

/** A prediction line as an upstream predictor would write it. */
export interface SamplePrediction {
  readonly task_id: string;
  readonly success_rate: number;
  readonly confidence: number;
  readonly priority: number;
  readonly estimated_duration_ms: number;
  readonly payload: { readonly kind: string; readonly sample: number };
}

/**
 * The sample prediction of an index (from 0): the same for the same seed, with success rates from 0.70 to 0.99 and durations that
 * spread like real ones, most short and a few long.
 */
export const samplePrediction = (index: number, seed: number): SamplePrediction => {
  const draw = (what: string): number => randomFor(seed, index, what);
  const successRate = Math.round((0.7 + 0.29 * draw("success_rate")) * 1_000) / 1_000;
  return {
    task_id: `task-${String(index + 1).padStart(7, "0")}`,
    success_rate: successRate,
    confidence: Math.round(Math.min(1, Math.max(0, successRate + 0.2 * (draw("confidence") - 0.5))) * 1_000) / 1_000,
    priority: Math.floor(draw("priority") * 101),
    estimated_duration_ms: Math.round(200 * Math.exp(2 * draw("duration"))),
    payload: { kind: capabilities[Math.floor(draw("kind") * capabilities.length)]!, sample: index + 1 },
  };
};
