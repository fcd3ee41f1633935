import type { AgentState } from "../../lib/domain/agent.ts";
import type { GateInput } from "../../lib/domain/gates.ts";
import type { Task } from "../../lib/domain/task.ts";

/** When the task may start. */
export const noon = Date.parse("2026-03-01T12:00:00Z");

/** A task that uses every gate. */
export const task: Task = {
  task_id: "t1",
  success_rate: 0.9,
  confidence: 0.8,
  priority: 50,
  capabilities: ["gpu"],
  depends_on: ["t0"],
  resources: ["dock"],
  wave: 2,
  estimated_duration_ms: 1_500,
  pinned_agent_id: "a1",
  constraints: {
    timeout_seconds: 10,
    max_retries: 2,
    allowed_agents: ["a1", "a2"],
    denied_agents: ["a3"],
    not_before: "2026-03-01T12:00:00Z",
  },
  payload: null,
};

/** The agent that it goes to. */
export const agent: AgentState = {
  id: "a1",
  capabilities: ["gpu", "eu"],
  capacity: 10,
  confidence: 0.85,
  endpoint: { kind: "lambda", function_name: "f" },
  online: true,
  completed_tasks: 3,
  failed_tasks: 1,
  current_load: 40,
};

/** All gates let the task through. */
export const open: GateInput = {
  task,
  agent,
  probe: false,
  leaseLive: true,
  resourcesHeldBy: [],
  dependencies: { t0: "COMPLETED" },
  wave: 2,
  now: noon,
  rateWaitMs: 0,
};
