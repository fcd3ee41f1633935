import { describe, expect, test } from "vitest";

import type { AgentState } from "../../lib/domain/agent.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";
import { parseFleet } from "../../lib/domain/fleet.ts";
import { EXECUTOR_SECONDS, forecastWave, UNKNOWN_ATTEMPT_SECONDS } from "../../lib/domain/forecast.ts";
import { parsePrediction } from "../../lib/domain/prediction.ts";
import type { Task } from "../../lib/domain/task.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");

const agentsOf = (...agents: readonly object[]): readonly AgentState[] =>
  parseFleet(JSON.stringify({ agents })).agents.map((agent) => ({
    ...agent,
    online: true,
    completed_tasks: 0,
    failed_tasks: 0,
    current_load: 0,
  }));

const simulated = (id: string, more: object = {}, faults: object = {}) => ({
  id,
  endpoint: { kind: "simulated", transient_rate: 0, ...faults },
  ...more,
});

const taskOf = (id: string, fields: object = {}): { task: Task; weight: number } => {
  const parsed = parsePrediction({ task_id: id, success_rate: 0.8, ...fields });
  if (!parsed.ok) throw new Error(parsed.reason);
  return { task: parsed.task, weight: 1 };
};

const tasks = (count: number, fields: object = {}) =>
  Array.from({ length: count }, (_, index) => taskOf(`t${index}`, fields));

const forecast = (wave: Parameters<typeof forecastWave>[0], agents: readonly AgentState[], config: object = {}) =>
  forecastWave(wave, { agents, config: parseRunConfig(JSON.stringify(config)), now: NOW, cursor: 0, batchSize: 40 });

describe("a wave is dealt out as its run would deal it:", () => {
  test("equal tasks to equal agents in equal parts", () => {
    const { loads, assigned } = forecast(tasks(10), agentsOf(simulated("a"), simulated("b")));
    expect(loads).toEqual([
      { tasks: 5, weight: 5 },
      { tasks: 5, weight: 5 },
    ]);
    expect(assigned).toBe(10);
  });

  test("the next wave goes on with the agent whose turn is next", () => {
    const agents = agentsOf(simulated("a"), simulated("b"));
    expect(forecast(tasks(3), agents, { strategy: "ROUND_ROBIN" }).cursor).toBe(1);
  });

  test("tasks that no agent may take are counted, and the first five named with the reason", () => {
    const { unassigned, examples, assigned } = forecast(tasks(7, { capabilities: ["law"] }), agentsOf(simulated("a")));
    expect([unassigned, assigned]).toEqual([7, 0]);
    expect(examples).toHaveLength(5);
    expect(examples[0]).toEqual({ task_id: "t0", detail: expect.stringContaining("no agent covers capabilities law") });
  });

  test("a rate limit spreads the tasks of an agent over passes", () => {
    const limited = agentsOf(simulated("a", { rate_limit_per_second: 0.1 }));
    expect(forecast(tasks(15), limited)).toMatchObject({ assigned: 15, unassigned: 0, batches: 3 });
  });

  test("what is left after the last pass of a wave finds no agent", () => {
    const slow = agentsOf(simulated("a", { rate_limit_per_second: 0.001 }));
    expect(forecast(tasks(201), slow)).toMatchObject({ assigned: 200, unassigned: 1 });
  });
});

describe("of a wave is expected", () => {
  test("the success that was predicted, and the distance that predictions of 0.8 have from 0 and 1", () => {
    const { success, predicted, delta } = forecast(tasks(10), agentsOf(simulated("a")));
    expect([success, predicted]).toEqual([8, 8].map((sum) => expect.closeTo(sum, 9)));
    expect(delta).toBeCloseTo(10 * (0.8 * 0.2 + 0.2 * 0.8), 9);
  });

  test("more attempts where agents fail in passing, fewer for tasks that allow fewer", () => {
    const agents = agentsOf(simulated("a", {}, { transient_rate: 0.5 }));
    const config = { max_retries: 1, max_passes: 1 };
    expect(forecast(tasks(10), agents, config)).toMatchObject({ attempts: 15, retried: 5 });
    expect(forecast(tasks(10, { constraints: { max_retries: 0 } }), agents, config).attempts).toBe(10);
    expect(forecast(tasks(10, { constraints: { timeout_seconds: 1 } }), agents, config).attempts).toBe(15);
  });

  test("the time that a simulated agent takes, whatever the prediction says", () => {
    const { attemptSeconds } = forecast(
      tasks(2, { estimated_duration_ms: 9_000 }),
      agentsOf(simulated("a", {}, { latency_ms: 500 })),
    );
    expect(attemptSeconds).toBeCloseTo(2 * (0.5 + EXECUTOR_SECONDS), 9);
  });

  test("no more time than the run and the task allow for an attempt", () => {
    const slow = agentsOf({ id: "a", endpoint: { kind: "lambda", function_name: "phase21-agent-a" } });
    const config = { task_timeout_seconds: 5 };
    const secondsOf = (constraints: object) =>
      forecast(tasks(1, { estimated_duration_ms: 9_000, constraints }), slow, config).longestSeconds;
    expect([{}, { timeout_seconds: 2 }].map(secondsOf)).toEqual([5, 2].map((limit) => limit + EXECUTOR_SECONDS));
    const never = agentsOf(simulated("a", {}, { latency_ms: 9_000 }));
    expect(forecast(tasks(1), never, config).attemptSeconds).toBe(5 + EXECUTOR_SECONDS);
  });

  test("the whole time limit of attempts that hang, which all of their batch wait for", () => {
    const agents = agentsOf(simulated("a", {}, { latency_ms: 1_000, hang_rate: 0.5 }));
    const wave = forecast(tasks(2), agents, { task_timeout_seconds: 5 });
    expect(wave.attemptSeconds).toBeCloseTo(2 * (3 + EXECUTOR_SECONDS), 9);
    expect(wave.longestSeconds).toBeCloseTo(1 + 0.75 * 4 + EXECUTOR_SECONDS, 9);
    expect(wave.leftOver).toBeCloseTo(2 * 0.5, 9);
  });

  test("the attempts of each agent", () => {
    const agents = agentsOf(simulated("a", {}, { transient_rate: 0.5 }), simulated("b"));
    const { attemptsOf } = forecast(tasks(10), agents, { max_retries: 1, max_passes: 1 });
    expect(attemptsOf).toEqual([7.5, 5]);
  });

  test("the time that the prediction says, of other agents, or a tenth of a second; of a batch the longest", () => {
    const agents = agentsOf({ id: "a", endpoint: { kind: "lambda", function_name: "phase21-agent-a" } });
    const wave = forecast([taskOf("a", { estimated_duration_ms: 3_000 }), taskOf("b")], agents);
    expect(wave.attemptSeconds).toBeCloseTo(3 + UNKNOWN_ATTEMPT_SECONDS + 2 * EXECUTOR_SECONDS, 9);
    expect(wave.longestSeconds).toBeCloseTo(3 + EXECUTOR_SECONDS, 9);
    expect(wave.batches).toBe(1);
  });
});
