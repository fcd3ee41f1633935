import type { Stack } from "../../lib/cli/stack.ts";
import { jsonLines, runToEnd } from "../e2e/run.ts";
import type { AgentServer } from "./agent-server.ts";

const simulated = (more: object = {}) => ({ kind: "simulated", transient_rate: 0, ...more });

/** Predictions of tasks that cannot fail. */
export const certain = (count: number, more: object = {}): string =>
  jsonLines(Array.from({ length: count }, (_, index) => ({ task_id: `t${index}`, success_rate: 1, ...more })));

/** Failures and retries over several passes, agents that take their executor down, dependencies, a budget, every queue. */
export const runUnreliable = async (stack: Stack): Promise<void> => {
  const predictions = Array.from({ length: 60 }, (_, index) => ({
    task_id: `u${index}`,
    success_rate: 0.7,
    ...(index > 0 && index % 9 === 0 && { depends_on: [`u${index - 1}`] }),
  }));
  const endpoint = simulated({ transient_rate: 0.3, crash_rate: 0.1 });
  await runToEnd(stack, {
    predictions: jsonLines(predictions),
    config: {
      fleet: "unreliable",
      strategy: "ROUND_ROBIN",
      max_passes: 4,
      feedback: { phase_16: true },
      budget: { max_attempts: 10_000 },
    },
    agents: { fleet: "unreliable", agents: ["a", "b", "c"].map((id) => ({ id, endpoint })) },
  });
};

/** Two runs that need the same exclusive resource, on agents that take so many calls a second. */
export const runExclusive = async (stack: Stack): Promise<void> => {
  const endpoint = simulated({ latency_ms: 20 });
  const agents = ["a", "b"].map((id) => ({ id, rate_limit_per_second: 50, endpoint }));
  await Promise.all(
    [1, 2].map((seed) =>
      runToEnd(stack, {
        predictions: certain(4, { resources: ["lab"] }),
        config: { fleet: "exclusive", max_passes: 10, seed },
        agents: { fleet: "exclusive", agents },
      }),
    ),
  );
};

/** An agent that is OFFLINE after a call without an answer, until a probe brings it back. */
export const runHanging = async (stack: Stack, { urlOf }: AgentServer): Promise<void> => {
  await runToEnd(stack, {
    predictions: certain(6),
    config: { fleet: "hanging", task_timeout_seconds: 1, cooldown_seconds: 0.001, max_passes: 5 },
    agents: { fleet: "hanging", agents: [{ id: "slow", endpoint: { kind: "http", url: urlOf("/hangs-once") } }] },
  });
};

/** An agent that asks for a secret, and whose outputs are too large for records. */
export const runWithSecret = async (stack: Stack, { urlOf }: AgentServer): Promise<void> => {
  const endpoint = { kind: "http", url: urlOf("/large"), secret_name: "phase21/agent" };
  await runToEnd(stack, {
    predictions: certain(3),
    config: { fleet: "secret" },
    agents: { fleet: "secret", agents: [{ id: "s", endpoint }] },
  });
};

/** Agents and a Phase 13 gate that are functions. The embedded cloud has none of these names, so their tasks fail. */
export const runOnFunctions = async (stack: Stack): Promise<void> => {
  const endpoint = { kind: "lambda", function_name: "phase21-agent-echo" };
  await runToEnd(stack, {
    predictions: certain(2),
    config: { fleet: "functions" },
    agents: { fleet: "functions", agents: [{ id: "f", endpoint }] },
  });
  const safety_gate = { kind: "lambda", function_name: "phase21-gate-check" };
  await runToEnd(stack, { predictions: certain(2), config: { safety_gate } });
};

/** Objects that are uploaded in parts, because they are larger than one of 6 MiB. */
export const runLarge = async (stack: Stack): Promise<void> => {
  const predictions = Array.from({ length: 8_500 }, (_, index) => ({
    task_id: `large-${index}-`.padEnd(128, "x"),
    success_rate: 1,
    payload: "x".repeat(500),
  }));
  await runToEnd(stack, {
    predictions: jsonLines(predictions),
    config: { fleet: "large", num_waves: 1 },
    agents: { fleet: "large", agents: [{ id: "l", capacity: 10_000, endpoint: simulated() }] },
  });
};
