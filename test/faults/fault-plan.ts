import { randomFor } from "../../lib/domain/random.ts";
import type { Kill, KillPlan } from "../../lib/local/lambda-runtime.ts";

/** A service that faults are put in front of. */
export type FaultyService = "s3" | "sqs" | "dynamodb";

/**
 * What befalls a request: it is throttled or fails before it does anything; its connection is reset before or after it did its work,
 * or in the middle of the answer; the answer is slow; or only a part of a batch is taken (a batch call only, otherwise nothing happens).
 */
export const faultKinds = [
  "throttled",
  "server_error",
  "reset_before",
  "reset_after",
  "cut_answer",
  "slow",
  "partial_batch",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The slowest answer that a fault makes, and the latest moment of a kill, in milliseconds. */
const MAX_SLOW_MS = 50;

/** What happens to a request. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** How long a slow answer is held back. */
  readonly slowMs: number;
}

/** What happens to the `n`th request of a service, counted from 1. */
export type FaultPlan = (service: FaultyService, n: number) => PlannedFault | undefined;

/** Faults at a rate of 0..1 a request, every kind as often as the others; which one hits depends on seed, service and `n` alone. */
export const planFaults =
  (seed: number, rate: number): FaultPlan =>
  (service, n) => {
    const drawn = randomFor("fault", seed, service, n);
    const kind = drawn < rate ? faultKinds[Math.floor((drawn / rate) * faultKinds.length)] : undefined;
    return kind && { kind, slowMs: Math.ceil(randomFor("slow", seed, service, n) * MAX_SLOW_MS) };
  };

/** Kills at a rate of 0..1 an invocation, as often before as during as after it. */
export const planKills =
  (seed: number, rateOf: (functionName: string) => number): KillPlan =>
  (functionName, invocation) => {
    if (randomFor("kill", seed, functionName, invocation) >= rateOf(functionName)) return undefined;
    const duringMs = Math.ceil(randomFor("during", seed, functionName, invocation) * MAX_SLOW_MS);
    const kills: readonly Kill[] = ["before", { duringMs }, "after"];
    return kills[Math.floor(randomFor("moment", seed, functionName, invocation) * kills.length)];
  };
