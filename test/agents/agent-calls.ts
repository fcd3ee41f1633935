import type { AgentCall, AgentKind, EndpointOf } from "../../lib/agents/agent-call.ts";
import type { Agent } from "../../lib/domain/agent.ts";
import type { AgentRequest, CallContext } from "../../lib/domain/agent-request.ts";
import type { Task } from "../../lib/domain/task.ts";

/** A task that is predicted to succeed for certain. */
export const aTask = (fields: Partial<Task> = {}): Task => ({
  task_id: "task-1",
  success_rate: 1,
  confidence: 1,
  priority: 50,
  capabilities: [],
  depends_on: [],
  resources: [],
  constraints: {},
  payload: { text: "café" },
  ...fields,
});

export const aRequest = (fields: Partial<AgentRequest> = {}): AgentRequest => ({
  run_id: "run-1",
  wave: 2,
  task_id: "task-1",
  attempt: 1,
  payload: { text: "café" },
  idempotency_key: "key-1",
  deadline: "2026-11-22T20:00:30.000Z",
  ...fields,
});

/** A time limit that no test reaches unless it asks for a shorter one. */
export const aContext = (fields: Partial<CallContext> = {}): CallContext => ({
  task: aTask(),
  pass: 1,
  seed: 21,
  timeoutMs: 20_000,
  ...fields,
});

export const anAgent = <Kind extends AgentKind>(
  endpoint: EndpointOf<Kind>,
  fields: Partial<Agent> = {},
): Agent & { readonly endpoint: EndpointOf<Kind> } => ({
  id: "agent_0",
  capabilities: [],
  capacity: 10,
  confidence: 0.85,
  ...fields,
  endpoint,
});

/** One attempt on an agent at `endpoint`. */
export const aCall = <Kind extends AgentKind>(
  endpoint: EndpointOf<Kind>,
  fields: Partial<CallContext> = {},
): AgentCall => ({ agent: anAgent(endpoint), request: aRequest(), context: aContext(fields) });
