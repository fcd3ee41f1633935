import { createAgentCaller } from "../lib/agents/kinds.ts";
import { noteStalls } from "../lib/agents/note-stalls.ts";
import { createSafetyGateCaller } from "../lib/agents/safety-gate.ts";
import { agentDependencies, stepDependencies } from "../lib/aws/dependencies.ts";
import type { ExecutionResult } from "../lib/domain/execution.ts";
import type { AttemptPorts } from "../lib/steps/attempt-ports.ts";
import { createBulkhead } from "../lib/steps/bulkhead.ts";
import { executeBatch, type ExecuteBatchInput, type ExecuteBatchOutput } from "../lib/steps/execute-batch.ts";
import { executeTask, type ExecuteTaskInput } from "../lib/steps/execute-task.ts";
import { createFleetCache } from "../lib/steps/fleet-cache.ts";
import { createRunGuard } from "../lib/steps/run-guard.ts";
import { withMiddleware } from "./with-middleware.ts";

/**
 * What the embedded cloud adds to Lambda's context. There one process serves all calls, and what they wait for each other is no time that
 * AWS, which gives each a process of its own, would bill.
 */
interface EmbeddedContext {
  readonly onQueued?: (milliseconds: number) => void;
}

/**
 * Makes the first attempts at the tasks of a batch, or the next one at a task that goes on alone; the state machine waits and tries
 * again by the name of the error.
 */
export const createHandler = (ports: AttemptPorts) =>
  withMiddleware<ExecuteBatchInput | ExecuteTaskInput, ExecuteBatchOutput | ExecutionResult>(
    async (input, { onQueued }: EmbeddedContext) =>
      "assignments" in input ? executeBatch(input, ports, onQueued) : executeTask(input, ports, onQueued),
  );

const dependencies = stepDependencies();
const agents = agentDependencies();

export const handler = createHandler({
  ...dependencies,
  fleetCache: createFleetCache(dependencies.fleet, dependencies.clock),
  bulkhead: createBulkhead(),
  guard: createRunGuard(dependencies),
  callAgent: noteStalls(createAgentCaller(agents), { ...dependencies, now: dependencies.clock.now }),
  askSafetyGate: createSafetyGateCaller(agents),
});
