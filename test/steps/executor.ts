import type { AgentCaller, AgentOutcome, AgentRequest, CallContext } from "../../lib/domain/agent-request.ts";
import type { AgentState } from "../../lib/domain/agent.ts";
import type { Assignment, BatchContext, ExecutionResult, FirstAttempt } from "../../lib/domain/execution.ts";
import type { SafetyGateVerdict } from "../../lib/domain/safety-gate.ts";
import { createBulkhead } from "../../lib/steps/bulkhead.ts";
import { executeTask } from "../../lib/steps/execute-task.ts";
import { createRunGuard } from "../../lib/steps/run-guard.ts";
import { createFleetCache } from "../../lib/steps/fleet-cache.ts";
import { agent } from "../domain/report-builders.ts";
import { assignment, batchContext, createWorld, RUN } from "./builders.ts";

export const answered = (output?: string): AgentOutcome => ({
  kind: "answered",
  answer: { success: true, ...(output !== undefined && { output }) },
});
export const transient: AgentOutcome = { kind: "transient", error: "busy" };
export const permanent: AgentOutcome = { kind: "permanent", error: "bad request" };
export const timedOut: AgentOutcome = { kind: "timed_out" };

interface Call {
  readonly agent: string;
  readonly request: AgentRequest;
  readonly context: CallContext;
}

/** An executor whose agents answer in 250 ms as they are told to, the last answer again and again. */
export const createExecutor = async (
  outcomes: readonly (AgentOutcome | Error | (() => unknown))[],
  agents: readonly AgentState[] = [agent("agent_0"), agent("agent_1")],
  queueMs = 0,
) => {
  const world = createWorld(agents);
  const calls: Call[] = [];
  const callAgent: AgentCaller = async (called, request, context) => {
    const outcome = outcomes[Math.min(calls.length, outcomes.length - 1)] ?? timedOut;
    calls.push({ agent: called.id, request, context });
    world.clock.time += 250;
    if (typeof outcome === "function") throw outcome();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  await world.fleet.putLeases(
    "default",
    agents.flatMap(({ id }) =>
      [1, 2].map((pass) => ({
        agentId: id,
        runId: RUN,
        wave: 1,
        pass,
        weight: 1,
        expiresAt: world.clock.time + 3_600_000,
      })),
    ),
  );
  const open: (string | boolean | undefined)[] = [];
  const bulkhead = createBulkhead();
  const ports = {
    ...world,
    fleetCache: createFleetCache(world.fleet, world.clock),
    bulkhead: {
      enter: async (agentId: string, capacity: number) => {
        await bulkhead.enter(agentId, capacity);
        world.clock.time += queueMs;
        open.push(`enter ${agentId} ${capacity}`);
      },
      leave: (agentId: string, gotAnswer: boolean | undefined) => {
        bulkhead.leave(agentId, gotAnswer);
        open.push(gotAnswer);
      },
    },
    callAgent,
    guard: createRunGuard(world),
    askSafetyGate: async (): Promise<SafetyGateVerdict> => ({ pass: true }),
  };
  const execute = (
    changes: {
      batch?: Partial<BatchContext>;
      assignment?: Partial<Assignment>;
      first_attempt?: FirstAttempt;
      retry_count?: number;
    } = {},
    onQueued?: (milliseconds: number) => void,
  ): Promise<ExecutionResult> =>
    executeTask(
      {
        batch: batchContext(changes.batch),
        assignment: assignment("t1", changes.assignment),
        ...(changes.first_attempt !== undefined && { first_attempt: changes.first_attempt }),
        retry_count: changes.retry_count ?? 0,
        child_started_at: new Date(world.clock.time).toISOString(),
      },
      ports,
      onQueued,
    );
  return { world, calls, open, ports, execute };
};

export const errorOf = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );
