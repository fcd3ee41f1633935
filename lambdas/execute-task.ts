import { createAgentCaller } from "../lib/agents/kinds.ts";
import { noteStalls } from "../lib/agents/note-stalls.ts";
import { createSafetyGateCaller } from "../lib/agents/safety-gate.ts";
import { agentDependencies, stepDependencies } from "../lib/aws/dependencies.ts";
import { createBulkhead } from "../lib/steps/bulkhead.ts";
import type { ExecuteTaskInput, ExecuteTaskPorts } from "../lib/steps/execute-task-ports.ts";
import { executeTask } from "../lib/steps/execute-task.ts";
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

/** Makes one attempt at a task on its agent; the state machine waits and tries again by the name of the error. */
export const createHandler = (ports: ExecuteTaskPorts) =>
  withMiddleware((input: ExecuteTaskInput, { onQueued }: EmbeddedContext) => executeTask(input, ports, onQueued));

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
