import type { AgentCaller } from "../domain/agent-request.ts";
import type { Assignment, BatchContext } from "../domain/execution.ts";
import type { AttemptStore, Clock, FleetStore, Log, ObjectStore } from "../domain/ports.ts";
import type { SafetyGate, SafetyGateRequest, SafetyGateVerdict } from "../domain/safety-gate.ts";
import type { Bulkhead } from "./bulkhead.ts";
import type { FleetCache } from "./fleet-cache.ts";
import type { RunGuard } from "./run-guard.ts";

/** A task whose turn it is. */
export interface AttemptInput {
  readonly batch: BatchContext;
  readonly assignment: Assignment;
  /** ISO 8601: when the child execution began that holds the task; Step Functions ends it after five minutes. */
  readonly child_started_at: string;
}

/** What an attempt works with. */
export interface AttemptPorts {
  readonly clock: Clock;
  readonly fleet: Pick<
    FleetStore,
    "markOffline" | "markOnline" | "reserveSlot" | "acquireResources" | "releaseResources"
  >;
  readonly fleetCache: FleetCache;
  readonly bulkhead: Bulkhead;
  readonly guard: RunGuard;
  readonly attempts: AttemptStore;
  readonly objects: Pick<ObjectStore, "writeText">;
  readonly callAgent: AgentCaller;
  /** Never rejects: no answer is a refusal. */
  readonly askSafetyGate: (gate: SafetyGate, request: SafetyGateRequest) => Promise<SafetyGateVerdict>;
  readonly log: Log;
}

/** Told how long an attempt waited for others of its process, in milliseconds. */
export type OnQueued = (milliseconds: number) => void;

/** Time limit of one attempt: the run's, or the task's own where that is smaller. */
export const timeoutMsOf = ({ batch, assignment }: Pick<AttemptInput, "batch" | "assignment">): number =>
  Math.min(batch.task_timeout_seconds, assignment.task.constraints.timeout_seconds ?? Number.POSITIVE_INFINITY) * 1_000;
